import type { RunArtifacts } from "../store/types.js";

type KernelPicture = NonNullable<RunArtifacts["winner"]>["kernel"];

const largestSide = 64;

/**
 * A kernel matrix (n x n, row-major) for a picture: rows and columns sorted by class (stable), then averaged down to at
 * most 64 x 64 blocks of nearly equal size. The class of a block is that of its middle row.
 */
export function heatMap(
  matrix: Float64Array,
  n: number,
  labels?: Int32Array,
  classNames?: readonly string[],
): KernelPicture {
  const order = Array.from({ length: n }, (_, i) => i);
  if (labels !== undefined) order.sort((a, b) => labels[a] - labels[b] || a - b);
  const size = Math.min(n, largestSide);
  const edge = (block: number): number => Math.floor((block * n) / size);
  const values: number[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let i = edge(row); i < edge(row + 1); i++) {
        for (let j = edge(column); j < edge(column + 1); j++) sum += matrix[order[i] * n + order[j]];
      }
      values.push(sum / ((edge(row + 1) - edge(row)) * (edge(column + 1) - edge(column))));
    }
  }
  if (labels === undefined) return { size, values, classes: null };
  const classOf = (block: number): string => {
    const label = labels[order[(edge(block) + edge(block + 1) - 1) >> 1]];
    return classNames?.[label] ?? String(label);
  };
  return { size, values, classes: Array.from({ length: size }, (_, block) => classOf(block)) };
}
