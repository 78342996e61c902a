import { inputsOf, type GradientGraph, type IrNode, type IrOpKind, type Tap } from "../ir.js";
import type { BatchNormMode } from "../reference.js";
import { floatsOf, Planner, tensorOf, type Tensor } from "./layout.js";
import type { Emitted, Step } from "./steps.js";
import { Constants } from "./weights.js";

export type NodeOf<K extends IrOpKind> = IrNode & { readonly op: K };

/** What is known while a graph is turned into steps: tensors of nodes, who reads them, constants, and the steps so far. */
export class Compiler {
  readonly graph: GradientGraph;
  readonly mode: BatchNormMode;
  readonly planner = new Planner();
  readonly constants = new Constants();
  readonly steps: Step[] = [];
  /** The architecture's node whose steps are emitted. */
  source = "";
  readonly readers: readonly (readonly number[])[];
  /** Per node: where its taps are, in order. */
  readonly taps: ReadonlyMap<number, readonly Tap[]>;
  /** Nodes whose tensors are read after the run: stored as they are, never written over. */
  readonly kept: ReadonlySet<number>;
  /** Gradients of weights are summed over the samples, instead of contracted to a kernel. */
  readonly summed: boolean;
  /** Vectors only: layers run for all samples at once. */
  readonly byInstruction: boolean;
  readonly #tensors: (Tensor | undefined)[] = [];
  readonly #halos: readonly number[];
  readonly #inverse = new Map<number, number>();
  readonly #named = new Map<string, number>();

  constructor(
    graph: GradientGraph,
    mode: BatchNormMode,
    taps: readonly Tap[],
    { kept = new Set<number>(), summed = mode === "coupled" } = {},
  ) {
    this.graph = graph;
    this.mode = mode;
    this.kept = kept;
    this.summed = summed;
    this.readers = readersOf(graph);
    this.byInstruction = graph.nodes.every(({ shape }) => shape.length === 1);
    this.#halos = halosOf(graph);
    const byCotangent = new Map<number, Tap[]>();
    for (const tap of taps) byCotangent.set(tap.cotangent, [...(byCotangent.get(tap.cotangent) ?? []), tap]);
    this.taps = byCotangent;
  }

  node<K extends IrOpKind>(index: number): NodeOf<K> {
    return this.graph.nodes[index] as NodeOf<K>;
  }

  /** The tensor of a node, made when first asked for. */
  tensor(index: number): Tensor {
    return (this.#tensors[index] ??= tensorOf(this.graph.nodes[index].shape, this.#halos[index]));
  }

  /** Lets a node live in the tensor of another. */
  alias(index: number, tensor: Tensor): void {
    this.#tensors[index] = tensor;
  }

  hasTensor(index: number): boolean {
    return this.#tensors[index] !== undefined;
  }

  halo(index: number): number {
    return this.#halos[index];
  }

  run(tensors: readonly Tensor[], instruction: () => readonly number[]): void {
    this.push({ kind: "run", tensors, instruction });
  }

  push(step: Emitted): void {
    const at = this.steps.length;
    for (const tensor of "tensors" in step ? step.tensors : [step.tensor]) this.planner.touch(tensor, at);
    this.steps.push({ ...step, source: this.source });
  }

  /** Where the inverse deviations of a normalise node are: sample-relative in instance mode, absolute otherwise. */
  inverse(normalise: number): number {
    let found = this.#inverse.get(normalise);
    if (found === undefined) {
      const channels = this.graph.nodes[normalise].shape[0];
      found = this.mode === "instance" ? this.planner.reserve(channels) : this.constants.reserve(channels);
      this.#inverse.set(normalise, found);
    }
    return found;
  }

  /** Where each sample's own inverse deviations are (instance mode), with the number of channels. */
  get inverses(): readonly { readonly offset: number; readonly channels: number }[] {
    if (this.mode !== "instance") return [];
    return [...this.#inverse].map(([index, offset]) => ({ offset, channels: this.graph.nodes[index].shape[0] }));
  }

  /** An offset that is made once for a name. */
  named(name: string, make: () => number): number {
    const found = this.#named.get(name) ?? make();
    this.#named.set(name, found);
    return found;
  }

  /** The one reader of a node, if it has just one and the node is neither the output nor kept. */
  soleReader(index: number): number | undefined {
    const readers = this.readers[index];
    return readers.length === 1 && index !== this.graph.output && !this.kept.has(index) ? readers[0] : undefined;
  }
}

/** The floats of a tensor that hold data, as one row: its block with the halo, which is zero. */
export const rowOf = (tensor: Tensor): { readonly offset: number; readonly count: number } => ({
  offset: tensor.offset - tensor.halo * (tensor.row + tensor.pixel),
  count: floatsOf(tensor),
});

/** Nodes that read each node. */
function readersOf({ nodes }: GradientGraph): number[][] {
  const readers: number[][] = nodes.map(() => []);
  nodes.forEach((node, index) => {
    for (const input of inputsOf(node)) readers[input].push(index);
  });
  return readers;
}

/**
 * Pixels around each tensor that convolutions read beyond its border. Tensors that one instruction writes or masks together
 * (a value and its ReLU, a cotangent and the ReLU that masks it) get the same halo, so that they have one geometry.
 */
function halosOf({ nodes }: GradientGraph): number[] {
  const halos = nodes.map(() => 0);
  const together: [number, number][] = [];
  nodes.forEach((node, index) => {
    if (node.op === "conv") halos[node.x] = Math.max(halos[node.x], node.padding);
    if (node.op === "convTranspose") {
      const [, height, width] = node.shape;
      const [, rows, columns] = nodes[node.x].shape;
      halos[node.x] = Math.max(halos[node.x], reachOf(height, rows, node), reachOf(width, columns, node));
    }
    if (node.op === "normalise" || node.op === "bias" || (node.op === "activation" && node.activation === "relu"))
      together.push([node.x, index]);
    if (node.op === "add") {
      const transposed = node.xs.flatMap((x) =>
        nodes[x].op === "convTranspose" ? [nodes[x] as NodeOf<"convTranspose">] : [],
      );
      for (const part of transposed.slice(1)) together.push([transposed[0].x, part.x]);
    }
    if (node.op === "multiply") {
      const slope = nodes[node.y] as NodeOf<"slope">;
      const output = nodes.findIndex(
        (other) => other.op === "activation" && other.activation === "relu" && other.x === slope.x,
      );
      if (output >= 0) together.push([output, index]);
    }
  });
  for (let changed = true; changed;) {
    changed = false;
    for (const [a, b] of together) {
      if (halos[a] === halos[b]) continue;
      halos[a] = halos[b] = Math.max(halos[a], halos[b]);
      changed = true;
    }
  }
  return halos;
}

/** How far beyond 0..count-1 the transposed convolution of `size` pixels reads its input. */
function reachOf(
  size: number,
  count: number,
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
): number {
  let reach = 0;
  for (let k = 0; k < kernel; k++) {
    for (let phase = 0; phase < Math.min(stride, size); phase++) {
      if ((phase + padding - k) % stride !== 0) continue;
      const first = (phase + padding - k) / stride;
      const last = first + Math.ceil((size - phase) / stride) - 1;
      reach = Math.max(reach, -first, last - (count - 1));
    }
  }
  return reach;
}
