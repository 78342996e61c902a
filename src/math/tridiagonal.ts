import { AppError } from "../errors.js";

/** A symmetric tridiagonal matrix: diagonal d[0..n-1], subdiagonal e[1..n-1] (e[0] unused). */
export interface Tridiagonal {
  readonly d: Float64Array;
  readonly e: Float64Array;
}

/** Number of eigenvalues below `shift`: the negative pivots of the LDL' factorisation of T - shift I (Sylvester's law of inertia). */
export function sturmCount({ d, e }: Tridiagonal, shift: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < d.length; i++) {
    const off = i === 0 ? 0 : (e[i] * e[i]) / (pivot === 0 ? Number.MIN_VALUE * 2 ** 52 : pivot);
    pivot = d[i] - shift - off;
    if (pivot < 0) count++;
  }
  return count;
}

/** The `index`-th smallest eigenvalue (from 0) by bisection on Sturm counts, to the last bits of the matrix norm. */
export function bisectEigenvalue(matrix: Tridiagonal, index: number): number {
  const { d, e } = matrix;
  const n = d.length;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < n; i++) {
    const radius = (i > 0 ? Math.abs(e[i]) : 0) + (i + 1 < n ? Math.abs(e[i + 1]) : 0);
    low = Math.min(low, d[i] - radius);
    high = Math.max(high, d[i] + radius);
  }
  const floor = 1e-17 * Math.max(Math.abs(low), Math.abs(high));
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high || high - low <= floor) return middle;
    if (sturmCount(matrix, middle) > index) high = middle;
    else low = middle;
  }
}

/**
 * All eigenvalues, ascending, by the implicit QL algorithm with Wilkinson shifts (EISPACK imtql1).
 * Throws AppError `numeric` when an entry is not finite.
 */
export function tridiagonalEigenvalues(matrix: Tridiagonal): Float64Array {
  const n = matrix.d.length;
  const d = Float64Array.from(matrix.d);
  const e = new Float64Array(n);
  for (let i = 1; i < n; i++) e[i - 1] = matrix.e[i];
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]) + Math.abs(e[i]));
  const negligible = (Number.EPSILON / 8) * norm; // of nearly singular matrices, d itself can be rounding noise
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1) {
        const scale = Math.abs(d[m]) + Math.abs(d[m + 1]);
        if (Math.abs(e[m]) <= Math.max(Number.EPSILON * scale, negligible)) break;
        m++;
      }
      if (m === l) break;
      if (sweep === 60)
        throw new AppError("numeric", "The eigenvalues of a tridiagonal matrix did not converge in 60 sweeps.");
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let deflated = false;
      for (let i = m - 1; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          deflated = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (deflated) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d.sort();
}

/** Unit eigenvector of the small tridiagonal matrix for its eigenvalue `lambda`, by two steps of inverse iteration. */
export function tridiagonalEigenvector({ d, e }: Tridiagonal, lambda: number): Float64Array {
  const n = d.length;
  const scale = Math.max(...d.map(Math.abs), ...e.map(Math.abs), Number.MIN_VALUE);
  const shift = lambda + 4 * Number.EPSILON * scale;
  let x = new Float64Array(n).fill(1 / Math.sqrt(n));
  for (let step = 0; step < 3; step++) {
    x = solveTridiagonal(d, e, shift, x, Number.EPSILON * scale);
    let norm = 0;
    for (const value of x) norm += value * value;
    norm = Math.sqrt(norm);
    for (let i = 0; i < n; i++) x[i] /= norm;
  }
  return x;
}

/** Solves (T - shift I) x = b by Gaussian elimination with partial pivoting; zero pivots become `tiny`. */
function solveTridiagonal(
  d: Float64Array,
  e: Float64Array,
  shift: number,
  b: Float64Array,
  tiny: number,
): Float64Array<ArrayBuffer> {
  const n = d.length;
  const u0 = new Float64Array(n);
  const u1 = new Float64Array(n);
  const u2 = new Float64Array(n);
  const x = Float64Array.from(b);
  let a0 = d[0] - shift;
  let a1 = n > 1 ? e[1] : 0;
  for (let i = 0; i + 1 < n; i++) {
    const lower = e[i + 1];
    const diagonal = d[i + 1] - shift;
    const upper = i + 2 < n ? e[i + 2] : 0;
    if (Math.abs(lower) > Math.abs(a0)) {
      const factor = a0 / lower;
      u0[i] = lower;
      u1[i] = diagonal;
      u2[i] = upper;
      a0 = a1 - factor * diagonal;
      a1 = -factor * upper;
      const swap = x[i];
      x[i] = x[i + 1];
      x[i + 1] = swap - factor * x[i + 1];
    } else {
      u0[i] = a0 === 0 ? tiny : a0;
      u1[i] = a1;
      const factor = lower / u0[i];
      a0 = diagonal - factor * a1;
      a1 = upper;
      x[i + 1] -= factor * x[i];
    }
  }
  u0[n - 1] = a0 === 0 ? tiny : a0;
  for (let i = n - 1; i >= 0; i--) {
    let s = x[i];
    if (i + 1 < n) s -= u1[i] * x[i + 1];
    if (i + 2 < n) s -= u2[i] * x[i + 2];
    x[i] = s / u0[i];
  }
  return x;
}
