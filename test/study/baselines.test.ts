import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gramMatrix, rowProducts } from "../../src/math/linalg.js";
import { rng } from "../../src/rng.js";
import { fitRegression, predictColumns } from "../../src/score/kernel-regression.js";
import { SymmetricSolver } from "../../src/spectrum/solver.js";
import { linearRidge, linearRidges } from "../../src/study/baselines/linear.js";
import { fitLogistic, logisticByValidation, penaltyGrid } from "../../src/study/baselines/logistic.js";
import { nearestNeighbours } from "../../src/study/baselines/nearest.js";
import type { Examples } from "../../src/study/examples.js";

/** scipy and numpy (test/golden/baselines.py). */
interface Golden {
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly classes: number;
  readonly penalty: number;
  readonly ridge: number;
  readonly x: number[];
  readonly t: number[];
  readonly labels: number[];
  readonly y: number[];
  readonly probabilities: number[];
  readonly ridgePredictions: number[];
  readonly ridgeLeftOut: number;
  readonly nearest: Record<"classes" | "values", { k: number; error: number; predicted: number[] }>;
}
const golden = JSON.parse(readFileSync(new URL("../golden/baselines.json", import.meta.url), "utf8")) as Golden;
const { n, m, d, classes } = golden;
const inputs = Float64Array.from(golden.x);
const train: Examples = { n, d, inputs, labels: Int32Array.from(golden.labels) };
const measured: Examples = { n, d, inputs, targets: Float64Array.from(golden.y) };
const test = { n: m, inputs: Float64Array.from(golden.t) };

const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(tolerance));
};

describe("logistic regression", () => {
  it("has the probabilities of scipy's optimum, from any start", () => {
    const model = fitLogistic(train, classes, golden.penalty);
    close(model.probabilities(test), golden.probabilities, 1e-6);
    const start = Float64Array.from({ length: classes * (d + 1) }, (_, i) => Math.sin(i));
    close(fitLogistic(train, classes, golden.penalty, { start }).probabilities(test), golden.probabilities, 1e-6);
  });

  it("chooses a penalty of the grid by validation, the same one every time", () => {
    const model = logisticByValidation(train, classes, 1);
    expect(penaltyGrid).toContain(model.penalty);
    expect(logisticByValidation(train, classes, 1).weights).toEqual(model.weights);
    const generator = rng("noise");
    const noise = { ...train, inputs: Float64Array.from({ length: n * d }, () => generator.normal()) };
    expect(logisticByValidation(noise, classes, 1).penalty).toBe(1);
  });

  it("ends for separable classes and for a class without rows", () => {
    const separable = { n: 4, d: 1, inputs: Float64Array.of(-2, -1, 1, 2), labels: Int32Array.of(0, 0, 1, 1) };
    const p = fitLogistic(separable, 3, 1e-4).probabilities({ n: 1, inputs: Float64Array.of(3) });
    expect(p[1]).toBeGreaterThan(0.99);
    expect(p[2]).toBeLessThan(0.01);
  });
});

describe("linear ridge regression", () => {
  it("in its dual form is what the normal equations give", () => {
    const solver = new SymmetricSolver(n);
    solver.matrix.set(gramMatrix(inputs, n, d));
    const fit = fitRegression(solver, [measured.targets!], golden.ridge)!;
    close(predictColumns(fit, rowProducts(test.inputs, m, inputs, n, d))[0], golden.ridgePredictions, 1e-9);
    expect(fit.error).toBeCloseTo(golden.ridgeLeftOut, 10);
    const best = linearRidge(measured);
    expect(linearRidges).toContain(best.ridge);
    expect(best.error).toBeLessThanOrEqual(golden.ridgeLeftOut * (1 + 1e-9));
    close(best.predict(test), golden.ridgePredictions, 0.1);
  });
});

describe("nearest neighbours", () => {
  it.each([
    ["classes", train],
    ["values", measured],
  ] as const)("%s: number, left-out error and predictions", (kind, examples) => {
    const found = nearestNeighbours(examples);
    const expected = golden.nearest[kind];
    expect(found.k).toBe(expected.k);
    expect(found.error).toBeCloseTo(expected.error, 12);
    close(found.predict(test), expected.predicted, 1e-12);
  });
});
