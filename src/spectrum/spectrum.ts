import { AppError } from "../errors.js";
import type { KernelMatrix } from "../kernels/engine.js";
import { SymmetricSolver, type LeastEigenpair } from "./solver.js";

/** A square symmetric matrix with its size, such as an NTK. */
export type SquareMatrix = Pick<KernelMatrix, "rows" | "columns" | "data">;

/**
 * The least eigenvalue of a symmetric matrix (row-major, n x n), certified by residual and inertia count.
 * Throws AppError `numeric` when the matrix is not finite, `data` when it is not n x n.
 *
 * @example lambdaMin(Float64Array.of(2, 1, 1, 2), 2).value // 1
 */
export function lambdaMin(kernel: SquareMatrix): LeastEigenpair;
export function lambdaMin(matrix: Float64Array, n: number): LeastEigenpair;
export function lambdaMin(matrix: SquareMatrix | Float64Array, n?: number): LeastEigenpair {
  return solverWith(matrix, n).least();
}

/** All eigenvalues of a symmetric matrix, ascending. Throws as `lambdaMin`. */
export function eigenvalues(kernel: SquareMatrix): Float64Array;
export function eigenvalues(matrix: Float64Array, n: number): Float64Array;
export function eigenvalues(matrix: SquareMatrix | Float64Array, n?: number): Float64Array {
  return solverWith(matrix, n).eigenvalues();
}

function solverWith(matrix: SquareMatrix | Float64Array, size: number | undefined): SymmetricSolver {
  const [rows, columns, data] =
    matrix instanceof Float64Array ? [size, size, matrix] : [matrix.rows, matrix.columns, matrix.data];
  if (rows === undefined || columns === undefined || rows !== columns || data.length !== rows * columns) {
    throw new AppError("data", `Expected a square matrix, n x n numbers; got ${rows} x ${columns}, ${data.length}.`);
  }
  const solver = new SymmetricSolver(rows);
  solver.matrix.set(data);
  return solver;
}

/** What a whole spectrum says. */
export interface SpectrumSummary {
  readonly lambdaMin: number;
  readonly lambdaMax: number;
  readonly trace: number;
  /** lambda_max / lambda_min; Infinity when lambda_min is not positive. */
  readonly conditionNumber: number;
  /** exp of the Shannon entropy of the normalised eigenvalues (Roy and Vetterli 2007): between 1 and n. */
  readonly effectiveRank: number;
}

/** Summary of eigenvalues in ascending order. */
export function summarise(values: Float64Array): SpectrumSummary {
  const lambdaMin = values[0];
  const lambdaMax = values[values.length - 1];
  let trace = 0;
  for (const value of values) trace += Math.max(value, 0);
  let entropy = 0;
  for (const value of values) {
    const share = value / trace;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return {
    lambdaMin,
    lambdaMax,
    trace,
    conditionNumber: lambdaMin > 0 ? lambdaMax / lambdaMin : Infinity,
    effectiveRank: Math.exp(entropy),
  };
}
