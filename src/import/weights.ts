import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import type { Parameter } from "../kernels/finite/ir.js";
import type { NamedTensor } from "../train/types.js";

const endings = { weight: "weight", gain: "weight", shift: "bias", bias: "bias" } as const;

/**
 * Values of a network's parameters from its tensors, for `FiniteOptions.parameters`.
 * @throws AppError "data" for a parameter without a tensor.
 */
export function parametersOf(tensors: readonly NamedTensor[]): (parameter: Parameter) => Float64Array {
  const byName = new Map(tensors.map(({ name, values }) => [name, values]));
  return ({ name, kind }) => {
    const found = byName.get(`${name.slice(0, name.lastIndexOf("."))}.${endings[kind]}`);
    if (found !== undefined) return found;
    throw new AppError("data", `There are no weights for "${name}".`);
  };
}

/** The network with the running statistics of its norms, which `eval` mode then uses. */
export function withRunningStatistics(graph: GraphArchitecture, tensors: readonly NamedTensor[]): GraphArchitecture {
  const byName = new Map(tensors.map(({ name, values }) => [name, values]));
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      if (node.op !== "norm") return node;
      const [mean, variance] = ["running_mean", "running_var"].map((ending) => byName.get(`${node.id}.${ending}`));
      if (mean === undefined || variance === undefined) return node;
      return { ...node, running: { mean: Array.from(mean), variance: Array.from(variance) } };
    }),
  };
}
