import { describe, expect, it } from "vitest";
import { activation as activationRecord } from "../../../src/arch/activations/registry.js";
import type { FiniteEngine } from "../../../src/kernels/finite/engine/engine.js";
import { rowGram } from "../../../src/kernels/finite/engine/engine.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import * as encode from "../../../src/kernels/finite/engine/program.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { rng } from "../../../src/rng.js";
import { between, cases, extent, families, passCase, place, shape, weightCase } from "../../support/engine-cases.js";
import { compare, expectationOf, Samples } from "../../support/engine-samples.js";

/** Largest error of float32 kernels, relative to the largest entry of the result; sums here have at most 2,600 terms. */
const tolerance = 1e-5;
const perInstruction = 8;

const { engines: native, reason } = nativeKernels();
const engines: readonly FiniteEngine[] = [...(native ?? []), wasmEngine];
if (native === undefined) it.skip(`native kernels: ${reason}`);

/** Largest difference relative to the largest expected value. */
function relative(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, difference] = [1e-30, 0];
  for (let k = 0; k < expected.length; k++) {
    largest = Math.max(largest, Math.abs(expected[k]));
    difference = Math.max(difference, Math.abs(got[k] - expected[k]));
  }
  return difference / largest;
}

/** `make(...key)`, made once for all engines. */
function once<Key extends readonly (string | number)[], T>(make: (...key: Key) => T): (...key: Key) => T {
  const made = new Map<string, T>();
  return (...key) => {
    const name = key.join(" ");
    if (!made.has(name)) made.set(name, make(...key));
    return made.get(name)!;
  };
}

const caseOf = once((name: string, index: number) => {
  const { samples, instructions, written, byInstruction } = cases[name](rng(1, name, index));
  return expectationOf(samples, instructions, written, byInstruction);
});

/** Sums of per-sample weight gradients and their products; what an engine leaves in them and in the rest. */
const weightSums = once((index: number) => {
  const { samples, args, target, floats } = weightCase(rng(2, index));
  const { activations, stride, n } = samples;
  const values = samples.values();
  const outcome = (engine: FiniteEngine, threads: number) => {
    const arena = loaded(engine, samples, values);
    const kernel = new Float64Array(n * n).fill(0.5);
    engine.weightGram(args, arena, activations, stride, n, kernel, threads);
    engine.weightSum(args, arena, activations, stride, n, target, threads);
    engine.weightSum(args, arena, activations, stride, n, target, threads);
    const rest = arena.values.slice(0);
    const sums = Float64Array.from(rest.subarray(target, target + floats));
    rest.set(values.subarray(target, target + floats), target);
    return { kernel, sums, rest };
  };
  return { n, values, outcome, expected: outcome(referenceEngine, 1) };
});

/** Gradients of passes, summed over the samples. */
const passGradients = once((index: number) => {
  const random = rng(7, index);
  const { samples, words, row, count, seed, width, real } = passCase(random);
  const { activations, stride, n } = samples;
  const passes = between(random, 1, 5);
  const values = samples.values();
  const seeds = Float32Array.from({ length: passes * n * width }, (_, at) => (at % width < real ? random.normal() : 0));
  const outcome = (engine: FiniteEngine, threads: number) => {
    const arenas = Array.from({ length: threads }, () => loaded(engine, samples, values));
    const gradients = engine.allocate(passes * count);
    const place = { activations, stride, n, byInstruction: false, seed, row, count, passes };
    engine.passes({ words, arenas, seeds, gradients, ...place });
    return Float64Array.from(gradients.values);
  };
  return { outcome, expected: outcome(referenceEngine, 1) };
});

function loaded(engine: FiniteEngine, samples: Samples, values: Float32Array) {
  const arena = engine.allocate(samples.floats);
  arena.values.set(values);
  return arena;
}

describe.each(engines.map((engine) => ({ name: engine.name, engine })))("$name", ({ engine }) => {
  it.each(Object.keys(cases))("%s equals the reference, halos and padding stay zero", (name) => {
    for (let index = 0; index < perInstruction; index++) {
      const expectation = caseOf(name, index);
      const { error, touched, unpadded } = compare(engine, expectation, 1 + (index % 3));
      expect({ index, touched, unpadded }).toEqual({ index, touched: 0, unpadded: 0 });
      expect(error, `case ${index}`).toBeLessThan(tolerance);
    }
  });

  it("sums per-sample weight gradients and their products", () => {
    for (let index = 0; index < 2 * perInstruction; index++) {
      const { n, values, outcome, expected } = weightSums(index);
      const got = outcome(engine, 1 + (index % 3));
      expect(relative(got.kernel, expected.kernel), `kernel ${index}`).toBeLessThan(tolerance);
      expect(relative(got.sums, expected.sums), `sum ${index}`).toBeLessThan(tolerance);
      expect(relative(got.rest, values), `rest ${index}`).toBe(0);
      expect(got.kernel.filter((value, at) => at % n > Math.floor(at / n) && value !== 0.5)).toHaveLength(0);
    }
  });

  it("runs passes whose gradients are summed over the samples, by any number of threads", () => {
    for (let index = 0; index < 2 * perInstruction; index++) {
      const { outcome, expected } = passGradients(index);
      const got = outcome(engine, 1);
      expect(relative(got, expected), `case ${index}`).toBeLessThan(tolerance);
      expect(relative(outcome(engine, 3), got), `case ${index}, three threads`).toBe(0);
    }
  });

  it("makes Gram matrices of rows of any length, on the lower triangle only", () => {
    for (let index = 0; index < perInstruction; index++) {
      const random = rng(3, index);
      const samples = new Samples(between(random, 1, 37), random);
      const count = between(random, 1, 1300);
      const offset = samples.floatsAt(count);
      samples.floatsAt(5);
      const { activations, stride, n } = samples;
      const values = samples.values();
      const [expected, got] = [referenceEngine, engine].map((used) => {
        const kernel = new Float64Array(n * n);
        rowGram(
          used,
          { offset, count, scale: -2 },
          loaded(used, samples, values),
          activations,
          stride,
          n,
          kernel,
          1 + (index % 3),
        );
        return kernel;
      });
      expect(relative(got, expected), `case ${index}`).toBeLessThan(tolerance);
      expect(got.filter((value, at) => at % n > Math.floor(at / n) && value !== 0)).toHaveLength(0);
    }
  });

  it("sums over the batch by channel", () => {
    for (let index = 0; index < perInstruction; index++) {
      const random = rng(4, index);
      const samples = new Samples(between(random, 1, 5), random);
      const [height, width, real] = shape(random);
      const [x, y] = [samples.image(height, width, real, 1), samples.image(height, width, real, 0)];
      const mean = samples.constants(1, real);
      const values = samples.values();
      for (const instruction of [
        encode.batchSum({ ...extent(x), x: place(x) }),
        encode.batchSum({ ...extent(x), x: place(x), y: place(y) }),
        encode.batchSquares({ ...extent(x), x: place(x), mean }),
      ]) {
        const [expected, got] = [referenceEngine, engine].map((used) =>
          used.reduce(
            Int32Array.from(instruction),
            loaded(used, samples, values),
            samples.activations,
            samples.stride,
            0,
            samples.n,
            2,
          ),
        );
        expect(got.length).toBe(x.channels);
        expect(relative(got, expected), `case ${index}`).toBeLessThan(tolerance);
      }
    }
  });

  it.each(families)("%s and its derivative are accurate from -30 to 30", (family) => {
    const parameter = 0.25;
    const sigma = activationRecord(family === "leaky_relu" || family === "elu" ? `${family}(${parameter})` : family);
    const points = 6016;
    const samples = new Samples(1, rng(5));
    const [x, one, value, derivative] = [0, 1, 2, 3].map(() => samples.vector(points));
    const arena = loaded(engine, samples, samples.values());
    for (let k = 0; k < points; k++) {
      const t = k / 3000 - 1;
      arena.values[x.at + k] = k % 2 === 0 ? 30 * t : 4 * t;
      arena.values[one.at + k] = 1;
    }
    const common = { ...extent(x), kind: family, parameter, real: points, src: place(x) };
    const words = encode.program([
      encode.activation({ ...common, dst: place(value) }),
      encode.slope({ ...common, cotangent: place(one), dst: place(derivative) }),
    ]);
    engine.run(words, arena, 0, samples.stride, 0, 1, false, 1);
    let [valueError, slopeError] = [0, 0];
    for (let k = 0; k < points; k++) {
      const at = arena.values[x.at + k];
      const unit = Math.max(1, Math.abs(at));
      valueError = Math.max(valueError, Math.abs(arena.values[value.at + k] - sigma.value(at)) / unit);
      slopeError = Math.max(slopeError, Math.abs(arena.values[derivative.at + k] - sigma.derivative(at)) / unit);
    }
    expect(valueError).toBeLessThan(2.5e-7);
    expect(slopeError).toBeLessThan(4e-7);
  });

  it("keeps NaN and infinity visible, so that an overflow can be found", () => {
    const samples = new Samples(1, rng(6));
    const [x, y] = [samples.vector(16), samples.vector(16)];
    const arena = loaded(engine, samples, samples.values());
    arena.values[x.at] = NaN;
    arena.values[x.at + 1] = Infinity;
    const kinds: readonly encode.ActivationFamily[] = ["relu", "silu", "gelu", "softplus", "elu"];
    for (const kind of kinds) {
      const words = [encode.activation({ ...extent(x), kind, real: 16, src: place(x), dst: place(y) })];
      engine.run(encode.program(words), arena, 0, samples.stride, 0, 1, false, 1);
      expect([kind, arena.values[y.at], arena.values[y.at + 1]]).toEqual([kind, NaN, Infinity]);
    }
  });

  it("says so when there is no room", () => {
    expect(() => engine.allocate(2 ** 46)).toThrow(/needs 26\d{4}\.\d\d GiB/);
  });

  it("refuses samples beyond the arena and another engine's arena", () => {
    const arena = engine.allocate(100);
    expect(() => engine.run(new Int32Array(0), arena, 10, 50, 0, 2, false, 1)).toThrow(/110 floats/);
    expect(() => engine.gram(arena, 0, 2, 50, 50, new Float64Array(3), 1, 1)).toThrow(/4 entries/);
    expect(() => engine.run(new Int32Array(0), referenceEngine.allocate(9), 0, 9, 0, 1, false, 1)).toThrow(/another/);
  });
});
