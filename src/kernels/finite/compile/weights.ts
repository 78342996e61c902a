import type { Parameter } from "../ir.js";
import { paddedChannels } from "../engine/program.js";
import { eachNumber, tapsOf, weightCount, type ConstantPlace } from "./weight-layout.js";

type Floats = Float32Array | Float64Array;

/** Values of a parameter by its index, in the layout of `Parameter.shape`; valid until the next is asked for. */
export type ParameterValues = (parameter: number) => Floats;

/** Writes constants from a parameter's values. */
type Fill = (target: Floats, values: Floats) => void;

/** Constants of a program: absolute offsets, and how each is filled from the parameters' values. */
export class Constants {
  #top = 16;
  readonly #fills = new Map<number, (ConstantPlace & { readonly fill: Fill })[]>();
  readonly #fixed: { readonly at: number; readonly count: number; readonly value: number }[] = [];
  readonly #known = new Map<string, number>();
  #scratch = new Float32Array(0);

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
    if (typeof source === "number") {
      const place = { layout: "channels", count, shape: [count], groups: 1 } as const;
      return this.#once(source, place, (target, values) => target.set(values));
    }
    const { value } = source;
    return this.#named(`${count} times ${value}`, () => {
      const at = this.reserve(count);
      this.#fixed.push({ at, count, value });
      return at;
    });
  }

  /** `width` floats, 1 from `first` to before `last` and 0 elsewhere. */
  ones(width: number, first: number, last: number): number {
    return this.#named(`ones ${width} ${first} ${last}`, () => {
      const at = this.reserve(width);
      this.#fixed.push({ at: at + first, count: last - first, value: 1 });
      return at;
    });
  }

  /** A weight as [tap][input][padded output], block by block: what a convolution multiplies with. */
  forward(index: number, { shape }: Pick<Parameter, "shape">, groups = 1): number {
    return this.#weight(index, { layout: "forward", shape, groups }, toForward);
  }

  /** A weight as [tap][output][padded input], block by block: what its transpose multiplies with. */
  transposed(index: number, { shape }: Pick<Parameter, "shape">, groups = 1): number {
    return this.#weight(index, { layout: "transposed", shape, groups }, toTransposed);
  }

  #weight(
    index: number,
    place: Pick<ConstantPlace, "layout" | "shape" | "groups">,
    write: (target: Floats, values: Floats, shape: readonly number[]) => void,
  ): number {
    const whole = { ...place, count: weightCount(place) };
    return this.#once(index, whole, (target, values) => {
      if (place.groups === 1) write(target, values, place.shape);
      else eachNumber({ ...whole, at: 0 }, (plain, placed) => (target[placed] = values[plain]));
    });
  }

  /** Writes all constants; what is padding or reserved stays as it is. */
  fill(arena: Floats, values: ParameterValues): void {
    const single = arena instanceof Float32Array;
    for (const { at, count, value } of this.#fixed) arena.fill(value, at, at + count);
    for (const [parameter, fills] of this.#fills) {
      const given = values(parameter);
      // One type of array in the loops below, which are slower with two.
      const drawn = single && given instanceof Float64Array ? this.#rounded(given) : given;
      for (const { at, count, fill } of fills) fill(arena.subarray(at, at + count), drawn);
    }
  }

  #rounded(values: Float64Array): Float32Array {
    if (this.#scratch.length < values.length) this.#scratch = new Float32Array(values.length);
    this.#scratch.set(values);
    return this.#scratch.subarray(0, values.length);
  }

  /** Where a parameter's values are; nowhere when the program does not use it. */
  places(parameter: number): readonly ConstantPlace[] {
    return this.#fills.get(parameter) ?? [];
  }

  #once(parameter: number, place: Omit<ConstantPlace, "at">, fill: Fill): number {
    return this.#named(`${place.layout} ${place.groups} ${parameter}`, () => {
      const at = this.reserve(place.count);
      const fills = this.#fills.get(parameter) ?? [];
      this.#fills.set(parameter, fills);
      fills.push({ ...place, at, fill });
      return at;
    });
  }

  #named(name: string, make: () => number): number {
    const offset = this.#known.get(name) ?? make();
    this.#known.set(name, offset);
    return offset;
  }
}

/** Weights [output][input][tap] to [tap][input][padded output] of `target`, in blocks of outputs, so that both sides stay in the cache. */
function toForward(target: Floats, values: Floats, shape: readonly number[]): void {
  const [outputs, inputs] = shape;
  const [taps, width, block] = [tapsOf(shape), paddedChannels(outputs), 16];
  const row = inputs * taps;
  for (let first = 0; first < outputs; first += block) {
    const last = Math.min(outputs, first + block);
    for (let q = 0; q < row; q++) {
      const c = Math.floor(q / taps);
      let to = ((q - c * taps) * inputs + c) * width + first;
      for (let o = first, at = first * row + q; o < last; o++, at += row) target[to++] = values[at];
    }
  }
}

/** Weights [output][input][tap] to [tap][output][padded input]. */
function toTransposed(target: Floats, values: Floats, shape: readonly number[]): void {
  const [outputs, inputs] = shape;
  const [taps, width] = [tapsOf(shape), paddedChannels(inputs)];
  if (taps === 1 && width === inputs) {
    target.set(values);
    return;
  }
  for (let o = 0, row = 0; o < outputs; o++, row += inputs * taps) {
    for (let tap = 0; tap < taps; tap++) {
      const to = (tap * outputs + o) * width;
      for (let c = 0, at = row + tap; c < inputs; c++, at += taps) target[to + c] = values[at];
    }
  }
}
