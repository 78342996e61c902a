import { shapedNodes, type GraphArchitecture } from "../../arch/graph.js";
import { NotCompiled } from "../../kernels/finite/compile/not-compiled.js";
import { drawnNumbers } from "../../kernels/finite/engine/draw.js";
import { sizeOf, type IrGraph } from "../../kernels/finite/ir.js";
import { drawParameters, type Initialisation } from "../../kernels/finite/parameters.js";
import { NetworkPass, type PassOptions } from "../../kernels/finite/pass.js";
import { rng } from "../../rng.js";
import type { MeasureContext } from "./measure.js";

/** What a pass is run on. */
export type PassSettings = Pick<MeasureContext, "engine" | "memory" | "threads">;

/** Values of the parameters of a network, for each repeat of a measure. */
export type Weights = (graph: IrGraph, repeat: number) => readonly Float64Array[];

/** A pass over `n` samples, in train mode (batch statistics) by default; the reference runs what is not compiled. */
export function measurePass(
  { engine, memory, threads }: PassSettings,
  architecture: GraphArchitecture,
  n: number,
  options: Pick<PassOptions, "bn" | "read" | "hold"> = {},
): NetworkPass {
  if (engine !== undefined) {
    try {
      return new NetworkPass(architecture, n, { ...options, engine, memory, threads });
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
    }
  }
  return new NetworkPass(architecture, n, options);
}

/** Weights keyed by the context's seed and draw, or those that it gives; repeats after the first have keys of their own. */
export const drawnWeights =
  ({ seed, draw, parameters }: Pick<MeasureContext, "seed" | "draw" | "parameters">, init: Initialisation): Weights =>
  (graph, repeat) =>
    parameters === undefined
      ? drawParameters(graph, init, repeat === 0 ? seed : `${seed}/repeat${repeat}`, draw)
      : graph.parameters.map(parameters);

/** N(0, 1) images that every network with this seed and draw gets, n x the image's size. */
export function noiseImages(
  { seed, draw, shape }: Pick<MeasureContext, "seed" | "draw" | "shape">,
  n: number,
  name: string,
): Float64Array {
  const generator = rng(seed, "noise", draw, name);
  const key = [generator.uint32(), generator.uint32()] as const;
  return Float64Array.from(drawnNumbers(key, "normal", 1, n * shape[0] * shape[1] * shape[2]));
}

/** Whether the outputs depend on the data at all; a cell whose output is not connected makes a network that does not. */
export function dependsOnData(architecture: GraphArchitecture): boolean {
  const alive = new Set(["input"]);
  for (const { node } of shapedNodes(architecture)) {
    if (node.op !== "zero" && node.from.some((id) => alive.has(id))) alive.add(node.id);
  }
  return alive.has(architecture.output);
}

/** The ReLUs that the output depends on: of those that read one node the first, with their number. */
export function relusOf(architecture: GraphArchitecture): ReadonlyMap<string, number> {
  const first = new Map<string, string>();
  const times = new Map<string, number>();
  for (const { node } of shapedNodes(architecture)) {
    if (node.op !== "activation" || node.activation !== "relu") continue;
    const id = first.get(node.from[0]) ?? node.id;
    first.set(node.from[0], id);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

/** Ids by the node that has their value: ReLUs of one input are one node. */
export function byPlace({ graph }: NetworkPass, ids: readonly string[]): (readonly string[])[] {
  const groups = new Map<number, string[]>();
  for (const id of ids) {
    const place = graph.places.get(id)!;
    groups.set(place, [...(groups.get(place) ?? []), id]);
  }
  return [...groups.values()];
}

/** Values of one sample that a node has. */
export const unitsOf = ({ graph }: NetworkPass, id: string): number => sizeOf(graph.nodes[graph.places.get(id)!].shape);
