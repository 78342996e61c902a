import { describe, expect, it } from "vitest";
import { modelPresets, type Architecture, type ModelParameters } from "../../src/arch/architecture.js";
import { crossKernel, infiniteKernel, type InputRows } from "../../src/kernels/infinite/direct.js";
import { angleGeometry, hasEqualNorms } from "../../src/kernels/infinite/geometry.js";
import { scalars } from "../../src/kernels/infinite/scalars.js";
import { rng } from "../../src/rng.js";
import { AngleScorer } from "../../src/score/angle-scorer.js";
import { pathLayers } from "../../src/score/kernel-loader.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";
import { randomArchitecture, spherePoints } from "../support/matrices.js";

const models: ModelParameters[] = [
  modelPresets.he,
  modelPresets.lecun,
  modelPresets.paper,
  { c1: 2, c: 1.5, co: 0.7, tau: "1/sqrt(L)", crossTerms: true },
];

/** Largest entrywise difference between the kernel by angle and the pairwise recursion, relative to the diagonal. */
function largestDifference(architecture: Architecture, rows: InputRows, model: ModelParameters): number {
  const direct = infiniteKernel(architecture, rows, model).data;
  const scorer = new AngleScorer(angleGeometry(rows), model);
  scorer.load(pathLayers(architecture));
  const diagonal = Math.abs(direct[0]);
  return scorer.solver.matrix.reduce((worst, value, i) => Math.max(worst, Math.abs(value - direct[i]) / diagonal), 0);
}

describe("kernel by angle against the pairwise recursion", () => {
  it.each(models.map((model, i) => [i, model] as const))("15 random architectures, model %i", (index, model) => {
    const rows = spherePoints(12, 5, index);
    const generator = rng("architectures", index);
    for (let i = 0; i < 15; i++) {
      expect(largestDifference(randomArchitecture(generator, [2, 9]), rows, model)).toBeLessThan(2e-13);
    }
  });

  it("with nearly coinciding and antipodal points", () => {
    const rows = spherePoints(6, 3, "close");
    for (let k = 0; k < 3; k++) {
      rows.inputs[3 + k] = rows.inputs[k] + (k === 0 ? 1e-4 : 0);
      rows.inputs[6 + k] = -rows.inputs[k];
    }
    const norm = Math.hypot(rows.inputs[3], rows.inputs[4], rows.inputs[5]);
    for (let k = 0; k < 3; k++) rows.inputs[3 + k] /= norm;
    for (const genotype of ["relu-tanh+silu", "elu+gelu-sin", "tanh-erf+softplus-relu"]) {
      expect(largestDifference(parseGenotype(genotype), rows, modelPresets.he)).toBeLessThan(1e-10); // eps / theta in the pairwise form
    }
  });

  it("relative accuracy of lambda_min is 1e-9 and better where lambda_min > 1e-6 trace/n", () => {
    const rows = spherePoints(40, 10, "accuracy");
    const scorer = new AngleScorer(angleGeometry(rows), modelPresets.he);
    const generator = rng("accuracy");
    let compared = 0;
    for (let i = 0; i < 25; i++) {
      const architecture = randomArchitecture(generator, [3, 7]);
      const direct = lambdaMin(infiniteKernel(architecture, rows, modelPresets.he).data, rows.n);
      const value = scorer.least(pathLayers(architecture)).value;
      if (value < (1e-6 * scorer.solver.trace()) / rows.n) continue;
      compared++;
      expect(Math.abs(value / direct.value - 1)).toBeLessThan(1e-9);
    }
    expect(compared).toBeGreaterThan(15);
  });

  it("does not depend on what was evaluated before (shared prefixes)", () => {
    const scorer = new AngleScorer(angleGeometry(spherePoints(8, 4, 1)), models[3]);
    const list = ["relu-tanh+silu", "relu-tanh+relu", "relu+tanh-relu", "relu", "sin-relu+elu-gelu", "relu-tanh+silu"];
    const inTurn = list.map((genotype) => Array.from(scorer.series(pathLayers(parseGenotype(genotype))).coefficients));
    list.forEach((genotype, i) => {
      const fresh = new AngleScorer(angleGeometry(spherePoints(8, 4, 1)), models[3]);
      expect(Array.from(fresh.series(pathLayers(parseGenotype(genotype))).coefficients)).toEqual(inTurn[i]);
    });
  });

  it("gives v'Kv as a dot product with the node values", () => {
    const rows = spherePoints(10, 4, 3);
    const scorer = new AngleScorer(angleGeometry(rows), modelPresets.he);
    const layers = pathLayers(parseGenotype("relu+silu-tanh"));
    const { vector, value } = scorer.least(layers);
    const weights = scorer.nodeWeights(vector);
    const { values, diagonal } = scorer.values(layers);
    const quotient = weights.reduce((sum, weight, j) => sum + weight * values[j], diagonal);
    expect(quotient).toBeCloseTo(value, 12);
  });
});

describe("identities (docs/theory.md 2)", () => {
  it("linear networks: Theta = L G0", () => {
    const rows = spherePoints(7, 3, 9);
    const depth = 5;
    const { data } = infiniteKernel(parseGenotype("linear-linear-linear-linear"), rows, modelPresets.lecun);
    for (let i = 0; i < rows.n; i++) {
      for (let j = 0; j < rows.n; j++) {
        let product = 0;
        for (let k = 0; k < rows.d; k++) product += rows.inputs[i * rows.d + k] * rows.inputs[j * rows.d + k];
        expect(data[i * rows.n + j]).toBeCloseTo(depth * product, 13);
      }
    }
  });

  it("ReLU, c = 2, no skips: Theta_ii = L / 2; three layers at c = 1: 0.5", () => {
    for (const depth of [2, 4, 9]) {
      const architecture = parseGenotype(Array.from({ length: depth - 1 }, () => "relu").join("-"));
      expect(scalars(architecture, modelPresets.he, 1).ntk).toBeCloseTo(depth / 2, 13);
    }
    expect(scalars(parseGenotype("relu-relu-relu"), modelPresets.lecun, 1).ntk).toBeCloseTo(0.5, 14);
  });

  it("the parts of the diagonal add up to it, for every model", () => {
    const generator = rng("parts");
    for (const model of models) {
      const { parts, ntk } = scalars(randomArchitecture(generator, [3, 8]), model, 1.3);
      expect(parts.reduce((sum, part) => sum + part, 0) / ntk).toBeCloseTo(1, 13);
    }
  });

  it("the kernel between two sets is the block of the kernel of both", () => {
    const all = spherePoints(9, 4, "cross");
    all.inputs.forEach((_, k) => (all.inputs[k] *= 1 + Math.floor(k / 4) / 10));
    const x = { n: 4, d: 4, inputs: all.inputs.slice(0, 16) };
    const y = { n: 5, d: 4, inputs: all.inputs.slice(16) };
    const architecture = parseGenotype("relu+gelu-sin");
    const square = infiniteKernel(architecture, all, modelPresets.he).data;
    const block = crossKernel(architecture, x, y, modelPresets.he).data;
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 5; j++) expect(block[i * 5 + j]).toBeCloseTo(square[i * 9 + 4 + j], 12);
    expect(() => crossKernel(architecture, x, { n: 1, d: 3, inputs: new Float64Array(3) }, modelPresets.he)).toThrow(
      /4 and 3/,
    );
  });

  it("a homogeneous network scales with the product of the norms, with skips too", () => {
    const unit = spherePoints(5, 3, "scale");
    const scaled = { ...unit, inputs: unit.inputs.map((x, k) => x * (1 + Math.floor(k / 3))) };
    expect(hasEqualNorms(unit)).toBe(true);
    expect(hasEqualNorms(scaled)).toBe(false);
    const architecture = parseGenotype("relu+leaky_relu(0.2)-relu");
    const a = infiniteKernel(architecture, unit, modelPresets.he).data;
    const b = infiniteKernel(architecture, scaled, modelPresets.he).data;
    for (let i = 0; i < 5; i++)
      for (let j = 0; j < 5; j++) expect(b[i * 5 + j]).toBeCloseTo(a[i * 5 + j] * (1 + i) * (1 + j), 10);
  });

  it("one input, two inputs, duplicates", () => {
    const one = { n: 1, d: 2, inputs: Float64Array.of(0.6, 0.8) };
    const scorer = new AngleScorer(angleGeometry(one), modelPresets.he);
    const layers = pathLayers(parseGenotype("relu-relu"));
    expect(scorer.least(layers).value).toBeCloseTo(1.5, 13);
    const twice = { n: 2, d: 2, inputs: Float64Array.of(0.6, 0.8, 0.6, 0.8) };
    const least = new AngleScorer(angleGeometry(twice), modelPresets.he).least(layers);
    expect(least.rankDeficient).toBe(true);
    expect(Math.abs(least.value)).toBeLessThan(1e-14);
  });
});
