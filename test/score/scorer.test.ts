import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { evaluateFully } from "../../src/score/full.js";
import { metricOf, metrics } from "../../src/score/metrics.js";
import { Scorer } from "../../src/score/scorer.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { halfCircle, referenceEigenvalues, spherePoints } from "../support/matrices.js";

const score = (
  batch: ConstructorParameters<typeof Scorer>[0]["batch"],
  genotype: string,
  model = modelPresets.lecun as ConstructorParameters<typeof Scorer>[0]["model"],
) => evaluateFully(new Scorer({ batch, model, metric: "lambda_min" }), genotype);

describe("full evaluation", () => {
  it("paper-style lambda_min of docs/theory.md 5, cross terms dropped, every printed digit", () => {
    const model = { ...modelPresets.lecun, crossTerms: false };
    expect(Math.abs(score(halfCircle, "relu+relu+relu", model).lambdaMin - 0.37677)).toBeLessThan(0.51e-5);
    expect(Math.abs(score(halfCircle, "silu+silu+silu", model).lambdaMin - 0.01681)).toBeLessThan(0.51e-6);
    expect(Math.abs(score(halfCircle, "sigmoid+sigmoid+sigmoid", model).lambdaMin - 0.00056089)).toBeLessThan(0.51e-8);
    expect(Math.abs(score(halfCircle, "tanh+tanh+tanh+tanh", model).lambdaMin - 0.194172227)).toBeLessThan(1e-8);
  });

  it("metrics equal those of all eigenvalues by ml-matrix", () => {
    const batch = { ...spherePoints(24, 8, "metrics"), labels: Int32Array.from({ length: 24 }, (_, i) => i % 2) };
    const found = score(batch, "relu+tanh-gelu");
    const { data } = infiniteKernel(parseGenotype("relu+tanh-gelu"), batch, modelPresets.lecun);
    const values = referenceEigenvalues(data, 24);
    const trace = values.reduce((sum, value) => sum + value, 0);
    const entropy = -values.reduce((sum, value) => sum + (value / trace) * Math.log(value / trace), 0);
    expect(found.metrics.lambda_min! / values[0]).toBeCloseTo(1, 9);
    expect(found.metrics.lambda_min_normalized! / (values[0] / (trace / 24))).toBeCloseTo(1, 9);
    expect(found.metrics.condition_number! / (values[23] / values[0])).toBeCloseTo(1, 9);
    expect(found.metrics.effective_rank).toBeCloseTo(Math.exp(entropy), 8);
    expect(found.metrics.trace).toBeCloseTo(trace, 10);
    expect(found.metrics.lower_bound).toBe(found.bounds.LB);
    expect(found.metrics.depth).toBe(4);
    expect(found.metrics.parameters).toBe(8 * 512 + 2 * 512 * 512 + 512);
    expect(found.metrics.label_complexity).toBeLessThan(0);
    expect(found.solver.certified).toBe(true);
    expect(found.warnings).toEqual([]);
  });

  it("label metrics are null without labels; the table says which use them", () => {
    const found = score(spherePoints(6, 3, 1), "relu");
    for (const metric of metrics) {
      expect(found.metrics[metric.name] === null).toBe(metric.usesLabels);
    }
  });

  it("unequal norms take the pairwise recursion and the same bounds hold", () => {
    const batch = spherePoints(10, 4, "norms");
    batch.inputs.forEach((_, k) => (batch.inputs[k] *= 1 + (k >> 2) / 5));
    const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min" });
    expect(scorer.loader.engine).toBe("infinite-direct");
    const { bounds, lambdaMin } = evaluateFully(scorer, "relu+silu");
    expect(bounds.LB).toBeLessThanOrEqual(lambdaMin);
    expect(lambdaMin).toBeLessThanOrEqual(bounds.UBpair);
  });
});

describe("warnings in words", () => {
  it("names the rows that coincide, that are opposite, and the linear network", () => {
    const duplicate = spherePoints(5, 3, "duplicate");
    duplicate.inputs.copyWithin(12, 3, 6);
    expect(score(duplicate, "relu-tanh").warnings[0]).toMatch(/rows 2 and 5 coincide/);
    const opposite = spherePoints(5, 3, "opposite");
    for (let k = 0; k < 3; k++) opposite.inputs[9 + k] = -opposite.inputs[k];
    expect(score(opposite, "tanh+sin").warnings[0]).toMatch(/rows 1 and 4 are opposite/);
    expect(score(opposite, "relu-relu").warnings).toEqual([]);
    expect(score(halfCircle, "linear+linear").warnings[0]).toMatch(/rank 2 at most, for 5 inputs/);
  });

  it("names a zero row", () => {
    const batch = spherePoints(4, 3, "zero row");
    batch.inputs.fill(0, 3, 6);
    expect(score(batch, "relu-relu").warnings[0]).toMatch(/row 2 is zero/);
  });

  it("an overflowing kernel is a failed row with a reason, not a crash", () => {
    const scorer = new Scorer({
      batch: spherePoints(4, 3, 1),
      model: { ...modelPresets.he, c: 1e200 },
      metric: "lambda_min",
    });
    const { row } = scorer.row("relu-relu-relu-relu");
    expect(row.score).toBeNaN();
    expect(row.failure).toMatch(/overflow/);
  });
});

describe("metrics table", () => {
  it("suggests the nearest name", () => {
    expect(() => metricOf("lambda_mn")).toThrow(/Unknown score "lambda_mn"/);
    expect(metricOf("loo_error").better).toBe("lower");
  });
});
