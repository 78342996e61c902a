import type { Architecture } from "../arch/architecture.js";
import type { KernelMatrix } from "../kernels/engine.js";
import { infiniteKernel } from "../kernels/infinite/direct.js";
import { dataTerms } from "../theory/data-terms.js";
import { theoryBounds, type TheoryReport } from "../theory/bounds.js";
import { architectureOf, inputRows, modelOf, type Model, type Rows } from "./rows.js";

export interface KernelOptions {
  /** Constants of the model, `he` by default: weight variances c1 = 1, c = 2, co = 1, branch scale 1 (docs/theory.md 1.2). */
  readonly model?: Model;
}

/**
 * The NTK of an infinitely wide network on some inputs: n x n, float64, by the recursion of docs/theory.md 2, not divided by n.
 *
 * @param architecture a genotype such as `relu+tanh-gelu` (`+`: the later layer has a skip), or an architecture
 * @throws AppError "genotype" for an unreadable genotype, "data" for inputs that are not finite or of unequal length,
 * "numeric" when the kernel overflows.
 * @example lambdaMin(ntk("relu+relu", [[1, 0], [0.6, 0.8]])).value
 */
export function ntk(
  architecture: string | Architecture,
  rows: Rows,
  { model = "he" }: KernelOptions = {},
): KernelMatrix {
  return infiniteKernel(architectureOf(architecture), inputRows(rows), modelOf(model));
}

/**
 * Every bound of lambda_min of the NTK of a network on some inputs, each with its formula, reference and assumptions
 * (docs/theory.md 3). @throws AppError as `ntk`.
 *
 * @example bounds("relu+relu", rows).numbers.LB // <= lambdaMin(ntk("relu+relu", rows)).value <= ... .UBpair
 */
export function bounds(
  architecture: string | Architecture,
  rows: Rows,
  { model = "he" }: KernelOptions = {},
): TheoryReport {
  const inputs = inputRows(rows);
  const [network, constants] = [architectureOf(architecture), modelOf(model)];
  return theoryBounds(network, constants, dataTerms(inputs), infiniteKernel(network, inputs, constants).data);
}
