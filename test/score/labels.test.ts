import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { labelColumns, labelComplexity, leaveOneOut, ridgeGrid } from "../../src/score/labels.js";
import { SymmetricSolver } from "../../src/spectrum/solver.js";
import { randomGram } from "../support/matrices.js";

function solverOf(matrix: Float64Array, n: number): SymmetricSolver {
  const solver = new SymmetricSolver(n);
  solver.matrix.set(matrix);
  return solver;
}

/** Leave-one-out by refitting without each row, the definition: the bordered system of weights and intercept by ml-matrix. */
function refit(matrix: Float64Array, n: number, y: Float64Array, ridge: number): Float64Array {
  return Float64Array.from({ length: n }, (_, left) => {
    const rest = Array.from({ length: n }, (_, i) => i).filter((i) => i !== left);
    const system = [
      ...rest.map((i) => [...rest.map((j) => matrix[i * n + j] + (i === j ? ridge : 0)), 1]),
      [...rest.map(() => 1), 0],
    ];
    const solution = solve(new Matrix(system), Matrix.columnVector([...rest.map((i) => y[i]), 0])).to1DArray();
    return rest.reduce((sum, i, at) => sum + matrix[left * n + i] * solution[at], solution[n - 1]);
  });
}

describe("leave-one-out in closed form against refits", () => {
  const n = 18;
  const matrix = randomGram(n, 25, "loo");
  const solver = solverOf(matrix, n);
  const scale = solver.trace() / n;

  it("two classes: error, accuracy and the best ridge of the grid", () => {
    const labels = Int32Array.from({ length: n }, (_, i) => (Math.sin(3 * i) > 0 ? 1 : 0));
    const columns = labelColumns({ n, labels })!;
    const [y] = columns.columns;
    const errors = ridgeGrid.map((ridge) => {
      const predicted = refit(matrix, n, y, ridge * scale);
      return predicted.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / n;
    });
    const best = Math.min(...errors);
    const found = leaveOneOut(solver, columns)!;
    expect(found.error).toBeCloseTo(best, 10);
    expect(found.ridge).toBe(ridgeGrid[errors.indexOf(best)]);
    const predicted = refit(matrix, n, y, found.ridge * scale);
    const right = Array.from(predicted).filter((value, i) => value > 0 === y[i] > 0).length;
    expect(found.accuracy).toBeCloseTo(right / n, 12);
  });

  it("three classes and regression", () => {
    const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
    const found = leaveOneOut(solver, labelColumns({ n, labels })!)!;
    const columns = [0, 1, 2].map((c) => Float64Array.from(labels, (label) => (label === c ? 1 : -1)));
    const predictions = columns.map((y) => refit(matrix, n, y, found.ridge * scale));
    const right = Array.from(labels).filter((label, i) => {
      const row = predictions.map((column) => column[i]);
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    expect(found.accuracy).toBeCloseTo(right / n, 12);
    const targets = Float64Array.from({ length: n }, (_, i) => 5 + i * i);
    const regression = leaveOneOut(solver, labelColumns({ n, targets })!)!;
    expect(regression.accuracy).toBeUndefined();
    const [y] = labelColumns({ n, targets })!.columns;
    const predicted = refit(matrix, n, y, regression.ridge * scale);
    expect(regression.error).toBeCloseTo(predicted.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / n, 10);
  });

  it("y'K^-1 y / n on a diagonal kernel is the mean of 1 / K_ii", () => {
    const diagonal = new Float64Array(9);
    diagonal[0] = 1;
    diagonal[4] = 2;
    diagonal[8] = 4;
    const columns = labelColumns({ n: 3, labels: Int32Array.of(0, 1, 0) })!;
    expect(labelComplexity(solverOf(diagonal, 3), columns)).toBeCloseTo((1 + 0.5 + 0.25) / 3, 14);
    expect(labelComplexity(solverOf(new Float64Array(9), 3), columns)).toBeUndefined();
  });
});

describe("label columns", () => {
  it("are undefined where there is nothing to learn", () => {
    expect(labelColumns({ n: 3 })).toBeUndefined();
    expect(labelColumns({ n: 3, labels: Int32Array.of(2, 2, 2) })).toBeUndefined();
    expect(labelColumns({ n: 3, targets: Float64Array.of(1, 1, 1) })).toBeUndefined();
    expect(labelColumns({ n: 1, targets: Float64Array.of(1) })).toBeUndefined();
  });

  it("standardise targets and code classes by +1 and -1", () => {
    const [y] = labelColumns({ n: 2, targets: Float64Array.of(3, 7) })!.columns;
    expect(Array.from(y)).toEqual([-1, 1]);
    expect(labelColumns({ n: 3, labels: Int32Array.of(5, 9, 5) })!.columns.map((c) => Array.from(c))).toEqual([
      [-1, 1, -1],
    ]);
    expect(labelColumns({ n: 3, labels: Int32Array.of(0, 1, 2) })!.columns).toHaveLength(3);
  });
});
