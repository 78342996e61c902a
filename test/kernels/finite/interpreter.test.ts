import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chooseEngine } from "../../../src/kernels/finite/engine/choose.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import * as encode from "../../../src/kernels/finite/engine/program.js";
import { rng } from "../../../src/rng.js";
import { Samples, type Image } from "../../support/engine-samples.js";

const place = ({ at, row }: Image): encode.Plane => ({ at, row });
const extent = ({ height, width, channels }: Image): encode.Extent => ({ height, width, channels });

/** Runs one sample; returns a reader of images as [channel][y][x]. */
function outcome(samples: Samples, instructions: encode.Instruction[], change?: (values: Float64Array) => void) {
  const arena = referenceEngine.allocate(samples.floats);
  arena.values.set(samples.values());
  change?.(arena.values as Float64Array);
  referenceEngine.run(encode.program(instructions), arena, samples.activations, samples.stride, 0, samples.n, false, 1);
  return (image: Image): number[] =>
    Array.from({ length: image.real }, (_, c) => samples.pixels(image, 0).map((at) => arena.values[at + c])).flat();
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k], 0);

describe("reference engine", () => {
  it("convolves as the definition says: 3x3, stride 2, padding 1, two channels", () => {
    const samples = new Samples(1, rng(1));
    const x = samples.image(5, 4, 2, 1);
    const y = samples.image(3, 2, 3);
    const weights = Array.from({ length: 9 }, () => samples.constants(2, 3));
    const bias = samples.constants(1, 3);
    const segments = weights.map((weight, t) => ({
      x: x.at + (Math.floor(t / 3) - 1) * x.row + ((t % 3) - 1) * x.channels,
      weight,
    }));
    const instruction = encode.conv({
      ...extent(y),
      inputs: 2,
      xRow: 2 * x.row,
      xPixel: 2 * x.channels,
      out: place(y),
      bias,
      segments,
    });
    const constants: number[] = [];
    const read = outcome(samples, [instruction], (values) => {
      constants.push(...values.subarray(0, samples.activations));
    });
    const [input, output] = [read(x), read(y)];
    const expected: number[] = [];
    for (let o = 0; o < 3; o++)
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 2; j++) {
          let sum = constants[bias + o];
          for (let c = 0; c < 2; c++)
            for (let a = 0; a < 3; a++)
              for (let b = 0; b < 3; b++) {
                const [row, column] = [2 * i + a - 1, 2 * j + b - 1];
                if (row < 0 || row >= 5 || column < 0 || column >= 4) continue;
                sum += input[(c * 5 + row) * 4 + column] * constants[weights[3 * a + b] + c * 16 + o];
              }
          expected.push(sum);
        }
    output.forEach((value, k) => expect(value).toBeCloseTo(expected[k], 12));
  });

  it("averages in-image pixels only, and its transpose is the adjoint", () => {
    const samples = new Samples(1, rng(2));
    const [x, y] = [samples.image(5, 7, 3, 1, () => 1), samples.image(3, 4, 3)];
    const back = samples.image(5, 7, 3);
    const window = { ...extent(x), outHeight: 3, outWidth: 4, kernel: 3, stride: 2, padding: 1 };
    const forward = outcome(samples, [encode.pool({ ...window, src: place(x), dst: place(y) })]);
    forward(y).forEach((value) => expect(value).toBeCloseTo(1, 14));

    const random = new Samples(1, rng(3));
    const [u, v] = [random.image(5, 7, 3), random.image(3, 4, 3)];
    const [pooled, spread] = [random.image(3, 4, 3), random.image(5, 7, 3)];
    const read = outcome(random, [
      encode.pool({ ...window, src: place(u), dst: place(pooled) }),
      encode.poolTranspose({ ...window, src: place(v), dst: place(spread) }),
    ]);
    expect(dot(read(pooled), read(v))).toBeCloseTo(dot(read(u), read(spread)), 12);
    expect(back.real).toBe(3);
  });

  it("differentiates normalisation: the transpose against central differences", () => {
    const samples = new Samples(1, rng(4));
    const x = samples.image(3, 4, 2);
    const [cotangent, result] = [samples.image(3, 4, 2), samples.image(3, 4, 2)];
    const inverse = samples.vector(2);
    const gain = samples.constants(1, 2);
    const normalise = encode.normalise({ ...extent(x), x: place(x), inverse: inverse.at, epsilon: 0.01 });
    const transpose = encode.normaliseTranspose({
      ...extent(x),
      normalised: place(x),
      y: place(cotangent),
      gain,
      inverse: inverse.at,
      dst: place(result),
    });
    const initial = samples.values();
    const start = (values: Float64Array): void => values.set(initial);
    const read = outcome(samples, [normalise, transpose], start);
    const [back, y] = [read(result), read(cotangent)];
    const step = 1e-5;
    samples.pixels(x, 0).forEach((at, pixel) => {
      for (let c = 0; c < 2; c++) {
        const moved = [step, -step].map((change) => {
          const normalised = outcome(samples, [normalise], (values) => {
            start(values);
            values[at + c] += change;
          })(x);
          return normalised.reduce((sum, value, k) => sum + value * y[k] * initial[gain + Math.floor(k / 12)], 0);
        });
        // central differences: truncation 1e-10, rounding 1e-10
        expect(back[c * 12 + pixel]).toBeCloseTo((moved[0] - moved[1]) / (2 * step), 7);
      }
    });
  });

  it("contracts weight gradients: their sum over two samples and the kernel agree", () => {
    const samples = new Samples(2, rng(5));
    const [r, d] = [samples.image(3, 3, 2, 1), samples.image(3, 3, 2)];
    const taps = [r.at - r.row, r.at, r.at + r.channels];
    const args = encode.weightArguments({
      ...extent(d),
      inputs: 2,
      rRow: r.row,
      rPixel: r.channels,
      back: place(d),
      taps,
    });
    const target = samples.room(3 * 2 * 16);
    const arena = referenceEngine.allocate(samples.floats);
    arena.values.set(samples.values());
    const kernel = new Float64Array(4);
    referenceEngine.weightGram(args, arena, samples.activations, samples.stride, 2, kernel, 1);
    referenceEngine.weightSum(args, arena, samples.activations, samples.stride, 2, target, 1);
    const sum = Array.from(arena.values.subarray(target, target + 96));
    // |G_1 + G_2|^2 = K_11 + 2 K_21 + K_22
    expect(dot(sum, sum)).toBeCloseTo(kernel[0] + 2 * kernel[2] + kernel[3], 10);
    expect(kernel[1]).toBe(0);
  });
});

describe("the engine in use", () => {
  it("is what EIGENNAS_KERNELS names, with the reason", () => {
    expect(chooseEngine("wasm").engine.name).toBe("wasm");
    expect(chooseEngine("reference")).toEqual({ engine: referenceEngine, reason: "EIGENNAS_KERNELS=reference" });
    expect(() => chooseEngine("fast")).toThrow(/native, wasm, reference; got "fast"/);
  });

  it("is the addon when there is one, else WebAssembly", () => {
    const { engines, reason } = nativeKernels();
    const chosen = chooseEngine("");
    if (engines === undefined) {
      expect(chosen).toMatchObject({ engine: { name: "wasm" }, reason });
      expect(() => chooseEngine("native")).toThrow(/EIGENNAS_KERNELS=native, but/);
    } else {
      expect(chosen.engine).toBe(engines[0]);
      expect(chooseEngine("native").engine.name).toMatch(/^native-/);
    }
  });

  it("as WebAssembly was built from native/ as it stands", () => {
    const script = readFileSync("native/build-wasm.sh", "utf8");
    const headers = /^headers="(.*)"$/m.exec(script)![1].split(" ");
    const hash = createHash("sha256");
    for (const file of ["native/engine-wasm.cc", ...headers]) hash.update(readFileSync(file));
    const generated = readFileSync("src/kernels/finite/engine/engine-wasm.ts", "utf8");
    expect(generated).toContain(hash.digest("hex").slice(0, 16));
    const included = headers.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/#include "(.*)"/g)]);
    for (const [, name] of included) expect(headers).toContain(`native/${name}`);
  });
});
