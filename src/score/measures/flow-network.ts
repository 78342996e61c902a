import { shapedNodes, type GraphArchitecture, type GraphNode, type ShapedNode } from "../../arch/graph.js";

/** The network with its norms left out, as identities. */
export function withoutNorms(graph: GraphArchitecture): GraphArchitecture {
  const nodes = graph.nodes.map((node): GraphNode =>
    node.op === "norm" ? { op: "scale", factor: 1, ...bare(node) } : node,
  );
  return { ...graph, nodes };
}

const bare = ({ id, from }: GraphNode): Pick<GraphNode, "id" | "from"> => ({ id, from });

/**
 * The network with factors that are powers of two behind nodes that every way from the input to the output passes, so that
 * values stay near 1 where all weights are positive: gradients of the outputs are those of the network times exp(logScale),
 * exactly. The factors follow from an estimate of the growth: a layer of f inputs with weights uniform within 1/sqrt(f)
 * multiplies a constant image by sqrt(f)/2.
 */
export function withFlowScales(graph: GraphArchitecture): {
  readonly graph: GraphArchitecture;
  readonly logScale: number;
} {
  const shaped = shapedNodes(graph);
  const logs = new Map([["input", 0]]);
  const nodes: GraphNode[] = [];
  const passed = new Set(passedByAll(shaped));
  const renamed = new Map<string, string>();
  let exponent = 0;
  for (const { node, inputs } of shaped) {
    const from = node.from.map((id) => renamed.get(id) ?? id);
    nodes.push({ ...node, from });
    let log = node.op === "add" ? log2Sum(from.map((id) => logs.get(id)!)) : logs.get(from[0])!;
    if (node.op === "dense" || node.op === "conv") {
      const fan = inputs[0][0] * (node.op === "conv" ? node.kernel ** 2 / (node.groups ?? 1) : 1);
      log += Math.log2(Math.sqrt(fan) / 2);
    }
    if (node.op === "zero") log = -Infinity;
    if (node.op === "scale" && node.factor !== 0) log += Math.log2(Math.abs(node.factor));
    logs.set(node.id, log);
    const step = -Math.round(log);
    if (!passed.has(node.id) || node.id === graph.output || !Number.isFinite(step) || step === 0) continue;
    const id = `${node.id}.flow`;
    nodes.push({ id, op: "scale", from: [node.id], factor: 2 ** step });
    renamed.set(node.id, id);
    logs.set(id, log + step);
    exponent += step;
  }
  return { graph: { ...graph, nodes }, logScale: exponent * Math.LN2 };
}

/** log2 of a sum from the logs of its terms. */
function log2Sum(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return Number.isFinite(most) ? most + Math.log2(logs.reduce((sum, log) => sum + 2 ** (log - most), 0)) : -Infinity;
}

/** Nodes that no edge leads past in an order where every node is behind its inputs. */
function passedByAll(shaped: readonly ShapedNode[]): string[] {
  const position = new Map([["input", -1], ...shaped.map(({ node }, index) => [node.id, index] as const)]);
  const reach = new Map<number, number>();
  shaped.forEach(({ node }, index) => {
    for (const id of node.from) reach.set(position.get(id)!, index);
  });
  let furthest = 0;
  return shaped.flatMap(({ node }, index) => {
    furthest = Math.max(furthest, reach.get(index - 1) ?? 0);
    return furthest <= index ? [node.id] : [];
  });
}
