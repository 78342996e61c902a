import type { GraphArchitecture } from "../../src/arch/graph.js";
import type { NamedTensor } from "../../src/train/types.js";
import { lower } from "../../src/kernels/finite/lower.js";
import { NetworkPass } from "../../src/kernels/finite/pass.js";
import { rng } from "../../src/rng.js";

/** Normal inputs for a network, n samples. */
export function inputsOf(graph: GraphArchitecture, n: number, key: string): Float64Array {
  const generator = rng(1, key);
  const size = graph.input.reduce((product, side) => product * side, 1);
  return Float64Array.from({ length: n * size }, () => Math.fround(generator.normal()));
}

/** What the float64 reference engine computes with these tensors, running statistics folded into gains and shifts. */
export function referenceOutputs(
  graph: GraphArchitecture,
  tensors: readonly NamedTensor[],
  n: number,
  inputs: Float64Array,
): Float64Array {
  const byName = new Map(tensors.map(({ name, values }) => [name, values]));
  const epsilons = new Map(graph.nodes.map((node) => [node.id, node.op === "norm" ? (node.epsilon ?? 1e-5) : 0]));
  const parameters = lower(graph).parameters.map(({ name, kind }) => {
    const id = name.slice(0, name.lastIndexOf("."));
    if (kind === "weight" || kind === "bias") return byName.get(`${id}.${kind}`)!;
    // The reference engine's eval mode has mean 0 and variance 1: g (x - m) / sqrt(v + e) + s as g' x / sqrt(1 + e) + s'.
    const [gain, shift, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((ending) =>
      byName.get(`${id}.${ending}`)!,
    );
    const epsilon = epsilons.get(id)!;
    const slope = gain.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
    if (kind === "gain") return slope.map((value) => value * Math.sqrt(1 + epsilon));
    return shift.map((value, c) => value - slope[c] * mean[c]);
  });
  return new NetworkPass(graph, n, { bn: "eval" }).forward(inputs, parameters);
}

/** Tensors as training might leave them: every one moved, variances positive. */
export function trainedLike(tensors: readonly NamedTensor[], key: string): NamedTensor[] {
  const generator = rng(2, key);
  return tensors.map((tensor) => ({
    ...tensor,
    values: tensor.values.map((value) =>
      Math.fround(tensor.name.endsWith("running_var") ? 0.5 + generator.uniform() : value + 0.1 * generator.normal()),
    ),
  }));
}
