import { modelPresets } from "../src/arch/architecture.js";
import { cellNetwork, type CellNetworkOptions } from "../src/arch/cells.js";
import { layeredGraph, type GraphArchitecture } from "../src/arch/graph.js";
import type { FiniteBatch } from "../src/kernels/finite/ntk.js";
import { rng } from "../src/rng.js";
import { parseGenotype } from "../src/spaces/index.js";

/** The two cells that finite-width engines are measured on: every edge conv3x3, and a middling one. */
export const cells = {
  all3: (options?: CellNetworkOptions) => cellNetwork(Array<string>(6).fill("conv3"), options),
  mid: (options?: CellNetworkOptions) => cellNetwork(["conv3", "avg", "conv1", "skip", "conv1", "conv3"], options),
} as const;

/** Six hidden ReLU layers on 784 inputs. */
export const mlp = (width: number): GraphArchitecture =>
  layeredGraph(parseGenotype(Array<string>(6).fill("relu").join("-")), modelPresets.he, 784, width);

/** Normal inputs, rounded to float32 so that both sides start from the same numbers. */
export function randomBatch(graph: GraphArchitecture, n: number): FiniteBatch {
  const generator = rng(0, "bench", n);
  const size = graph.input.reduce((product, side) => product * side, 1);
  return { n, inputs: Float64Array.from({ length: n * size }, () => Math.fround(generator.normal())) };
}
