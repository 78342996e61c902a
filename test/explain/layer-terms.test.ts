import { describe, expect, it } from "vitest";
import { modelPresets, type ModelParameters } from "../../src/arch/architecture.js";
import { layerTerms } from "../../src/explain/index.js";
import { infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { rng } from "../../src/rng.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";

function points(n: number, d: number, unit: boolean): { n: number; d: number; inputs: Float64Array } {
  const random = rng(3, "points", n, d);
  const inputs = Float64Array.from({ length: n * d }, () => random.normal());
  for (let i = 0; i < n && unit; i++) {
    const row = inputs.subarray(i * d, (i + 1) * d);
    const norm = Math.hypot(...row);
    row.forEach((value, k) => (row[k] = value / norm));
  }
  return { n, d, inputs };
}

const models: readonly ModelParameters[] = [
  modelPresets.he,
  modelPresets.lecun,
  modelPresets.paper,
  { c1: 1.5, c: 0.7, co: 3, tau: "1/L", crossTerms: true },
];
const genotypes = ["relu", "relu-tanh", "relu+relu+relu", "tanh+silu-gelu+leaky_relu(0.2)", "sigmoid-elu+sin"];

describe("terms of the kernel by layer", () => {
  for (const unit of [true, false]) {
    it.each(genotypes)(`of %s sum to lambda_min under its vector, ${unit ? "unit" : "unequal"} norms`, (text) => {
      const rows = points(9, 4, unit);
      const architecture = parseGenotype(text);
      for (const model of models) {
        const { data } = infiniteKernel(architecture, rows, model);
        const least = lambdaMin(data, rows.n);
        const { values, traces } = layerTerms(architecture, rows, model, least.vector);
        const trace = Array.from({ length: rows.n }, (_, i) => data[i * rows.n + i]).reduce((a, b) => a + b);
        const sum = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);
        expect(values).toHaveLength(architecture.layers.length + 1);
        // rounding of n^2 terms of the trace's size
        expect(Math.abs(sum(values) - least.value)).toBeLessThan(1e-12 * trace);
        expect(Math.abs(sum(traces) - trace)).toBeLessThan(1e-12 * trace);
        // each term is the quadratic form of a kernel; without cross terms that still holds for these
        for (const value of values) expect(value).toBeGreaterThan(-1e-12 * trace);
      }
    });
  }

  it("of a linear network are equal: every layer's kernel is X X' (docs/theory.md 2)", () => {
    const rows = points(3, 5, true);
    const vector = Float64Array.of(0.6, -0.8, 0);
    const { values } = layerTerms(parseGenotype("linear-linear-linear"), rows, modelPresets.lecun, vector);
    const product = rows.inputs.slice(0, 5).reduce((sum, x, k) => sum + x * rows.inputs[5 + k], 0);
    for (const value of values) expect(value).toBeCloseTo(1 - 0.96 * product, 13);
  });

  it("scale with co, and the output layer's is the NNGP kernel", () => {
    const rows = points(6, 3, true);
    const vector = Float64Array.from({ length: 6 }, (_, i) => Math.sin(i + 1));
    const one = layerTerms(parseGenotype("relu+tanh"), rows, modelPresets.lecun, vector);
    const two = layerTerms(parseGenotype("relu+tanh"), rows, { ...modelPresets.lecun, co: 2 }, vector);
    two.values.forEach((value, l) => expect(value).toBeCloseTo(2 * one.values[l], 12));
    const nngp = infiniteKernel(parseGenotype("relu+tanh"), rows, modelPresets.lecun, "nngp").data;
    let output = 0;
    for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) output += vector[i] * vector[j] * nngp[i * 6 + j];
    expect(one.values[2]).toBeCloseTo(output, 12);
  });

  it("agree off the diagonal with the diagonal recursion: an input that comes twice is in each term's null space", () => {
    const rows = points(4, 3, true);
    rows.inputs.set(rows.inputs.subarray(0, 3), 3);
    const vector = Float64Array.of(Math.SQRT1_2, -Math.SQRT1_2, 0, 0);
    const { values } = layerTerms(parseGenotype("relu-relu"), rows, modelPresets.he, vector);
    for (const value of values) expect(Math.abs(value)).toBeLessThan(1e-14);
  });
});
