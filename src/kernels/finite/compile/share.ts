import type { IrGraph, IrNode } from "../ir.js";

/**
 * The graph with equal nodes merged (the ReLU that several edges of a cell take of one node is computed once), zeros dropped
 * from sums, and sums of one term passed through. Values do not change. Nodes in `apart` are left as they are, so that their
 * cotangents do not change either.
 */
export function shareNodes(graph: IrGraph, apart: ReadonlySet<number> = new Set()): IrGraph {
  const nodes: IrNode[] = [];
  const known = new Map<string, number>();
  const moved: number[] = [];
  const own = new Set<number>();
  const isZero = (index: number): boolean => nodes[index].op === "zero" && !own.has(index);
  graph.nodes.forEach((original, index) => {
    let node = rename(original, moved);
    if (apart.has(index)) {
      moved[index] = nodes.push(node) - 1;
      own.add(moved[index]);
      return;
    }
    if (node.op === "add") {
      const xs = node.xs.filter((x) => !isZero(x));
      if (xs.length === 1) {
        moved[index] = xs[0];
        return;
      }
      node = xs.length === 0 ? { op: "zero", shape: node.shape, source: node.source } : { ...node, xs };
    }
    const { source, ...meaning } = node;
    const key = JSON.stringify(meaning);
    const found = "weight" in node || "bias" in node || "gain" in node ? undefined : known.get(key);
    moved[index] = found ?? nodes.push({ ...meaning, source }) - 1;
    if (found === undefined) known.set(key, moved[index]);
  });
  const places = new Map([...graph.places].map(([id, index]) => [id, moved[index]]));
  return { nodes, parameters: graph.parameters, output: moved[graph.output], places };
}

/** A node with its inputs renamed. */
function rename(node: IrNode, moved: readonly number[]): IrNode {
  if ("xs" in node) return { ...node, xs: node.xs.map((x) => moved[x]) };
  if (node.op === "norm") return { ...node, normalised: moved[node.normalised] };
  if (node.op === "multiply") return { ...node, x: moved[node.x], y: moved[node.y] };
  if ("by" in node) return { ...node, x: moved[node.x], by: moved[node.by] };
  if ("x" in node) return { ...node, x: moved[node.x] };
  return node;
}
