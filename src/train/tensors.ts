import type { Parameter } from "../kernels/finite/ir.js";
import type { TrainableNetwork } from "../kernels/finite/trainable.js";
import type { NamedTensor } from "./types.js";

/** Endings of PyTorch's names: a norm's gain is its weight, shift and bias are biases. */
const endings = { weight: "weight", gain: "weight", shift: "bias", bias: "bias" } as const;

/** `g1.weight` of `g1.weight`, `stem.norm.weight` of `stem.norm.gain`. */
export const torchName = ({ name, kind }: Pick<Parameter, "name" | "kind">): string =>
  `${name.slice(0, name.lastIndexOf("."))}.${endings[kind]}`;

/**
 * Weights and running statistics of a network by PyTorch's names (the node's id, then weight, bias, running_mean or running_var)
 * and in PyTorch's layout: dense [outputs, inputs], convolution [outputs, inputs, height, width].
 */
export function tensorsOf(network: TrainableNetwork): NamedTensor[] {
  const values = network.parameters();
  const learnt = network.graph.parameters.map((parameter, index) => ({
    name: torchName(parameter),
    shape: parameter.shape,
    values: values[index],
  }));
  const kept = network.running.flatMap(({ name, mean, variance }) => [
    { name: `${name}.running_mean`, shape: [mean.length], values: mean.slice() },
    { name: `${name}.running_var`, shape: [variance.length], values: variance.slice() },
  ]);
  return [...learnt, ...kept];
}
