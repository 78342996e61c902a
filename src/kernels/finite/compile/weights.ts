import type { Parameter } from "../ir.js";
import { paddedChannels } from "../engine/program.js";

type Floats = Float32Array | Float64Array;

/** Values of a parameter by its index, in the layout of `Parameter.shape`; valid until the next is asked for. */
export type ParameterValues = (parameter: number) => Floats;

/** Writes constants from a parameter's values. */
type Fill = (target: Floats, values: Floats) => void;

/** Constants of a program: absolute offsets, and how each is filled from the parameters' values. */
export class Constants {
  #top = 16;
  readonly #fills = new Map<number, { readonly at: number; readonly count: number; readonly fill: Fill }[]>();
  readonly #fixed: { readonly at: number; readonly count: number; readonly value: number }[] = [];
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
    if (typeof source === "number")
      return this.#once(`channels ${source}`, source, count, (target, values) => target.set(values));
    const { value } = source;
    return this.#named(`${count} times ${value}`, () => {
      const at = this.reserve(count);
      this.#fixed.push({ at, count, value });
      return at;
    });
  }

  /** A weight as [tap][input][padded output]: what a convolution multiplies with. */
  forward(index: number, { shape }: Parameter): number {
    const [outputs, inputs] = shape;
    const taps = tapsOf(shape);
    const width = paddedChannels(outputs);
    return this.#once(`forward ${index}`, index, taps * inputs * width, (target, values) =>
      arrange(target, values, shape, width * inputs, width, 1),
    );
  }

  /** A weight as [tap][output][padded input]: what its transpose multiplies with. */
  transposed(index: number, { shape }: Parameter): number {
    const [outputs, inputs] = shape;
    const taps = tapsOf(shape);
    const width = paddedChannels(inputs);
    return this.#once(`transposed ${index}`, index, taps * outputs * width, (target, values) =>
      arrange(target, values, shape, width * outputs, 1, width),
    );
  }

  /** Writes all constants; what is padding or reserved stays as it is. */
  fill(arena: Floats, values: ParameterValues): void {
    for (const { at, count, value } of this.#fixed) arena.fill(value, at, at + count);
    for (const [parameter, fills] of this.#fills) {
      const drawn = values(parameter);
      for (const { at, count, fill } of fills) fill(arena.subarray(at, at + count), drawn);
    }
  }

  #once(name: string, parameter: number, count: number, fill: Fill): number {
    return this.#named(name, () => {
      const at = this.reserve(count);
      const fills = this.#fills.get(parameter) ?? [];
      this.#fills.set(parameter, fills);
      fills.push({ at, count, fill });
      return at;
    });
  }

  #named(name: string, make: () => number): number {
    const offset = this.#known.get(name) ?? make();
    this.#known.set(name, offset);
    return offset;
  }
}

/** Taps of a weight: kernel area of a convolution, 1 of a dense layer. */
export const tapsOf = ([, , height = 1, width = 1]: readonly number[]): number => height * width;

const transposeBlock = 8;

/** Weights [output][input][tap] to offsets tap * perTap + input * perInput + output * perOutput. */
function arrange(
  target: Floats,
  values: Floats,
  shape: readonly number[],
  perTap: number,
  perInput: number,
  perOutput: number,
): void {
  const [outputs, inputs] = shape;
  const taps = tapsOf(shape);
  if (taps === 1 && perInput === 1) {
    for (let o = 0; o < outputs; o++) target.set(values.subarray(o * inputs, (o + 1) * inputs), o * perOutput);
    return;
  }
  if (taps === 1) {
    // In blocks, so that both sides stay in the cache.
    for (let first = 0; first < outputs; first += transposeBlock) {
      const last = Math.min(outputs, first + transposeBlock);
      for (let c = 0; c < inputs; c++)
        for (let o = first, at = first * inputs + c, to = c * perInput + first; o < last; o++, at += inputs)
          target[to++] = values[at];
    }
    return;
  }
  for (let o = 0, at = 0; o < outputs; o++) {
    for (let c = 0, to = o * perOutput; c < inputs; c++, to += perInput)
      for (let tap = 0, there = to; tap < taps; tap++, there += perTap) target[there] = values[at++];
  }
}
