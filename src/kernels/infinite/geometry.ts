import { AppError } from "../../errors.js";
import type { LinalgMemory } from "../../math/linalg.js";
import { gramMatrix, rowProducts } from "../../math/linalg.js";
import { type InputRows, snapNorms } from "./direct.js";

/** Angles between the rows of a batch of equal norms: all that infinite-width kernels see of the data. */
export interface AngleGeometry {
  readonly n: number;
  /** <x, x>, the same for every row. */
  readonly squaredNorm: number;
  /** theta_ij = acos(rho_ij), strict lower triangle row by row, n (n - 1) / 2 entries. */
  readonly theta: Float64Array;
  /** Least and largest angle. */
  readonly range: readonly [number, number];
}

/** True when all norms agree to 1e-10: then the fast path applies. */
export function hasEqualNorms({ n, d, inputs }: InputRows): boolean {
  let least = Infinity;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += inputs[i * d + k] ** 2;
    least = Math.min(least, sum);
    largest = Math.max(largest, sum);
  }
  return largest > 0 && largest - least <= 1e-10 * largest;
}

/** Angles of a batch. Throws AppError `data` when the norms differ; use the direct recursion then. */
export function angleGeometry(rows: InputRows): AngleGeometry {
  const { n, d, inputs } = rows;
  if (!hasEqualNorms(rows)) {
    throw new AppError("data", "The angle form of the kernel needs rows of one norm.", {
      hint: "Normalise the rows (--normalize unit).",
    });
  }
  const products = gramMatrix(inputs, n, d);
  const norms = snapNorms(Float64Array.from({ length: n }, (_, i) => products[i * n + i]));
  const squaredNorm = norms[0];
  const theta = new Float64Array((n * (n - 1)) / 2);
  let least = Math.PI;
  let largest = 0;
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) {
      const angle = angleBetween(rows, i, j, products[i * n + j] / squaredNorm, squaredNorm);
      theta[at] = angle;
      least = Math.min(least, angle);
      largest = Math.max(largest, angle);
    }
  }
  return { n, squaredNorm, theta, range: theta.length === 0 ? [0, Math.PI] : [least, largest] };
}

/**
 * Angles between rows of two sets that all have the norm of `y`: m x n, row-major, `x` in rows, and their range.
 * Throws AppError `data` when dimensions or norms differ.
 */
export function crossAngles(
  x: InputRows,
  y: InputRows,
): { readonly theta: Float64Array; readonly range: readonly [number, number] } {
  const { d } = y;
  if (x.d !== d) {
    throw new AppError("data", `The two data sets must have the same number of columns, got ${x.d} and ${d}.`, {
      hint: "Prepare both in the same way.",
    });
  }
  const both = new Float64Array((x.n + y.n) * d);
  both.set(x.inputs);
  both.set(y.inputs, x.n * d);
  const rows = { n: x.n + y.n, d, inputs: both };
  if (!hasEqualNorms(rows)) {
    throw new AppError("data", "The angle form of the kernel needs rows of one norm.", {
      hint: "Normalise the rows of both sets in the same way (--normalize unit).",
    });
  }
  const products = rowProducts(x.inputs, x.n, y.inputs, y.n, d);
  const [squaredNorm] = snapNorms(Float64Array.of(y.inputs.subarray(0, d).reduce((sum, value) => sum + value ** 2, 0)));
  let [least, largest] = [Math.PI, 0];
  const theta = products.map((product, at) => {
    const angle = angleBetween(rows, Math.floor(at / y.n), x.n + (at % y.n), product / squaredNorm, squaredNorm);
    least = Math.min(least, angle);
    largest = Math.max(largest, angle);
    return angle;
  });
  return { theta, range: [least, largest] };
}

/**
 * acos(rho), by the chord |x - y| or |x + y| where acos would lose digits: near 1 its error is eps / theta, and two equal
 * rows would have an angle of 1e-8 instead of 0.
 */
function angleBetween({ d, inputs }: InputRows, i: number, j: number, rho: number, squaredNorm: number): number {
  if (Math.abs(rho) < 0.9) return Math.acos(rho);
  const sign = rho > 0 ? -1 : 1;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (inputs[i * d + k] + sign * inputs[j * d + k]) ** 2;
  const angle = 2 * Math.asin(Math.min(1, Math.sqrt(sum / squaredNorm) / 2));
  return rho > 0 ? angle : Math.PI - angle;
}

/** The interval that the Chebyshev series lives on: the angles that occur, never narrower than 0.02, inside [0, pi]. */
export function seriesInterval([least, largest]: readonly [number, number]): readonly [number, number] {
  const middle = (least + largest) / 2;
  const half = Math.max((largest - least) / 2, 0.01) * (1 + 1e-9);
  return [Math.max(0, middle - half), Math.min(Math.PI, middle + half)];
}

/**
 * Kernel matrices from Chebyshev coefficients in the angle: K_ij = sum_k c_k T_k(x_ij) with x_ij the angle scaled to
 * [-1, 1] on the series interval. Works in the memory of the solver that takes the matrix.
 */
export class ChebyshevKernel {
  readonly n: number;
  readonly interval: readonly [number, number];
  readonly #memory: LinalgMemory;
  readonly #count: number;
  readonly #padded: number;
  readonly #x: number;
  readonly #packed: number;
  readonly #coefficients: number;
  readonly #vector: number;
  readonly #moments: number;
  /** Packed positions of pairs at angle 0, whose entry is the diagonal exactly: duplicates make K singular, not nearly so. */
  readonly #coinciding: number[] = [];

  constructor(geometry: AngleGeometry, memory: LinalgMemory, maxTerms: number) {
    this.n = geometry.n;
    this.interval = seriesInterval(geometry.range);
    this.#memory = memory;
    this.#count = geometry.theta.length;
    this.#padded = Math.ceil(this.#count / 8) * 8;
    this.#x = memory.reserve(this.#padded);
    this.#packed = memory.reserve(this.#padded);
    this.#coefficients = memory.reserve(maxTerms);
    this.#vector = memory.reserve(this.n);
    this.#moments = memory.reserve(maxTerms);
    const [low, high] = this.interval;
    const x = memory.view(this.#x, this.#padded).fill(0);
    geometry.theta.forEach((angle, i) => {
      x[i] = Math.min(1, Math.max(-1, (2 * angle - low - high) / (high - low)));
      if (angle === 0) this.#coinciding.push(i);
    });
  }

  /** Writes the full symmetric matrix at byte offset `target` and returns the largest off-diagonal magnitude. */
  fill(coefficients: Float64Array, diagonal: number, target: number): number {
    const { kernels } = this.#memory;
    this.#memory.view(this.#coefficients, coefficients.length).set(coefficients);
    kernels.chebyshevSums(this.#padded, this.#x, coefficients.length, this.#coefficients, this.#packed);
    const packed = this.#memory.view(this.#packed, this.#count);
    for (const at of this.#coinciding) packed[at] = diagonal;
    kernels.unpack(this.n, this.#packed, diagonal, target, this.n);
    let largest = 0;
    for (let i = 0; i < packed.length; i++) {
      const magnitude = Math.abs(packed[i]);
      if (magnitude > largest) largest = magnitude;
    }
    return largest;
  }

  /** w_k(v) = sum_{i != j} v_i v_j T_k(x_ij): v'Kv = diagonal <v,v> + sum_k c_k w_k for every kernel of this geometry. */
  moments(vector: Float64Array, terms: number): Float64Array {
    this.#memory.view(this.#vector, this.n).set(vector);
    this.#memory.kernels.chebyshevMoments(this.n, this.#x, this.#vector, terms, this.#moments);
    return this.#memory.view(this.#moments, terms).slice();
  }
}
