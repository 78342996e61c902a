import type { SymmetricSolver } from "../spectrum/solver.js";

/** Ridges that are tried, as multiples of trace / n. */
export const ridgeGrid = [1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 10] as const;

/** Kernel ridge regression at one ridge, with what it predicts of each row when that row is left out. */
export interface RegressionFit {
  /** r as a multiple of trace / n. */
  readonly ridge: number;
  /** alpha, one vector of n weights a column: f(x) = b + sum_i k(x, x_i) alpha_i. */
  readonly weights: readonly Float64Array[];
  /** b, one a column. */
  readonly intercepts: readonly number[];
  /** Predictions of the rows left out, one vector a column. */
  readonly leftOut: readonly Float64Array[];
  /** Mean squared error of these, averaged over the columns. */
  readonly error: number;
  /**
   * Log marginal likelihood per row of the Gaussian process with covariance s^2 (K + r I), a flat prior on b and the most
   * likely s^2 (restricted likelihood), averaged over the columns. Does not change when the kernel is scaled.
   */
  readonly logEvidence: number;
}

/**
 * Kernel ridge regression with a free intercept: f minimises |y - f|^2 + r ||f - b||_K^2 over f and b. With A = K + r I and
 * C = A^-1 - A^-1 1 1'A^-1 / (1'A^-1 1): alpha = C y, b = 1'A^-1 y / (1'A^-1 1), and the residual of row i when it is left out,
 * intercept fitted anew, is alpha_i / C_ii (inverse of a bordered matrix), so that no refit is needed. Columns that
 * sum to a constant have predictions that sum to it.
 * Undefined when K + r I is not positive definite, or a left-out prediction does not exist.
 */
export function fitRegression(
  solver: SymmetricSolver,
  columns: readonly Float64Array[],
  ridge: number,
): RegressionFit | undefined {
  const { n } = solver;
  const scale = solver.trace() / n;
  const factor = solver.factor(ridge * scale);
  if (factor === undefined || n < 2) return undefined;
  const diagonal = factor.inverseDiagonal();
  const ones = factor.solve(new Float64Array(n).fill(1));
  const total = sum(ones);
  const logDeterminant = factor.logDeterminant() - n * Math.log(scale);
  const slope = diagonal.map((value, i) => value - (ones[i] * ones[i]) / total);
  let error = 0;
  let logEvidence = 0;
  const weights: Float64Array[] = [];
  const intercepts: number[] = [];
  const leftOut: Float64Array[] = [];
  for (const y of columns) {
    const solution = factor.solve(y);
    const intercept = sum(solution) / total;
    const alpha = solution.map((value, i) => value - intercept * ones[i]);
    const predicted = y.map((value, i) => value - alpha[i] / slope[i]);
    let quadratic = 0;
    for (let i = 0; i < n; i++) {
      error += (y[i] - predicted[i]) ** 2;
      quadratic += y[i] * alpha[i];
    }
    const variance = (quadratic * scale) / (n - 1);
    logEvidence -= ((n - 1) * (1 + Math.log(2 * Math.PI * variance)) + logDeterminant + Math.log(total * scale)) / 2;
    weights.push(alpha);
    intercepts.push(intercept);
    leftOut.push(predicted);
  }
  error /= n * columns.length;
  if (!Number.isFinite(error)) return undefined;
  return { ridge, weights, intercepts, leftOut, error, logEvidence: logEvidence / (n * columns.length) };
}

/** The fits of every ridge of the grid that has one. */
export const fitRidges = (
  solver: SymmetricSolver,
  columns: readonly Float64Array[],
  ridges: readonly number[] = ridgeGrid,
): RegressionFit[] => ridges.flatMap((ridge) => fitRegression(solver, columns, ridge) ?? []);

/** The fit with the least leave-one-out error; the larger ridge when two are equal. */
export function bestFit(fits: readonly RegressionFit[]): RegressionFit | undefined {
  let best: RegressionFit | undefined;
  for (const fit of fits) if (best === undefined || fit.error <= best.error) best = fit;
  return best;
}

/** Predictions for m inputs, one vector a column; `cross` is k(x, x_i), m x n row-major. */
export function predictColumns(
  { weights, intercepts }: Pick<RegressionFit, "weights" | "intercepts">,
  cross: Float64Array,
): Float64Array[] {
  return weights.map((alpha, c) => {
    const n = alpha.length;
    return Float64Array.from({ length: cross.length / n }, (_, i) => {
      let value = intercepts[c];
      for (let j = 0; j < n; j++) value += cross[i * n + j] * alpha[j];
      return value;
    });
  });
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
