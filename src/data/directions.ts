import { rng } from "../rng.js";
import { normOf } from "./normalize.js";

/** Two directions nearer than this are the same up to rounding: their kernel rows cannot be told apart in float64. */
const rounding = 1e-13;
const cellWidth = 1e-9;

/** What a new row has in common with rows added before. */
export interface Relations {
  /** The first row with the same direction and norm, if any. */
  readonly duplicateOf: number | undefined;
  /** Number of rows with the same direction and another norm. */
  readonly parallel: number;
  /** Number of rows with the opposite direction. */
  readonly antipodal: number;
}

/**
 * Finds duplicate, parallel and antipodal rows (docs/theory.md 4.5 (4): they make kernels singular) in expected O(d) per
 * row: rows are filed by their component along one fixed random direction, and only rows filed together are compared.
 * Rows are read from `inputs` (row-major, dimension d) by index.
 */
export class DirectionIndex {
  readonly #inputs: Float64Array;
  readonly #d: number;
  readonly #probe: Float64Array;
  readonly #cells = new Map<number, number[]>();
  readonly #norms = new Map<number, number>();

  constructor(inputs: Float64Array, d: number) {
    this.#inputs = inputs;
    this.#d = d;
    const random = rng("directions");
    this.#probe = Float64Array.from({ length: d }, () => random.normal());
    const norm = normOf(this.#probe, 0, d);
    for (let j = 0; j < d; j++) this.#probe[j] /= norm;
  }

  /** Relations of row `index` to the rows added so far; does not add it. A zero row is only like another zero row. */
  relate(index: number): Relations {
    const norm = normOf(this.#inputs, index * this.#d, this.#d);
    const same = this.#near(index, norm, 1);
    const equal = same.filter((other) => Math.abs(this.#norms.get(other)! - norm) <= rounding * norm);
    return {
      duplicateOf: equal.length > 0 ? Math.min(...equal) : undefined,
      parallel: same.length - equal.length,
      antipodal: norm === 0 ? 0 : this.#near(index, norm, -1).length,
    };
  }

  add(index: number): void {
    const norm = normOf(this.#inputs, index * this.#d, this.#d);
    this.#norms.set(index, norm);
    const cell = this.#cellOf(index, norm, 1);
    const members = this.#cells.get(cell);
    if (members) members.push(index);
    else this.#cells.set(cell, [index]);
  }

  #cellOf(index: number, norm: number, sign: 1 | -1): number {
    if (norm === 0) return NaN;
    let component = 0;
    for (let j = 0; j < this.#d; j++) component += this.#probe[j] * (this.#inputs[index * this.#d + j] / norm);
    return Math.floor((sign * component) / cellWidth);
  }

  /** Rows added whose direction is `sign` times that of row `index`. */
  #near(index: number, norm: number, sign: 1 | -1): number[] {
    const cell = this.#cellOf(index, norm, sign);
    if (norm === 0) return this.#cells.get(NaN) ?? [];
    const filed = [cell - 1, cell, cell + 1].flatMap((key) => this.#cells.get(key) ?? []);
    return filed.filter((other) => this.#distance(index, norm, other, sign) <= rounding);
  }

  #distance(index: number, norm: number, other: number, sign: 1 | -1): number {
    const otherNorm = this.#norms.get(other)!;
    let sum = 0;
    for (let j = 0; j < this.#d; j++) {
      const difference =
        (sign * this.#inputs[index * this.#d + j]) / norm - this.#inputs[other * this.#d + j] / otherNorm;
      sum += difference ** 2;
    }
    return Math.sqrt(sum);
  }
}
