import type { GraphArchitecture } from "../../arch/graph.js";
import { compileFor, copiesOf, type CompiledOptions } from "./compiled-ntk.js";
import { gradientGraph } from "./gradient.js";
import { sizeOf, type GradientGraph } from "./ir.js";
import { lower } from "./lower.js";
import type { FiniteOptions } from "./ntk.js";

const bytesPerNumber = 8;
const bytesPerFloat = 4;

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
const weightsOf = (graph: GradientGraph): number[] => graph.parameters.map(({ shape }) => sizeOf(shape));

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
  const weights = weightsOf(graph);
  const outputs = sizeOf(graph.nodes[graph.output].shape);
  const passes = output === "sum" || output === "label" ? 1 : outputs;
  const nodes = total(graph.nodes.map(({ shape }) => sizeOf(shape)));
  const cotangents = total(graph.taps.map(({ cotangent }) => sizeOf(graph.nodes[cotangent].shape)));
  const size = output === "full" ? n * outputs : n;
  const kernels = (output === "full" ? 1 : passes) + 3 * graph.taps.length + 4;
  return (
    bytesPerNumber *
    (total(weights) + 2 * Math.max(0, ...weights) + n * (nodes + passes * cotangents) + kernels * size * size)
  );
}

/** What a compiled network needs in bytes. */
export interface CompiledBytes {
  /** Kernels: one a group, a parameter and two factors each, six for sums and the eigenproblem. */
  readonly kernels: number;
  /** The draw of the largest parameter. */
  readonly draw: number;
  /** Weights as the program has them, and other constants. */
  readonly constants: number;
  /** Activations of one sample (with `full` of every class). */
  readonly sample: number;
}

/** Bytes of a compiled network on n samples, before any is allocated. Throws NotCompiled as CompiledNtk does. */
export function compiledBytes(architecture: GraphArchitecture, n: number, options: CompiledOptions): CompiledBytes {
  const network = compileFor(architecture, options);
  const { graph, constants, stride } = network;
  const { output = "sum" } = options;
  const outputs = sizeOf(graph.nodes[graph.output].shape);
  const groups = output === "each" || output === "trace" ? outputs : 1;
  const matrices = groups + 3 * graph.taps.length + 6;
  const size = output === "full" ? n * outputs : n;
  return {
    kernels: bytesPerNumber * matrices * size * size,
    draw: bytesPerFloat * Math.max(0, ...weightsOf(graph)),
    constants: bytesPerFloat * constants.size,
    sample: bytesPerFloat * stride * copiesOf(network, output),
  };
}

/** Bytes of products with the kernel: weights twice, copies of the largest, and vectors of the Lanczos basis. */
export function productBytes(architecture: GraphArchitecture, n: number, vectors: number): number {
  const weights = weightsOf(gradientGraph(lower(architecture)));
  return bytesPerNumber * (2 * total(weights) + 3 * Math.max(0, ...weights) + (vectors + 3) * n);
}
