import { gramMatrix } from "../math/linalg.js";
import { normOf } from "./normalize.js";

/** Beyond this many rows the n x n correlations are not worth their time and memory. */
export const nearestPairLimit = 4000;

/**
 * The pair i < j with the largest correlation <x_i, x_j> / (||x_i|| ||x_j||), the first one of equals; undefined for
 * fewer than two rows that are not 0 or more than `nearestPairLimit`. O(n^2 d).
 */
export function nearestPair(
  inputs: Float64Array,
  n: number,
  d: number,
): { readonly rows: readonly [number, number]; readonly correlation: number } | undefined {
  if (n < 2 || n > nearestPairLimit) return undefined;
  const directions = inputs.slice(0, n * d);
  const zero = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const norm = normOf(directions, i * d, d);
    if (norm === 0) zero[i] = 1;
    else for (let j = 0; j < d; j++) directions[i * d + j] /= norm;
  }
  const correlations = gramMatrix(directions, n, d);
  let best = -Infinity;
  let rows: [number, number] | undefined;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (correlations[i * n + j] > best && zero[i] === 0 && zero[j] === 0) {
        best = correlations[i * n + j];
        rows = [i, j];
      }
    }
  }
  return rows && { rows, correlation: Math.max(-1, Math.min(1, best)) };
}
