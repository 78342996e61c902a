import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromOnnx, parametersOf, withRunningStatistics } from "../../src/import/index.js";
import { wasmEngine } from "../../src/kernels/finite/engine/wasm.js";
import { CompiledNtk } from "../../src/kernels/finite/compiled-ntk.js";
import { finiteNtk } from "../../src/kernels/finite/ntk.js";
import { finiteScore } from "../../src/score/finite.js";
import { networkScore } from "../../src/score/network.js";
import { eigenvalues } from "../../src/spectrum/spectrum.js";
import { difference, fileOf } from "./support.js";

/** Kernels of the same networks by PyTorch's autograd in float64, made by test/golden/onnx.py. */
const golden = JSON.parse(readFileSync(new URL("../golden/onnx.json", import.meta.url), "utf8")) as Record<
  string,
  { readonly inputs: number[]; readonly kernel: number[] }
>;
const kept = { bn: "eval", parameterisation: "standard" } as const;

describe("the NTK of a file's own weights, against PyTorch float64", () => {
  it.each(Object.keys(golden))("%s: reference to 1e-9", (name) => {
    const { graph, tensors } = fromOnnx(fileOf(name));
    const batch = { n: 4, inputs: Float64Array.from(golden[name].inputs) };
    const options = { ...kept, parameters: parametersOf(tensors) };
    const { kernels } = finiteNtk(withRunningStatistics(graph, tensors), batch, options);
    expect(difference(kernels[0], golden[name].kernel)).toBeLessThan(1e-9);
  });

  it.each(["resnet", "vgg"])("%s: compiled, with its running statistics, to 1e-5", (name) => {
    const { graph, tensors } = fromOnnx(fileOf(name));
    const batch = { n: 4, inputs: Float64Array.from(golden[name].inputs) };
    const ntk = new CompiledNtk(withRunningStatistics(graph, tensors), 4, wasmEngine, kept);
    const { kernels } = ntk.kernel(batch, { parameters: parametersOf(tensors) });
    expect(difference(kernels[0], golden[name].kernel)).toBeLessThan(1e-5);
  });
});

describe("scores of a network", () => {
  const { graph } = fromOnnx(fileOf("resnet"));
  const batch = { n: 4, inputs: Float64Array.from(golden.resnet.inputs) };
  const options = { draws: 3, seed: 2, bn: "frozen" } as const;
  const score = networkScore(graph, batch, options);

  it("are those of finiteScore, and of the eigenvalues of the kernel", () => {
    const other = finiteScore(graph, batch, options);
    expect(difference(score.lambdaMin.values, other.lambdaMin.values)).toBeLessThan(1e-12);
    expect(difference(score.trace.values, other.trace.values)).toBeLessThan(1e-12);
    const values = eigenvalues(finiteNtk(graph, batch, { ...options, draw: 0 }).kernels[0], 4);
    expect(difference(score.spectrum, values)).toBeLessThan(1e-12);
    expect(score.conditionNumber.values[0]).toBeCloseTo(values[3] / values[0], 6);
    expect(score.logDet.values[0]).toBeCloseTo(Math.log(values[0] * values[1] * values[2] * values[3]), 8);
    expect(score.lambdaMinNormalized.values[0]).toBeCloseTo(values[0] / (score.trace.values[0] / 4), 10);
    const shares = [...values].map((value) => value / score.trace.values[0]);
    const entropy = shares.reduce((sum, share) => sum - share * Math.log(share), 0);
    expect(score.effectiveRank.values[0]).toBeCloseTo(Math.exp(entropy), 8);
  });

  it("have parts of every layer that learns, which sum to one", () => {
    const learning = graph.nodes.filter(({ op }) => ["conv", "dense", "norm"].includes(op)).map(({ id }) => id);
    expect(score.layers.map(({ layer }) => layer).sort()).toEqual(learning.sort());
    for (const of of ["trace", "lambdaMin"] as const)
      expect(score.layers.reduce((sum, part) => sum + part[of], 0)).toBeCloseTo(1, 9);
  });

  it("are the same by a compiled engine, up to float32", () => {
    const compiled = networkScore(graph, batch, options, { engine: wasmEngine });
    expect(compiled.engine).toBe("wasm");
    expect(difference(compiled.spectrum, score.spectrum)).toBeLessThan(1e-5);
  });

  it("of a singular kernel: zero, infinite condition, log det -inf", () => {
    const inputs = Float64Array.from([...batch.inputs.subarray(0, 192), ...batch.inputs.subarray(0, 192)]);
    const twice = networkScore(graph, { n: 2, inputs }, { draws: 1, bn: "frozen" });
    expect(twice.lambdaMin.mean).toBe(0);
    expect(twice.conditionNumber.mean).toBe(Infinity);
    expect(twice.logDet.mean).toBe(-Infinity);
  });
});
