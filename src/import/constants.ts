import type { Constant } from "./onnx-file.js";
import { NotImported } from "./values.js";

const product = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);

/** Numbers that folding may make in one file: more than any network's weights, less than the memory. */
const mostFolded = 2 ** 26;

/** Arithmetic of constants, with a limit on what it makes. */
export class Folding {
  #left = mostFolded;

  #room(shape: readonly number[]): Float64Array {
    const count = product(shape);
    if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
      throw new NotImported(`constants of the shape [${shape.join(", ")}]`);
    this.#left -= count;
    if (!(this.#left >= 0)) throw new NotImported(`constants of more than ${mostFolded} numbers`);
    return new Float64Array(count);
  }

  filled(shape: readonly number[], value: number): Constant {
    return { shape, values: this.#room(shape).fill(value) };
  }

  map({ shape, values }: Constant, f: (x: number) => number): Constant {
    const out = this.#room(shape);
    values.forEach((value, k) => (out[k] = f(value)));
    return { shape, values: out };
  }

  /** Entry by entry, sizes of 1 repeated as in numpy. */
  combine(a: Constant, b: Constant, f: (x: number, y: number) => number): Constant {
    const rank = Math.max(a.shape.length, b.shape.length);
    const [left, right] = [a, b].map(({ shape }) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
    const shape = left.map((size, k) => {
      if (size !== right[k] && size !== 1 && right[k] !== 1) {
        throw new NotImported(`constants of the shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`);
      }
      return size === 1 ? right[k] : size;
    });
    const values = this.#room(shape);
    const [x, y] = [stridesOf(left), stridesOf(right)];
    const index = new Int32Array(rank);
    for (let at = 0; at < values.length; at++) {
      let [i, j] = [0, 0];
      for (let k = 0; k < rank; k++) {
        if (left[k] > 1) i += index[k] * x[k];
        if (right[k] > 1) j += index[k] * y[k];
      }
      values[at] = f(a.values[i], b.values[j]);
      next(index, shape);
    }
    return { shape, values };
  }

  transpose({ shape, values }: Constant, order: readonly number[]): Constant {
    if (order.length !== shape.length || new Set(order).size !== order.length || order.some((k) => !(k in shape)))
      throw new NotImported(`a permutation [${order.join(", ")}] of ${shape.length} axes`);
    const turned = order.map((k) => shape[k]);
    const strides = stridesOf(shape);
    const out = this.#room(turned);
    const index = new Int32Array(shape.length);
    for (let at = 0; at < out.length; at++) {
      out[at] = values[order.reduce((sum, k, position) => sum + index[position] * strides[k], 0)];
      next(index, turned);
    }
    return { shape: turned, values: out };
  }

  join(parts: readonly Constant[]): Constant {
    const shape = [parts.reduce((sum, { values }) => sum + values.length, 0)];
    const values = this.#room(shape);
    let at = 0;
    for (const part of parts) {
      values.set(part.values, at);
      at += part.values.length;
    }
    return { shape, values };
  }
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, k) => product(shape.slice(k + 1)));

/** The index after this one, the last axis first. */
function next(index: Int32Array, shape: readonly number[]): void {
  for (let k = shape.length - 1; k >= 0; k--) {
    if (++index[k] < shape[k]) return;
    index[k] = 0;
  }
}
