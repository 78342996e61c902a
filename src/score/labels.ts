import type { Batch } from "../data/dataset.js";
import type { SymmetricSolver } from "../spectrum/solver.js";

/** Targets of kernel regression, one column a problem. */
export interface LabelColumns {
  readonly kind: "classes" | "regression";
  /** Classes: +1 / -1, one column for two classes, one a class for more. Regression: one column of mean 0, variance 1. */
  readonly columns: readonly Float64Array[];
  /** Class of every row; undefined for regression. */
  readonly labels: Int32Array | undefined;
}

/** The columns of a batch, or undefined without labels, or when all targets are equal (nothing to learn). */
export function labelColumns(batch: Pick<Batch, "n" | "labels" | "targets">): LabelColumns | undefined {
  const { n, labels, targets } = batch;
  if (labels !== undefined) {
    const classes = [...new Set(labels)].sort((a, b) => a - b);
    if (classes.length < 2) return undefined;
    const positive = classes.length === 2 ? [classes[1]] : classes;
    return {
      kind: "classes",
      labels,
      columns: positive.map((c) => Float64Array.from(labels, (label) => (label === c ? 1 : -1))),
    };
  }
  if (targets === undefined || n < 2) return undefined;
  const mean = targets.reduce((sum, y) => sum + y, 0) / n;
  const variance = targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / n;
  if (!(variance > 0)) return undefined;
  return { kind: "regression", labels: undefined, columns: [targets.map((y) => (y - mean) / Math.sqrt(variance))] };
}

/**
 * y'K^-1 y / n, the square of gamma_1 of docs/theory.md 3.6, averaged over the columns; undefined when K is singular.
 */
export function labelComplexity(solver: SymmetricSolver, { columns }: LabelColumns): number | undefined {
  const factor = solver.factor(0);
  if (factor === undefined) return undefined;
  let sum = 0;
  for (const y of columns) {
    const solution = factor.solve(y);
    for (let i = 0; i < y.length; i++) sum += y[i] * solution[i];
  }
  return sum / (columns.length * columns[0].length);
}

/** Leave-one-out of kernel ridge regression, in closed form. */
export interface LeaveOneOut {
  /** Mean squared error of the left-out predictions, averaged over columns (1 is what predicting 0 gives). */
  readonly error: number;
  /** Share of rows whose class is predicted when left out; undefined for regression. */
  readonly accuracy: number | undefined;
  /** The ridge with the least error, as a multiple of trace / n. */
  readonly ridge: number;
}

/** Ridges that are tried, as multiples of trace / n. */
export const ridgeGrid = [1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 10] as const;

/**
 * Leave-one-out error of f = K (K + r I)^-1 y: the residual of row i when it is left out is
 * [(K + r I)^-1 y]_i / [(K + r I)^-1]_ii, so no refit is needed. The ridge is chosen by the same error.
 * Undefined when no ridge of the grid makes the matrix positive definite.
 */
export function leaveOneOut(solver: SymmetricSolver, { columns, labels }: LabelColumns): LeaveOneOut | undefined {
  const { n } = solver;
  const scale = solver.trace() / n;
  let best: LeaveOneOut | undefined;
  for (const ridge of ridgeGrid) {
    const factor = solver.factor(ridge * scale);
    if (factor === undefined) continue;
    const diagonal = factor.inverseDiagonal();
    let error = 0;
    const predictions = columns.map((y) => {
      const solution = factor.solve(y);
      return y.map((target, i) => {
        const residual = solution[i] / diagonal[i];
        error += residual * residual;
        return target - residual;
      });
    });
    error /= n * columns.length;
    if (best !== undefined && error > best.error) continue;
    best = { error, ridge, accuracy: labels && accuracyOf(predictions, labels) };
  }
  return best;
}

/** Share of rows whose largest prediction (sign for one column) is their class. */
function accuracyOf(predictions: readonly Float64Array[], labels: Int32Array): number {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  let right = 0;
  labels.forEach((label, i) => {
    if (predictions.length === 1) {
      if (classes[predictions[0][i] > 0 ? 1 : 0] === label) right++;
      return;
    }
    let winner = 0;
    for (let c = 1; c < predictions.length; c++) if (predictions[c][i] > predictions[winner][i]) winner = c;
    if (classes[winner] === label) right++;
  });
  return right / labels.length;
}
