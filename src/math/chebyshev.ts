import { realDct2 } from "./fft.js";

/** Chebyshev nodes of the first kind, x_j = cos(pi (j + 1/2) / n), j = 0..n-1, descending inside (-1, 1). */
export function chebyshevNodes(n: number): Float64Array {
  const nodes = new Float64Array(n);
  for (let j = 0; j < n; j++) nodes[j] = Math.sin((Math.PI * (n - 1 - 2 * j)) / (2 * n));
  return nodes;
}

/**
 * Coefficients of the polynomial p(x) = sum_k c_k T_k(x) of degree n - 1 through `values[j]` at `chebyshevNodes(n)[j]`:
 * c_k = (2/n) sum_j values_j cos(k pi (j + 1/2) / n), c_0 half of that. O(n log n) when n is a power of two, else O(n^2).
 */
export function chebyshevCoefficients(values: Float64Array): Float64Array {
  const n = values.length;
  const coefficients = realDct2(values);
  for (let k = 0; k < n; k++) coefficients[k] *= 2 / n;
  if (n > 0) coefficients[0] /= 2;
  return coefficients;
}

/** sum_k c_k T_k(x) by Clenshaw's recurrence; x in [-1, 1]. */
export function clenshaw(c: Float64Array, x: number): number {
  const twice = 2 * x;
  let next = 0;
  let afterNext = 0;
  for (let k = c.length - 1; k > 0; k--) {
    const current = c[k] + twice * next - afterNext;
    afterNext = next;
    next = current;
  }
  return c.length === 0 ? 0 : c[0] + x * next - afterNext;
}
