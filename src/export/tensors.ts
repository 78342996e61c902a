import { shapedNodes, type GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { lower } from "../kernels/finite/lower.js";
import { drawParameters, type Initialisation } from "../kernels/finite/parameters.js";
import type { NamedTensor } from "../train/types.js";

/** A network with values for everything that it has learnt or will learn. */
export interface ExportedNetwork {
  readonly graph: GraphArchitecture;
  /** By node and ending: `g1.weight`, `stem.norm.running_mean`. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

const endings = { weight: "weight", gain: "weight", shift: "bias", bias: "bias" } as const;

/** Weights as one draw has them; running means are 0 and variances 1, as PyTorch begins. */
export function initialTensors(
  graph: GraphArchitecture,
  init: Initialisation,
  seed: number | string,
  draw = 0,
): NamedTensor[] {
  const ir = lower(graph);
  const values = drawParameters(ir, init, seed, draw);
  const learnt = ir.parameters.map(({ name, kind, shape }, index) => ({
    name: `${name.slice(0, name.lastIndexOf("."))}.${endings[kind]}`,
    shape,
    values: values[index],
  }));
  const running = shapedNodes(graph).flatMap(({ node, shape: [channels] }) => {
    if (node.op !== "norm") return [];
    return [
      { name: `${node.id}.running_mean`, shape: [channels], values: new Float64Array(channels) },
      { name: `${node.id}.running_var`, shape: [channels], values: new Float64Array(channels).fill(1) },
    ];
  });
  return [...learnt, ...running];
}

/** Puts a network and its tensors together. @throws AppError "data" for a tensor that is missing or has another shape. */
export function exportedNetwork(graph: GraphArchitecture, tensors: readonly NamedTensor[]): ExportedNetwork {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape } of initialShapes(graph)) {
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

function initialShapes(graph: GraphArchitecture): readonly Pick<NamedTensor, "name" | "shape">[] {
  const { parameters } = lower(graph);
  const learnt = parameters.map(({ name, kind, shape }) => ({
    name: `${name.slice(0, name.lastIndexOf("."))}.${endings[kind]}`,
    shape,
  }));
  const norms = shapedNodes(graph).filter(({ node }) => node.op === "norm");
  return [
    ...learnt,
    ...norms.flatMap(({ node, shape: [channels] }) =>
      ["running_mean", "running_var"].map((name) => ({ name: `${node.id}.${name}`, shape: [channels] })),
    ),
  ];
}
