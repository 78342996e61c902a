/** Upper bounds of lambda_min of a symmetric n x n matrix from its entries (docs/theory.md 3.3). */
export interface UpperBounds {
  /** min_i Theta_ii. */
  readonly UBdiag: number;
  /** min over 2 x 2 principal minors of their least eigenvalue (Cauchy interlacing). */
  readonly UBpair: number;
  /** The two inputs that attain UBpair; undefined for n = 1. */
  readonly pair: readonly [number, number] | undefined;
}

/** UBdiag and UBpair of a kernel, row-major n x n; O(n^2). For n = 1 both are the entry. */
export function upperBounds(matrix: Float64Array, n: number): UpperBounds {
  let UBdiag = Infinity;
  for (let i = 0; i < n; i++) UBdiag = Math.min(UBdiag, matrix[i * n + i]);
  let UBpair = UBdiag;
  let pair: readonly [number, number] | undefined;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const half = (matrix[i * n + i] - matrix[j * n + j]) / 2;
      const least = (matrix[i * n + i] + matrix[j * n + j]) / 2 - Math.hypot(half, matrix[i * n + j]);
      if (pair === undefined || least < UBpair) {
        UBpair = least;
        pair = [j, i];
      }
    }
  }
  return { UBdiag, UBpair, pair };
}
