import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { layeredGraph } from "../../src/arch/graph.js";
import { finiteNtk } from "../../src/kernels/finite/ntk.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { finiteScore } from "../../src/score/finite.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";
import { finiteCertificate } from "../../src/theory/finite-certificate.js";
import { spherePoints } from "../support/matrices.js";

const rows = spherePoints(8, 6, "finite");
const network = (genotype: string, width: number) =>
  layeredGraph(parseGenotype(genotype), modelPresets.he, rows.d, width);

describe("finite networks", () => {
  it("certificate is below lambda_min of the same draw, positive for wide layers", () => {
    for (const genotype of ["relu-relu", "tanh+gelu-relu", "elu+elu+sin"]) {
      for (const width of [4, 16, 128]) {
        const { kernels, denseFactors } = finiteNtk(network(genotype, width), rows, { seed: genotype });
        const certificate = finiteCertificate(denseFactors, rows.n);
        const { value, slack } = lambdaMin(kernels[0], rows.n);
        expect(certificate.value).toBeLessThanOrEqual(value + slack);
        expect(certificate.parts).toHaveLength(parseGenotype(genotype).layers.length + 1);
        if (width === 128) expect(certificate.value).toBeGreaterThan(0);
      }
    }
  });

  it("scores over draws: mean near the infinite kernel's, shares sum to one", () => {
    const score = finiteScore(network("relu+tanh", 400), rows, { seed: 2, draws: 6 });
    const infinite = lambdaMin(infiniteKernel(parseGenotype("relu+tanh"), rows, modelPresets.he).data, rows.n).value;
    expect(score.lambdaMin.values).toHaveLength(6);
    expect(Math.abs(score.lambdaMin.mean / infinite - 1)).toBeLessThan(0.15);
    expect(score.lambdaMin.standardError).toBeGreaterThan(0);
    expect(score.shares.map(({ parameter }) => parameter)).toEqual(["g1.weight", "g2.weight", "out.weight"]);
    expect(score.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(score.certified).toBe(true);
    expect(score.certificate!.mean).toBeLessThanOrEqual(score.lambdaMin.mean);
  });
});
