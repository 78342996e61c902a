import type { GraphArchitecture } from "../../arch/graph.js";
import { gradientGraph } from "./gradient.js";
import { sizeOf } from "./ir.js";
import { lower } from "./lower.js";
import type { FiniteOptions } from "./ntk.js";

/**
 * Bytes that the reference engine holds at its peak for one draw, before any of them is allocated: weights with two copies of
 * the largest (transposed, and for the product), the value of every node for all samples, the cotangents of every pass, and
 * kernels (one a group, a parameter and two factors each, four for the eigenproblem). Garbage is not counted.
 */
export function finiteBytes(
  architecture: GraphArchitecture,
  n: number,
  output: NonNullable<FiniteOptions["output"]> = "sum",
): number {
  const graph = gradientGraph(lower(architecture));
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const weights = graph.parameters.map(({ shape }) => sizeOf(shape));
  const outputs = sizeOf(graph.nodes[graph.output].shape);
  const passes = output === "sum" || output === "label" ? 1 : outputs;
  const nodes = total(graph.nodes.map(({ shape }) => sizeOf(shape)));
  const cotangents = total(graph.taps.map(({ cotangent }) => sizeOf(graph.nodes[cotangent].shape)));
  const size = output === "full" ? n * outputs : n;
  const kernels = (output === "full" ? 1 : passes) + 3 * graph.taps.length + 4;
  return 8 * (total(weights) + 2 * Math.max(...weights) + n * (nodes + passes * cotangents) + kernels * size * size);
}
