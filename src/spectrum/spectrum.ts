import { SymmetricSolver, type LeastEigenpair } from "./solver.js";

/**
 * The least eigenvalue of a symmetric matrix (row-major, n x n), certified by residual and inertia count.
 * Throws AppError `numeric` when the matrix is not finite.
 *
 * @example lambdaMin(Float64Array.of(2, 1, 1, 2), 2).value // 1
 */
export function lambdaMin(matrix: Float64Array, n: number): LeastEigenpair {
  const solver = new SymmetricSolver(n);
  solver.matrix.set(matrix);
  return solver.least();
}

/** All eigenvalues of a symmetric matrix, ascending. */
export function eigenvalues(matrix: Float64Array, n: number): Float64Array {
  const solver = new SymmetricSolver(n);
  solver.matrix.set(matrix);
  return solver.eigenvalues();
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
