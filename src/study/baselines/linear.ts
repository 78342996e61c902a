import { gramMatrix, rowProducts } from "../../math/linalg.js";
import { bestFit, fitRidges, predictColumns } from "../../score/kernel-regression.js";
import { SymmetricSolver } from "../../spectrum/solver.js";
import type { Examples } from "../examples.js";

/** Multiples of trace(X X')/n. */
export const linearRidges = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3, 10] as const;

/** Ridge regression on the inputs, ridge by leave-one-out. */
export interface RidgeModel {
  readonly ridge: number;
  /** Leave-one-out mean squared error. */
  readonly error: number;
  predict(rows: Pick<Examples, "n" | "inputs">): Float64Array;
}

/** Linear ridge regression with a free intercept, in its dual form: kernel X X'. The best ridge of the grid by leave-one-out. */
export function linearRidge({ n, d, inputs, targets }: Examples): RidgeModel {
  const solver = new SymmetricSolver(n);
  solver.matrix.set(gramMatrix(inputs, n, d));
  const fit = bestFit(fitRidges(solver, [targets!], linearRidges))!;
  return {
    ridge: fit.ridge,
    error: fit.error,
    predict: (rows) => predictColumns(fit, rowProducts(rows.inputs, rows.n, inputs, n, d))[0],
  };
}
