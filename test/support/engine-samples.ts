import type { FiniteEngine } from "../../src/kernels/finite/engine/engine.js";
import { referenceEngine } from "../../src/kernels/finite/engine/interpreter.js";
import { paddedChannels, program, type Instruction, type Plane } from "../../src/kernels/finite/engine/program.js";
import type { Rng } from "../../src/rng.js";

/** A padded image inside a sample: what instructions need of it, and where its pixels are. */
export interface Image extends Plane {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly real: number;
}

/** Samples with random images and constants; everything outside their real channels is zero. */
export class Samples {
  readonly n: number;
  readonly #rng: Rng;
  readonly #images: { readonly image: Image; readonly value: () => number }[] = [];
  readonly #constants: number[] = [];
  #stride = 0;

  constructor(n: number, rng: Rng) {
    this.n = n;
    this.#rng = rng;
  }

  get activations(): number {
    return this.#constants.length;
  }

  get stride(): number {
    return this.#stride;
  }

  get floats(): number {
    return this.activations + this.n * this.#stride;
  }

  /** An image with a halo of zeros and a gap of floats that no instruction may touch. */
  image(height: number, width: number, real: number, halo = 0, value: () => number = () => this.#rng.normal()): Image {
    const channels = paddedChannels(real);
    const row = (width + 2 * halo) * channels;
    const image = { height, width, real, channels, row, at: this.#stride + 3 + halo * (row + channels) };
    this.#stride += 6 + (height + 2 * halo) * row;
    this.#images.push({ image, value });
    return image;
  }

  vector(real: number, value?: () => number): Image {
    return this.image(1, 1, real, 0, value);
  }

  /** Floats without padding (an input image, channel by channel). */
  floatsAt(count: number): number {
    const image = { height: 1, width: 1, real: count, channels: count, row: count, at: this.#stride };
    this.#stride += count;
    this.#images.push({ image, value: () => this.#rng.normal() });
    return image.at;
  }

  /** Rows of constants [rows][channels], random on real channels; returns the absolute offset. */
  constants(rows: number, real: number, value: () => number = () => this.#rng.normal()): number {
    const at = this.#constants.length;
    const channels = paddedChannels(real);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < channels; c++) this.#constants.push(c < real ? Math.fround(value()) : 0);
    return at;
  }

  /** Room for sums among the constants. */
  room(floats: number): number {
    const at = this.#constants.length;
    for (let k = 0; k < floats; k++) this.#constants.push(0);
    return at;
  }

  values(): Float32Array {
    const values = new Float32Array(this.floats);
    values.set(this.#constants);
    for (let s = 0; s < this.n; s++)
      for (const { image, value } of this.#images)
        for (const at of this.pixels(image, s)) for (let c = 0; c < image.real; c++) values[at + c] = value();
    return values;
  }

  /** Absolute offsets of an image's pixels in sample s. */
  pixels(image: Image, s: number): number[] {
    const offsets: number[] = [];
    for (let y = 0; y < image.height; y++)
      for (let x = 0; x < image.width; x++)
        offsets.push(this.activations + s * this.#stride + image.at + y * image.row + x * image.channels);
    return offsets;
  }
}

/** What an engine made of the same samples as the reference. */
export interface Comparison {
  /** Largest difference on written images, relative to the largest reference value of each. */
  readonly error: number;
  /** Floats outside the written images that changed. */
  readonly touched: number;
  /** Padded channels of written images that are not zero. */
  readonly unpadded: number;
}

/** Instructions on samples with values, and what the reference makes of them, for any number of engines. */
export interface Expectation {
  readonly samples: Samples;
  readonly written: readonly Image[];
  readonly initial: Float32Array;
  readonly expected: Float64Array;
  /** All values after a run by an engine. */
  readonly outcome: (engine: FiniteEngine, threads: number) => Float64Array;
}

/** Fills the samples and runs instructions on them by the reference. */
export function expectationOf(
  samples: Samples,
  instructions: readonly Instruction[],
  written: readonly Image[],
  byInstruction = false,
): Expectation {
  const initial = samples.values();
  const words = program(instructions);
  const outcome = (engine: FiniteEngine, threads: number): Float64Array => {
    const arena = engine.allocate(samples.floats);
    arena.values.set(initial);
    engine.run(words, arena, samples.activations, samples.stride, 0, samples.n, byInstruction, threads);
    return Float64Array.from(arena.values);
  };
  return { samples, written, initial, expected: outcome(referenceEngine, 1), outcome };
}

/** Runs the instructions by an engine and compares the images that they write with the reference's. */
export function compare(engine: FiniteEngine, expectation: Expectation, threads: number): Comparison {
  const { samples, written, initial, expected } = expectation;
  const got = expectation.outcome(engine, threads);
  const untouched = new Uint8Array(initial.length).fill(1);
  let error = 0;
  let unpadded = 0;
  for (const image of written) {
    let [largest, difference] = [0, 0];
    for (let s = 0; s < samples.n; s++)
      for (const at of samples.pixels(image, s))
        for (let c = 0; c < image.channels; c++) {
          untouched[at + c] = 0;
          if (c >= image.real && got[at + c] !== 0) unpadded++;
          largest = Math.max(largest, Math.abs(expected[at + c]));
          const gap = Math.abs(got[at + c] - expected[at + c]);
          difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
        }
    error = Math.max(error, difference / Math.max(largest, 1e-30));
  }
  const touched = untouched.reduce((count, flag, at) => count + (flag === 1 && got[at] !== initial[at] ? 1 : 0), 0);
  return { error, touched, unpadded };
}
