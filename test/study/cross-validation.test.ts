import { describe, expect, it } from "vitest";
import { crossValidate, modelPresets, rng } from "../../src/index.js";
import { spherePoints } from "../support/points.js";

const model = modelPresets.he;
const points = spherePoints(60, 3, "folds");
const side = Int32Array.from({ length: 60 }, (_, i) => (points.inputs[3 * i] > 0 ? 1 : 0));

/** Wilson's interval of k right ones in n (Wilson 1927), z = 1.96. */
function wilson(k: number, n: number): [number, number] {
  const [z, p] = [1.959963984540054, k / n];
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [middle - half, middle + half];
}

describe("crossValidate", () => {
  it("half spaces are learnt, with Wilson's interval", () => {
    const found = crossValidate({ ...points, labels: side }, ["relu+relu"], "lambda_min", model, 1);
    expect(found).toMatchObject({ measure: "accuracy", folds: 5, rows: 60, candidates: 1 });
    expect(found.value).toBeGreaterThan(0.85);
    const [low, high] = wilson(Math.round(found.value * 60), 60);
    expect(found.interval[0]).toBeCloseTo(low, 6);
    expect(found.interval[1]).toBeCloseTo(high, 6);
  });

  it("labels that say nothing are not learnt: no row is predicted from itself", () => {
    const generator = rng(2, "coin");
    const values = Array.from({ length: 8 }, (_, seed) => {
      const coins = Int32Array.from({ length: 60 }, () => generator.integer(2));
      return crossValidate({ ...points, labels: coins }, ["relu+relu", "tanh-tanh"], "loo_accuracy", model, seed).value;
    });
    const mean = values.reduce((sum, value) => sum + value, 0) / 8;
    // The standard error of 480 coins is 0.023.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  });

  it("targets: R2 of a smooth function near 1, of noise near 0 or below, the interval around it", () => {
    const smooth = Float64Array.from(
      { length: 60 },
      (_, i) => 40 + 3 * points.inputs[3 * i] - points.inputs[3 * i + 2],
    );
    const found = crossValidate({ ...points, targets: smooth }, ["relu-linear"], "lambda_min", model, 1);
    expect(found.measure).toBe("R2");
    expect(found.value).toBeGreaterThan(0.98);
    expect(found.interval[0]).toBeLessThanOrEqual(found.value);
    expect(found.interval[1]).toBeGreaterThanOrEqual(found.value);
    const generator = rng(3, "noise");
    const noise = Float64Array.from({ length: 60 }, () => generator.normal());
    expect(crossValidate({ ...points, targets: noise }, ["relu-linear"], "lambda_min", model, 1).value).toBeLessThan(
      0.2,
    );
  });

  it("the same seed gives the same figure, another seed other folds", () => {
    const at = (seed: number): number =>
      crossValidate({ ...points, targets: points.inputs.filter((_, i) => i % 3 === 1) }, ["sin"], "trace", model, seed)
        .value;
    expect(at(4)).toBe(at(4));
    expect(at(4)).not.toBe(at(5));
  });
});
