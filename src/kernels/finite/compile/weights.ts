import type { Parameter } from "../ir.js";
import { paddedChannels } from "../engine/program.js";

/** Constants of a program: absolute offsets, and how each is filled from the parameters' values. */
export class Constants {
  #top = 16;
  readonly #fills: ((arena: Float32Array | Float64Array, parameters: readonly Float64Array[]) => void)[] = [];
  readonly #known = new Map<string, number>();

  /** Floats of the constants so far. */
  get size(): number {
    return this.#top;
  }

  /** Room that the runtime fills itself (statistics). */
  reserve(count: number): number {
    const offset = this.#top;
    this.#top += paddedChannels(count);
    return offset;
  }

  /** A per-channel parameter, or `value` in every channel; padded channels are zero. */
  channels(count: number, source: number | { readonly value: number }): number {
    return this.#once(`channels ${count} ${JSON.stringify(source)}`, count, (target, parameters) => {
      if (typeof source === "number") target.set(parameters[source]);
      else target.fill(source.value, 0, count);
    });
  }

  /** A weight as [tap][input][padded output]: what a convolution multiplies with. */
  forward(index: number, { shape }: Parameter): number {
    const [outputs, inputs] = shape;
    const taps = tapsOf(shape);
    const width = paddedChannels(outputs);
    return this.#once(`forward ${index}`, taps * inputs * width, (target, parameters) => {
      eachWeight(shape, (o, c, tap, at) => (target[(tap * inputs + c) * width + o] = parameters[index][at]));
    });
  }

  /** A weight as [tap][output][padded input]: what its transpose multiplies with. */
  transposed(index: number, { shape }: Parameter): number {
    const [outputs, inputs] = shape;
    const taps = tapsOf(shape);
    const width = paddedChannels(inputs);
    return this.#once(`transposed ${index}`, taps * outputs * width, (target, parameters) => {
      eachWeight(shape, (o, c, tap, at) => (target[(tap * outputs + o) * width + c] = parameters[index][at]));
    });
  }

  fill(arena: Float32Array | Float64Array, parameters: readonly Float64Array[]): void {
    for (const fill of this.#fills) fill(arena, parameters);
  }

  #once(
    key: string,
    count: number,
    fill: (target: Float32Array | Float64Array, parameters: readonly Float64Array[]) => void,
  ): number {
    let offset = this.#known.get(key);
    if (offset === undefined) {
      offset = this.reserve(count);
      const at = offset;
      this.#known.set(key, at);
      this.#fills.push((arena, parameters) => fill(arena.subarray(at, at + paddedChannels(count)), parameters));
    }
    return offset;
  }
}

/** Taps of a weight: kernel area of a convolution, 1 of a dense layer. */
export const tapsOf = ([, , height = 1, width = 1]: readonly number[]): number => height * width;

function eachWeight(
  shape: readonly number[],
  use: (output: number, input: number, tap: number, at: number) => void,
): void {
  const [outputs, inputs] = shape;
  const taps = tapsOf(shape);
  for (let o = 0, at = 0; o < outputs; o++)
    for (let c = 0; c < inputs; c++) for (let tap = 0; tap < taps; tap++, at++) use(o, c, tap, at);
}
