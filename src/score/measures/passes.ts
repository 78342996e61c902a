import { NotCompiled } from "../../kernels/finite/compile/not-compiled.js";
import type { GradientGraph, Parameter } from "../../kernels/finite/ir.js";
import { drawParameters } from "../../kernels/finite/parameters.js";
import { NetworkPass, type PassOptions } from "../../kernels/finite/pass.js";
import type { GraphArchitecture } from "../../arch/graph.js";
import type { MeasureContext } from "./measure.js";

/** A pass over `n` samples on the context's engine; the reference runs what is not compiled. */
export function passOf(
  context: MeasureContext,
  n: number,
  options: Pick<PassOptions, "bn" | "read" | "hold"> = {},
  architecture: GraphArchitecture = context.architecture,
): NetworkPass {
  const { engine, memory, threads } = context;
  if (engine !== undefined) {
    try {
      return new NetworkPass(architecture, n, { ...options, engine, memory, threads });
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
    }
  }
  return new NetworkPass(architecture, n, options);
}

/** PyTorch's default weights of the context's draw. */
export const defaultWeights = (context: MeasureContext, graph: GradientGraph): Float64Array[] =>
  context.parameters === undefined
    ? drawParameters(graph, "pytorch", context.seed, context.draw)
    : graph.parameters.map(context.parameters);

/** Weights of convolutions and dense layers: no biases, nothing of a norm. */
export const isLayerWeight = ({ kind }: Parameter): boolean => kind === "weight";

/** Indices of the weights of convolutions and dense layers. */
export const layerWeights = ({ parameters }: GradientGraph): number[] =>
  parameters.flatMap((parameter, index) => (isLayerWeight(parameter) ? [index] : []));

export const sumOf = (values: Float64Array, term: (value: number, at: number) => number): number => {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += term(values[at], at);
  return sum;
};

/** `count` images of a batch from the `first`. */
export function slice(
  { n, inputs, labels }: ReturnType<MeasureContext["batch"]>,
  first: number,
  count: number,
): { readonly inputs: Float64Array; readonly labels: Int32Array } {
  const size = inputs.length / n;
  return {
    inputs: inputs.subarray(first * size, (first + count) * size),
    labels: labels.subarray(first, first + count),
  };
}

/** What the zero-cost set shares (Abdelfattah et al. 2021), without its random crops and flips. */
export const zeroCost =
  "64 images, PyTorch's default weights, batch normalisation in train mode, weights of convolutions and dense layers";
