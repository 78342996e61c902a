import type { GradientGraph, Parameter } from "../../kernels/finite/ir.js";
import type { MeasureContext } from "./measure.js";

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
