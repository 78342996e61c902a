import { describe, expect, it } from "vitest";
import { modelPresets, type Architecture, type ModelParameters } from "../../src/arch/architecture.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { rng } from "../../src/rng.js";
import { formatGenotype, parseGenotype } from "../../src/spaces/index.js";
import { finiteNtk } from "../support/finite-network.js";
import { randomArchitecture, spherePoints } from "../support/matrices.js";

const rows = spherePoints(3, 4, "monte carlo");
const width = 400;
const draws = 40;

/** Deviation of every entry of the mean finite kernel from the infinite one, in standard errors. */
function deviations(architecture: Architecture, model: ModelParameters, seed: string, reference = model): number[] {
  const infinite = infiniteKernel(architecture, rows, reference).data;
  const sum = new Float64Array(infinite.length);
  const squares = new Float64Array(infinite.length);
  for (let draw = 0; draw < draws; draw++) {
    const kernel = finiteNtk(architecture, rows, model, width, rng(seed, draw));
    kernel.forEach((value, at) => {
      sum[at] += value;
      squares[at] += value * value;
    });
  }
  return Array.from(infinite, (value, at) => {
    const mean = sum[at] / draws;
    const variance = (squares[at] / draws - mean * mean) * (draws / (draws - 1));
    return Math.abs(mean - value) / Math.sqrt(variance / draws);
  });
}

describe("finite networks of width 400, mean of 40, against the infinite kernel", () => {
  const generator = rng("monte carlo architectures");
  const architectures = Array.from({ length: 20 }, () => randomArchitecture(generator, [3, 5]));

  it("mixes skips and activations", () => {
    expect(architectures.filter(({ layers }) => layers.some((layer) => layer.skip)).length).toBeGreaterThan(10);
    expect(new Set(architectures.flatMap(({ layers }) => layers.map((layer) => layer.activation))).size).toBe(11);
  });

  it.each(architectures.map((architecture) => [formatGenotype(architecture), architecture] as const))(
    "%s: within 3 standard errors in every entry",
    (genotype, architecture) => {
      expect(Math.max(...deviations(architecture, modelPresets.he, genotype))).toBeLessThan(3);
    },
  );

  it("tells the cross terms: without them a ReLU residual network is off by more than 10 standard errors", () => {
    const architecture = parseGenotype("relu+relu+silu");
    const paperStyle = { ...modelPresets.he, crossTerms: false };
    expect(Math.max(...deviations(architecture, modelPresets.he, "cross"))).toBeLessThan(3);
    expect(Math.min(...deviations(architecture, modelPresets.he, "cross", paperStyle))).toBeGreaterThan(10);
  });
});
