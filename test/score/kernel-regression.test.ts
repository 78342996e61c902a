import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bestFit, fitRegression, fitRidges, predictColumns } from "../../src/score/kernel-regression.js";
import { centredAlignment, labelColumns } from "../../src/score/labels.js";
import { SymmetricSolver } from "../../src/spectrum/solver.js";

/** numpy, by definition (test/golden/regression.py). */
interface Golden {
  readonly n: number;
  readonly kernel: number[];
  readonly cross: number[];
  readonly y: number[];
  readonly labels: number[];
  readonly alignment: number;
  readonly cases: readonly {
    readonly ridge: number;
    readonly weights: number[];
    readonly intercept: number;
    readonly leftOut: number[];
    readonly predicted: number[];
    readonly evidence: number;
  }[];
}
const golden = JSON.parse(readFileSync(new URL("../golden/regression.json", import.meta.url), "utf8")) as Golden;
const { n } = golden;

function solverOf(scale = 1): SymmetricSolver {
  const solver = new SymmetricSolver(n);
  solver.matrix.set(golden.kernel.map((value) => scale * value));
  return solver;
}

const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-9): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(tolerance * (1 + Math.abs(value))));
};

describe("kernel regression with an intercept against numpy", () => {
  const y = Float64Array.from(golden.y);

  it.each(golden.cases)("ridge $ridge: weights, intercept, left-out rows, predictions, evidence", (expected) => {
    const fit = fitRegression(solverOf(), [y], expected.ridge)!;
    close(fit.weights[0], expected.weights);
    close(fit.intercepts, [expected.intercept]);
    close(fit.leftOut[0], expected.leftOut);
    close(predictColumns(fit, Float64Array.from(golden.cross))[0], expected.predicted);
    const error = expected.leftOut.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0) / n;
    expect(fit.error).toBeCloseTo(error, 10);
    // Restricted likelihood with a flat prior: density of the contrasts, up to log(n)/2 of the prior's scale.
    expect(fit.logEvidence).toBeCloseTo(expected.evidence / n, 9);
  });

  it("does not change when the kernel is scaled, nor when a constant is added to the targets", () => {
    const [one, other] = [1, 1000].map((scale) => bestFit(fitRidges(solverOf(scale), [y]))!);
    expect(other.ridge).toBe(one.ridge);
    close(other.leftOut[0], [...one.leftOut[0]]);
    expect(other.logEvidence).toBeCloseTo(one.logEvidence, 9);
    const shifted = fitRegression(solverOf(), [y.map((value) => value + 50)], one.ridge)!;
    close(
      shifted.leftOut[0],
      [...one.leftOut[0]].map((value) => value + 50),
    );
  });

  it("class codes that sum to a constant have predictions that do", () => {
    const columns = labelColumns({ n, labels: Int32Array.from(golden.labels) })!;
    const fit = fitRegression(solverOf(), columns.columns, 0.01)!;
    for (let i = 0; i < n; i++) expect(fit.leftOut.reduce((sum, column) => sum + column[i], 0)).toBeCloseTo(-1, 9);
    expect(centredAlignment(solverOf(), columns)).toBeCloseTo(golden.alignment, 12);
  });

  it("has no fit for one row or an indefinite matrix", () => {
    const one = new SymmetricSolver(1);
    one.matrix[0] = 1;
    expect(fitRegression(one, [Float64Array.of(1)], 0.1)).toBeUndefined();
    const indefinite = new SymmetricSolver(2);
    indefinite.matrix.set([1, 2, 2, 1]);
    expect(fitRegression(indefinite, [Float64Array.of(1, 2)], 0.1)).toBeUndefined();
  });
});
