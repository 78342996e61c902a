import { shapedNodes, type GraphArchitecture, type RunningStatistics } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { sizeOf } from "../kernels/finite/ir.js";
import { lower } from "../kernels/finite/lower.js";
import { drawParameters, type Initialisation } from "../kernels/finite/parameters.js";
import { torchName } from "../train/tensors.js";
import type { NamedTensor } from "../train/types.js";

/** A network with values for everything that it has learnt or will learn. */
export interface ExportedNetwork {
  readonly graph: GraphArchitecture;
  /** By node and ending: `g1.weight`, `stem.norm.running_mean`. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

/** Weights as one draw has them; running statistics as the graph gives them, else means 0 and variances 1, as PyTorch begins. */
export function initialTensors(
  graph: GraphArchitecture,
  init: Initialisation,
  seed: number | string,
  draw = 0,
): NamedTensor[] {
  const drawn = drawParameters(lower(graph), init, seed, draw);
  const given = new Map(
    graph.nodes.flatMap((node) => (node.op === "norm" && node.running ? givenStatistics(node.id, node.running) : [])),
  );
  return tensorShapes(graph).map(({ name, shape }, index) => ({
    name,
    shape,
    values: drawn.at(index) ?? given.get(name) ?? new Float64Array(sizeOf(shape)).fill(name.endsWith("_var") ? 1 : 0),
  }));
}

const givenStatistics = (id: string, { mean, variance }: RunningStatistics): [name: string, values: Float64Array][] => [
  [`${id}.running_mean`, Float64Array.from(mean)],
  [`${id}.running_var`, Float64Array.from(variance)],
];

/** Puts a network and its tensors together. @throws AppError "data" for a tensor that is missing or has another shape. */
export function exportedNetwork(graph: GraphArchitecture, tensors: readonly NamedTensor[]): ExportedNetwork {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape } of tensorShapes(graph)) {
    const found = byName.get(name);
    const given = found === undefined ? "none" : `[${found.shape.join(", ")}]`;
    if (given !== `[${shape.join(", ")}]`) {
      throw new AppError("data", `Weights: "${name}" is expected as [${shape.join(", ")}], got ${given}.`, {
        hint: "Were they trained for another network?",
        details: { name },
      });
    }
  }
  return { graph, tensors: byName };
}

/** What has values: the parameters in their order, then the running statistics of every normalisation. */
function tensorShapes(graph: GraphArchitecture): readonly Pick<NamedTensor, "name" | "shape">[] {
  const learnt = lower(graph).parameters.map((parameter) => ({ name: torchName(parameter), shape: parameter.shape }));
  const norms = shapedNodes(graph).filter(({ node }) => node.op === "norm");
  return [
    ...learnt,
    ...norms.flatMap(({ node, shape: [channels] }) =>
      ["running_mean", "running_var"].map((name) => ({ name: `${node.id}.${name}`, shape: [channels] })),
    ),
  ];
}
