import { EVD, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { cellNetwork } from "../../../src/arch/cells.js";
import { chooseEngine, EngineMemory } from "../../../src/kernels/finite/index.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { rng } from "../../../src/rng.js";
import type { MeasureContext } from "../../../src/score/measures/measure.js";
import { ntkGroup, ntkGroups, spectrumOf } from "../../../src/score/measures/ntk.js";

const classes = 3;
const side = 8;
const size = 3 * side * side;

function contextOf(operations: readonly string[], more: Partial<MeasureContext> = {}): MeasureContext {
  const generator = rng(4, "images");
  const images = Float64Array.from({ length: 12 * size }, () => generator.normal());
  return {
    architecture: cellNetwork(operations, { channels: 4, cells: 1, imageSize: side, classes }),
    shape: [3, side, side],
    classes,
    batch: (n) => ({
      n,
      inputs: images.slice(0, n * size),
      labels: Int32Array.from({ length: n }, (_, i) => i % classes),
    }),
    seed: 1,
    draw: 0,
    threads: 1,
    ...more,
  };
}

const cell = ["conv3", "skip", "avg", "conv1", "none", "conv3"];
const options = { batch: 12, bn: "instance", output: "label", init: "pytorch" } as const;

describe("NTK measures", () => {
  it("are read off the kernel of the protocol (kernel: finiteNtk, held against PyTorch; eigenvalues: ml-matrix)", () => {
    for (const bn of ["instance", "frozen", "coupled", "eval"] as const) {
      const context = contextOf(cell);
      const found = ntkGroup("ntk", { ...options, bn }).compute(context);
      const { kernels } = finiteNtk(context.architecture, context.batch(12), {
        ...{ seed: 1, draw: 0, init: "pytorch", bn, output: "label" },
        parameterisation: "standard",
      });
      const values = new EVD(
        new Matrix(Array.from({ length: 12 }, (_, i) => [...kernels[0].slice(12 * i, 12 * i + 12)])),
        {
          assumeSymmetric: true,
        },
      ).realEigenvalues.sort((a, b) => a - b);
      const trace = values.reduce((sum, value) => sum + value, 0);
      expect(found["ntk_lmin"] / values[0]).toBeCloseTo(1, 8);
      expect(found["ntk_lmin_norm"] / (values[0] / (trace / 12))).toBeCloseTo(1, 8);
      expect(found["ntk_cond"] / (values[11] / values[0])).toBeCloseTo(1, 8);
      expect(found["ntk_trace"] / trace).toBeCloseTo(1, 12);
      expect(found["ntk_logdet"]).toBeCloseTo(
        values.reduce((sum, value) => sum + Math.log(value), 0),
        7,
      );
      const entropy = -values.reduce((sum, value) => sum + (value / trace) * Math.log(value / trace), 0);
      expect(found["ntk_erank"]).toBeCloseTo(Math.exp(entropy), 8);
    }
  });

  it("are the same to float32 on compiled networks, with shared memory and without", () => {
    const { engine } = chooseEngine();
    const memory = new EngineMemory(engine);
    for (const group of [ntkGroup("ntk", options), ntkGroup("ntk_class", { ...options, perClass: true })]) {
      const want = group.compute(contextOf(cell));
      const first = group.compute(contextOf(cell, { engine, memory }));
      group.compute(contextOf(["skip", "none", "none", "conv3", "skip", "none"], { engine, memory }));
      expect(group.compute(contextOf(cell, { engine, memory }))).toEqual(first);
      // Float32 is 1e-7 of lambda_max, so lambda_min has that times the condition number, some thousands here.
      for (const [name, value] of Object.entries(want)) expect(Math.abs(first[name] / value - 1)).toBeLessThan(2e-3);
    }
  });

  it("by class are sums over the kernels of one class's images", () => {
    const context = contextOf(cell);
    const found = ntkGroup("k", { ...options, perClass: true }).compute(context);
    let sum = 0;
    for (let label = 0; label < classes; label++) {
      const { inputs, labels } = context.batch(12);
      const rows = [...labels.keys()].filter((row) => labels[row] === label);
      const batch = {
        n: rows.length,
        inputs: Float64Array.from(rows.flatMap((row) => [...inputs.slice(row * size, (row + 1) * size)])),
        labels: Int32Array.from(rows, () => label),
      };
      const alone = ntkGroup("one", { ...options, batch: 4 }).compute({ ...context, batch: () => batch });
      sum += alone["one_lmin"];
    }
    expect(found["k_lmin"]).toBeCloseTo(sum, 12);
  });

  it("of a network that does not see its input are defined, worst or zero", () => {
    const dead = ntkGroup("ntk", options).compute(contextOf(Array<string>(6).fill("none")));
    expect(dead).toEqual({
      ...{ ntk_lmin: 0, ntk_lmin_norm: 0, ntk_cond: Infinity, ntk_trace: 0, ntk_logdet: -Infinity, ntk_erank: 0 },
    });
    expect(spectrumOf(new Float64Array(9), 3).cond).toBe(Infinity);
  });

  it("have a name of their own each, and say their protocol", () => {
    const names = ntkGroups.flatMap(({ measures }) => measures.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("ntk_lmin_norm");
    for (const { measures } of ntkGroups) expect(measures[0].card).toMatch(/images.*; batch normalisation by/);
  });
});
