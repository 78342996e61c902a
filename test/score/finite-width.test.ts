import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { finiteBytes } from "../../src/kernels/finite/memory.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { finiteByteLimit } from "../../src/score/finite-draws.js";
import {
  checkFiniteMemory,
  finiteNetwork,
  finiteWidthScore,
  type FiniteSettings,
} from "../../src/score/finite-width.js";
import { Scorer, type ScoringContext } from "../../src/score/scorer.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";
import { finiteSettings } from "../support/finite-network.js";
import { spherePoints } from "../support/matrices.js";

const rows = { ...spherePoints(9, 5, "finite width"), labels: Int32Array.from({ length: 9 }, (_, i) => i % 3) };
const context: ScoringContext = { batch: rows, model: modelPresets.he, metric: "lambda_min" };
const genotype = "relu+tanh";
const theta = infiniteKernel(parseGenotype(genotype), rows, modelPresets.he).data;
const score = (changes: Partial<FiniteSettings>, model = context.model) =>
  finiteWidthScore(new Scorer({ ...context, model }), genotype, { ...finiteSettings, ...changes });

describe("a genotype at a finite width", () => {
  it.each([
    ["sum", 1, 1],
    ["sum", 3, 3],
    ["trace", 3, 1],
    ["each", 3, 1],
  ] as const)("tends to the infinite value, output %s of %i", (output, outputs, factor) => {
    const found = score({ output, outputs, width: 400, draws: 3 });
    expect(found.infinite).toBeCloseTo(factor * lambdaMin(theta, rows.n).value, 10);
    // the mean of three draws at 44 n: bias and spread are a few per cent
    expect(Math.abs(found.ratio! - 1)).toBeLessThan(0.2);
    expect(found.ratio).toBe(found.lambdaMin.mean / found.infinite!);
  });

  it("has Theta between inputs of one class as its limit for the class's own output", () => {
    const masked = theta.map((value, at) =>
      rows.labels[Math.floor(at / rows.n)] === rows.labels[at % rows.n] ? value : 0,
    );
    const found = score({ output: "label", outputs: 3, width: 400, draws: 3 });
    expect(found.infinite).toBeCloseTo(lambdaMin(masked, rows.n).value, 10);
    expect(found.infinite).toBeGreaterThan(lambdaMin(theta, rows.n).value);
    expect(Math.abs(found.ratio! - 1)).toBeLessThan(0.2);
  });

  it("has no limit to compare with for other weights, gradients or recursions", () => {
    for (const found of [
      score({ init: "pytorch" }),
      score({ parameterisation: "standard" }),
      score({}, modelPresets.paper),
    ]) {
      expect(found).toMatchObject({ infinite: null, ratio: null });
      expect(found.warnings.at(-1)).toContain("does not tend to");
      expect(found.lambdaMin.mean).toBeGreaterThan(0);
    }
  });

  it("warns of widths near n, few draws and fewer weights than inputs", () => {
    expect(score({ width: 90 }).warnings).toEqual([]);
    expect(score({ width: 89 }).warnings).toEqual([expect.stringContaining("below 10 n = 90")]);
    expect(score({ width: 9 }).warnings[0]).toContain("below 10 n");
    expect(score({ width: 8 }).warnings[0]).toContain("Width 8 is below the number of inputs 9");
    expect(score({ width: 90, draws: 1 }).warnings[0]).toContain("One draw gives");
    expect(score({ width: 1 }).warnings[1]).toContain("7 weights for 9 inputs"); // 5 + 1 + 1
    expect(score({ width: 1 }).lambdaMin.mean).toBeLessThan(1e-12);
  });

  it("says what memory would be needed and which width fits", () => {
    const wide = { ...finiteSettings, width: 20_000 };
    // at least the one square weight of 20,000 x 20,000 in float64
    expect(finiteBytes(finiteNetwork(genotype, context, wide), rows.n)).toBeGreaterThan(3.2e9);
    let details: { largestWidth?: number } = {};
    try {
      checkFiniteMemory(genotype, context, wide);
    } catch (error) {
      expect(error).toMatchObject({ code: "limit", message: expect.stringMatching(/needs \d\.\d\d GB/) as string });
      ({ details } = error as { details: typeof details });
    }
    const largest = details.largestWidth!;
    expect(checkFiniteMemory(genotype, context, { ...wide, width: largest })).toBeLessThanOrEqual(finiteByteLimit);
    expect(() => checkFiniteMemory(genotype, context, { ...wide, width: largest + 1 })).toThrow("the limit is 2.00 GB");
  });
});
