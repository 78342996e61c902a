import { describe, expect, it } from "vitest";
import { CompiledNtk } from "../../../src/kernels/finite/compiled-ntk.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { limitedNtk } from "../../../src/kernels/finite/limited-ntk.js";
import { rng } from "../../../src/rng.js";
import { golden, relativeError } from "../../support/finite-golden.js";

const { graph } = golden.cases.find(({ name }) => name === "cell, every operator")!;
const n = 11;
const generator = rng("limited");
const inputs = Float64Array.from({ length: n * 108 }, () => generator.normal());
const batch = { n, inputs, labels: Int32Array.from({ length: n }, (_, i) => i % 3) };

describe("kernel under a memory limit", () => {
  const whole = new CompiledNtk(graph, n, wasmEngine, { output: "label" });
  const reference = whole.kernel(batch, { seed: 3 });
  const bytes = (samples: number): number => 4 * (whole.network.constants.size + whole.network.stride * samples);

  it.each([2, 3, 4, 5, 7, 10, 11])("room for %i samples: the same kernel, parts and outputs", (samples) => {
    const limited = limitedNtk(graph, n, wasmEngine, { output: "label", memory: bytes(samples) });
    expect(limited instanceof CompiledNtk).toBe(samples === n);
    const found = limited.kernel(batch, { seed: 3 });
    found.kernels[0].forEach((value, at) => expect(value).toBeCloseTo(reference.kernels[0][at], 10));
    expect(found.outputs).toEqual(reference.outputs);
    found.parts.forEach(({ parameter, kernel }, p) => {
      expect(parameter).toBe(reference.parts[p].parameter);
      kernel.forEach((value, at) => expect(value).toBeCloseTo(reference.parts[p].kernel[at], 10));
    });
  });

  it("makes the full kernel in blocks too, in which a sample needs its activations for every class", () => {
    const full = new CompiledNtk(graph, n, wasmEngine, { output: "full" }).kernel(batch, { seed: 3 });
    const limited = limitedNtk(graph, n, wasmEngine, { output: "full", memory: bytes(3 * golden.classes * 2) });
    expect(limited).not.toBeInstanceOf(CompiledNtk);
    const found = limited.kernel(batch, { seed: 3 });
    expect(found.size).toBe(n * golden.classes);
    expect(relativeError(found.kernels[0], Array.from(full.kernels[0]))).toBeLessThan(1e-10);
    expect(found.outputs).toEqual(full.outputs);
  });

  it("says what is needed when it is too little, or when batch statistics need all samples", () => {
    expect(() => limitedNtk(graph, n, wasmEngine, { memory: bytes(1) })).toThrow(/two samples, the least, need/);
    expect(() => limitedNtk(graph, n, wasmEngine, { bn: "frozen", memory: bytes(5) })).toThrow(
      /frozen batch statistics need all samples/,
    );
    expect(() => limitedNtk(graph, n, wasmEngine, { bn: "coupled", memory: bytes(5) })).toThrow(
      /coupled batch statistics/,
    );
  });
});
