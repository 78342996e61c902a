import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { crossKernel, infiniteKernel, KernelPredictor, modelPresets, parseGenotype } from "../../src/index.js";
import { spherePoints } from "../support/points.js";

const genotype = "relu+tanh";
const model = modelPresets.he;
const train = spherePoints(14, 4, "train");
const test = spherePoints(5, 4, "test");
const architecture = parseGenotype(genotype);
const kernel = infiniteKernel(architecture, train, model).data;
const targets = Float64Array.from({ length: 14 }, (_, i) => Math.sin(3 * train.inputs[4 * i]) + 5);

/** Ridge regression with a free intercept on some rows, by ml-matrix: [K + r I, 1; 1', 0] [alpha; b] = [y; 0]. */
function direct(rows: readonly number[], y: readonly number[], ridge: number, at: (row: number) => number): number {
  const n = rows.length;
  const system = Matrix.zeros(n + 1, n + 1);
  rows.forEach((a, i) => {
    rows.forEach((b, j) => system.set(i, j, kernel[a * 14 + b] + (i === j ? ridge : 0)));
    system.set(i, n, 1).set(n, i, 1);
  });
  const solution = solve(system, Matrix.columnVector([...rows.map((row) => y[row]), 0]));
  return rows.reduce((sum, row, i) => sum + at(row) * solution.get(i, 0), solution.get(n, 0));
}

const all = Array.from({ length: 14 }, (_, i) => i);
/** Rows of one norm: trace / n is a diagonal entry. */
const ridgeOf = (multiple: number): number => multiple * kernel[0];

describe("KernelPredictor", () => {
  it("regression: the predictions of the bordered linear system, to 1e-8", () => {
    const predictor = new KernelPredictor(genotype, { ...train, targets }, model);
    const cross = crossKernel(architecture, test, train, model).data;
    const ridge = ridgeOf(predictor.leaveOneOut.fit.ridge);
    const { values } = predictor.predict(test);
    values!.forEach((value, i) => {
      expect(value).toBeCloseTo(
        direct(all, [...targets], ridge, (row) => cross[i * 14 + row]),
        8,
      );
    });
    expect(predictor.classes).toBeUndefined();
  });

  it("leave-one-out predictions are those of refits without the row", () => {
    const { fit } = new KernelPredictor(genotype, { ...train, targets }, model).leaveOneOut;
    const mean = targets.reduce((sum, y) => sum + y, 0) / 14;
    const deviation = Math.sqrt(targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / 14);
    const y = Array.from(targets, (value) => (value - mean) / deviation);
    for (const left of [0, 5, 13]) {
      const others = all.filter((row) => row !== left);
      const expected = direct(others, y, ridgeOf(fit.ridge), (row) => kernel[left * 14 + row]);
      expect(fit.leftOut[0][left]).toBeCloseTo(expected, 8);
    }
  });

  it("classes: probabilities that sum to one, the likeliest is the label, labels as they were given", () => {
    const labels = Int32Array.from({ length: 14 }, (_, i) =>
      train.inputs[4 * i] > 0 ? 7 : train.inputs[4 * i + 1] > 0 ? 2 : -1,
    );
    const predictor = new KernelPredictor(genotype, { ...train, labels }, model);
    expect(predictor.classes).toEqual([-1, 2, 7]);
    const found = predictor.predict(test);
    for (let i = 0; i < 5; i++) {
      const row = [...found.probabilities!.subarray(3 * i, 3 * i + 3)];
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      expect(found.labels![i]).toBe(predictor.classes![row.indexOf(Math.max(...row))]);
    }
  });

  it("refuses rows without two values, and inputs of another dimension", () => {
    const constant = { ...train, targets: new Float64Array(14).fill(3) };
    expect(() => new KernelPredictor(genotype, constant, model)).toThrow(/at least two values/);
    const predictor = new KernelPredictor(genotype, { ...train, targets }, model);
    expect(() => predictor.predict(spherePoints(3, 6, "other"))).toThrow(/6/);
  });
});
