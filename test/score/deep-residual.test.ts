import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { evaluateFully } from "../../src/score/full.js";
import { Scorer } from "../../src/score/scorer.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { referenceEigenvalues, spherePoints } from "../support/matrices.js";

describe("deep residual networks", () => {
  // with c = 2 and skips the variance grows by up to 3 a layer: beyond 1e15 at depth 40
  it("are scored at depth 40, every layer with its own variance, as by the pairwise recursion", () => {
    const model = { ...modelPresets.lecun, c: 2 };
    const batch = spherePoints(12, 4, "deep");
    const names = ["silu", "tanh", "softplus", "elu", "sigmoid", "relu"];
    const genotype = Array.from({ length: 39 }, (_, i) => names[i % names.length]).join("+");
    const scorer = new Scorer({ batch, model, metric: "lambda_min" });
    expect(scorer.loader.engine).not.toBe("infinite-direct");
    const { lambdaMin, metrics } = evaluateFully(scorer, genotype);
    const { data } = infiniteKernel(parseGenotype(genotype), batch, model);
    expect(data[0]).toBeGreaterThan(1e9);
    const trace = Array.from({ length: 12 }, (_, i) => data[13 * i]).reduce((sum, value) => sum + value, 0);
    expect(metrics.trace! / trace).toBeCloseTo(1, 11);
    expect(lambdaMin / referenceEigenvalues(data, 12)[0]).toBeCloseTo(1, 7);
  }, 30_000);
});
