import { describe, expect, it } from "vitest";
import { modelPresets, type ModelParameters } from "../../src/arch/architecture.js";
import { rng } from "../../src/rng.js";
import { Scorer } from "../../src/score/scorer.js";
import { evaluateFully } from "../../src/score/full.js";
import { formatGenotype } from "../../src/spaces/index.js";
import { randomArchitecture, spherePoints } from "../support/matrices.js";

const models: ModelParameters[] = [
  modelPresets.he,
  modelPresets.lecun,
  { c1: 2, c: 2, co: 1, tau: "1/L", crossTerms: true },
  { c1: 2, c: 1, co: 1, tau: 0.25, crossTerms: true },
];

describe("bounds on 10,000 random architectures of depth 2 to 12, every activation", () => {
  it.each(models.map((model, i) => [i, model] as const))(
    "model %i: LB <= lambda_min <= UBpair, all 2,500",
    (index, model) => {
      const batch = spherePoints(16, 6, index);
      const scorer = new Scorer({ batch, model, metric: "lambda_min" });
      const generator = rng("bounds", index);
      let largestRatio = 0;
      for (let i = 0; i < 2500; i++) {
        const architecture = randomArchitecture(generator, [2, 12]);
        const genotype = formatGenotype(architecture);
        const { row } = scorer.row(genotype);
        const rounding = 1e-13 * row.trace;
        expect(row.failure, genotype).toBeUndefined();
        expect(row.certified, genotype).toBe(true);
        expect(row.LB, genotype).toBeGreaterThanOrEqual(0);
        expect(row.LB, genotype).toBeLessThanOrEqual(row.lambdaMin + rounding);
        expect(row.lambdaMin, genotype).toBeLessThanOrEqual(row.UBpair + rounding);
        if (row.lambdaMin > 1e-9 * row.trace) largestRatio = Math.max(largestRatio, row.LB / row.lambdaMin);
        if (i % 25 === 0) {
          const { bounds, lambdaMin } = evaluateFully(scorer, genotype);
          for (const name of ["LB1", "LBmat", "LBlay"] as const)
            expect(bounds[name], `${name} of ${genotype}`).toBeLessThanOrEqual(lambdaMin + rounding);
          expect(bounds.LB1).toBeLessThanOrEqual(bounds.LB * (1 + 1e-12));
          expect(bounds.LB).toBeLessThanOrEqual(bounds.LBmat + rounding);
          expect(bounds.UBpair).toBeLessThanOrEqual(bounds.UBdiag);
        }
      }
      // The bound is not so loose that it could not fail: somewhere it comes near.
      expect(largestRatio).toBeGreaterThan(0.3);
    },
  );
});
