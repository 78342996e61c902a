import type { Batch } from "../data/dataset.js";
import type { SymmetricSolver } from "../spectrum/solver.js";
import { bestFit, fitRidges, ridgeGrid, type RegressionFit } from "./kernel-regression.js";
import { calibrate, classScores, winners, type ClassScores } from "./probabilities.js";

export { ridgeGrid };

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

/** Leave-one-out of kernel ridge regression, in closed form, at the ridge of least error. */
export interface LeaveOneOut {
  /** Mean squared error of the left-out predictions, averaged over columns. */
  readonly error: number;
  /** Share of rows whose class is predicted when left out; undefined for regression. */
  readonly accuracy: number | undefined;
  /** Log loss in nats of the left-out rows, softmax with the temperature that is best for them; undefined for regression. */
  readonly logLoss: number | undefined;
  /** The ridge with the least error, as a multiple of trace / n. */
  readonly ridge: number;
  readonly fit: RegressionFit;
  /** Largest log marginal likelihood per row over the ridges (see RegressionFit). */
  readonly logEvidence: number;
}

/** Leave-one-out over the ridges of the grid (see fitRegression). Undefined when no ridge gives a fit. */
export function leaveOneOut(
  solver: SymmetricSolver,
  { columns, labels }: LabelColumns,
  ridges: readonly number[] = ridgeGrid,
): LeaveOneOut | undefined {
  const fits = fitRidges(solver, columns, ridges);
  const fit = bestFit(fits);
  if (fit === undefined) return undefined;
  const { error, ridge } = fit;
  const logEvidence = Math.max(...fits.map((one) => one.logEvidence));
  const classes = labels && ranksOf(labels);
  const scores = classes && classScores(fit.leftOut);
  return {
    error,
    ridge,
    fit,
    logEvidence,
    accuracy: scores && accuracyOf(scores, classes),
    logLoss: scores && calibrate(scores, classes).loss,
  };
}

/** Labels as positions among the classes that occur. */
export function ranksOf(labels: Int32Array): Int32Array {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const position = new Map(classes.map((label, k) => [label, k]));
  return labels.map((label) => position.get(label)!);
}

/** Share of rows whose largest score is that of their class. */
export function accuracyOf(scores: ClassScores, labels: Int32Array): number {
  const found = winners(scores);
  return found.reduce((right, c, i) => right + (c === labels[i] ? 1 : 0), 0) / labels.length;
}

/**
 * Centred alignment of the kernel with the targets, <HKH, YY'> / (||HKH|| ||HYY'H||) in the Frobenius product, H = I - 11'/n
 * (Cortes, Mohri and Rostamizadeh 2012): 1 when K is the ideal kernel up to a constant. Undefined for a kernel that is constant.
 */
export function centredAlignment(solver: SymmetricSolver, { columns }: LabelColumns): number | undefined {
  const { n, matrix } = solver;
  const means = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) means[i] += matrix[i * n + j] / n;
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  const centred = columns.map((y) => {
    const average = y.reduce((sum, value) => sum + value, 0) / n;
    return y.map((value) => value - average);
  });
  let [product, kernelSquare, targetSquare] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const k = matrix[i * n + j] - means[i] - means[j] + mean;
      let t = 0;
      for (const y of centred) t += y[i] * y[j];
      product += k * t;
      kernelSquare += k * k;
      targetSquare += t * t;
    }
  }
  const norm = Math.sqrt(kernelSquare * targetSquare);
  return norm > 0 ? product / norm : undefined;
}
