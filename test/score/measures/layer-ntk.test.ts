import { EVD, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { cellNetwork } from "../../../src/arch/cells.js";
import { chooseEngine, EngineMemory } from "../../../src/kernels/finite/index.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { rng } from "../../../src/rng.js";
import { layerNtkGroup } from "../../../src/score/measures/layer-ntk.js";
import { readLayers } from "../../../src/score/measures/layer-reading.js";
import type { MeasureContext } from "../../../src/score/measures/measure.js";

const n = 32;
const side = 16;
const size = 3 * side * side;

function contextOf(more: Partial<MeasureContext> = {}): MeasureContext {
  const generator = rng(4, "images");
  const inputs = Float64Array.from({ length: n * size }, () => generator.normal());
  return {
    architecture: cellNetwork(["conv3", "skip", "avg", "conv1", "none", "conv3"], {
      channels: 4,
      cells: 1,
      imageSize: side,
      classes: 3,
    }),
    shape: [3, side, side],
    classes: 3,
    batch: (count) => ({ n: count, inputs: inputs.slice(0, count * size), labels: new Int32Array(count) }),
    seed: 1,
    draw: 0,
    threads: 1,
    ...more,
  };
}

const eigenvalues = (kernel: number[][]): number[] =>
  new EVD(new Matrix(kernel), { assumeSymmetric: true }).realEigenvalues.toSorted((a, b) => a - b);

const square = (kernel: Float64Array, scale: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => scale * kernel[i * n + j]));

describe("measures of the layer-normalised NTK", () => {
  it("are read off the layers' kernels of finiteNtk, with ml-matrix's eigenvalues", () => {
    const context = contextOf();
    const found = layerNtkGroup().compute(context);
    const { parts } = finiteNtk(context.architecture, context.batch(n), {
      bn: "instance",
      output: "sum",
      init: "pytorch",
      parameterisation: "standard",
      seed: 1,
    });
    const weights = parts.filter(({ parameter }) => parameter.endsWith(".weight"));
    expect(weights.length).toBeGreaterThan(8);
    const normalised = weights.map(({ kernel }) => {
      let trace = 0;
      for (let i = 0; i < n; i++) trace += kernel[i * n + i];
      return square(kernel, n / trace);
    });
    const spectra = normalised.map(eigenvalues);
    const sum = spectra.reduce((total, [least]) => total + least, 0);
    const logs = spectra.flat().reduce((total, value) => total + Math.log(Math.max(value, 1e-6)), 0);
    const joint = eigenvalues(
      normalised.reduce((total, kernel) => total.map((row, i) => row.map((value, j) => value + kernel[i][j]))),
    );
    expect(found.ntk_layer_lmin).toBeCloseTo(sum, 9);
    expect(found.ntk_layer_logdet).toBeCloseTo(logs / (n * weights.length), 9);
    expect(found.ntk_lnorm_lmin).toBeCloseTo(joint[0], 9);
    expect(found.ntk_lnorm_lmin_norm).toBeCloseTo(joint[0] / weights.length, 9);
    expect(found.ntk_layer_lmin).toBeLessThan(found.ntk_lnorm_lmin);
  });

  it("are the same on compiled kernels, whose memory is kept, to float32 activations", () => {
    const { engine } = chooseEngine();
    const memory = new EngineMemory(engine);
    const exact = layerNtkGroup().compute(contextOf());
    for (let time = 0; time < 2; time++) {
      const compiled = layerNtkGroup().compute(contextOf({ engine, memory }));
      for (const [name, value] of Object.entries(exact)) expect(compiled[name] / value).toBeCloseTo(1, 3);
    }
  });

  it("do not change when a layer's kernel is rescaled", () => {
    const generator = rng(2, "kernels");
    const kernels = Array.from({ length: 3 }, () => {
      const rows = Float64Array.from({ length: 4 * 6 }, () => generator.normal());
      return Float64Array.from({ length: 16 }, (_, at) =>
        rows.subarray(6 * (at >> 2), 6 * (at >> 2) + 6).reduce((sum, v, k) => sum + v * rows[6 * (at & 3) + k], 0),
      );
    });
    const before = readLayers(kernels, 4);
    const after = readLayers(
      kernels.map((kernel, l) => kernel.map((value) => value * 10 ** (3 * l))),
      4,
    );
    expect(after.lambdaMinSum).toBeCloseTo(before.lambdaMinSum, 12);
    expect(after.joint).toBeCloseTo(before.joint, 12);
    expect(after.logDetMean).toBeCloseTo(before.logDetMean, 12);
  });

  it("of a network without living layers are the least there are", () => {
    expect(readLayers([new Float64Array(9)], 3)).toEqual({
      lambdaMinSum: 0,
      logDetMean: Math.log(1e-6),
      joint: 0,
      jointNormalized: 0,
    });
  });
});
