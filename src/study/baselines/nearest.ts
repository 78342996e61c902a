import { rowProducts } from "../../math/linalg.js";
import type { Examples } from "../examples.js";

/** Numbers of neighbours that are tried. */
export const neighbourGrid = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50] as const;

/** Predictions by the mean or the vote of the k nearest training rows. */
export interface NearestNeighbours {
  readonly k: number;
  /** Leave-one-out error at k: share of wrong classes, or mean squared error. */
  readonly error: number;
  /** Classes or values for other rows. */
  predict(rows: Pick<Examples, "n" | "inputs">): Float64Array;
}

/**
 * k nearest neighbours in the Euclidean distance of the inputs as they are, k by leave-one-out (the smallest of equals). A tied
 * vote goes to the class whose neighbour is nearest; equal distances go by row.
 */
export function nearestNeighbours(train: Examples): NearestNeighbours {
  const { n, d, inputs } = train;
  const most = Math.min(neighbourGrid[neighbourGrid.length - 1], n - 1);
  const grid = neighbourGrid.filter((k) => k <= most);
  const own = neighbourLists(inputs, n, inputs, n, d, most, true);
  const truth = train.labels ?? train.targets!;
  let best = { k: 1, error: Infinity };
  for (const k of grid) {
    let error = 0;
    for (let i = 0; i < n; i++) {
      const found = answer(train, own[i], k);
      error += train.labels === undefined ? (found - truth[i]) ** 2 : found === truth[i] ? 0 : 1;
    }
    if (error / n < best.error) best = { k, error: error / n };
  }
  return {
    ...best,
    predict: (rows) => {
      const lists = neighbourLists(rows.inputs, rows.n, inputs, n, d, best.k, false);
      return Float64Array.from(lists, (list) => answer(train, list, best.k));
    },
  };
}

/** The `count` nearest training rows of each row, nearest first; `self` leaves out the row of the same number. */
function neighbourLists(
  rows: Float64Array,
  m: number,
  inputs: Float64Array,
  n: number,
  d: number,
  count: number,
  self: boolean,
): number[][] {
  const products = rowProducts(rows, m, inputs, n, d);
  const squares = Float64Array.from({ length: n }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += inputs[j * d + k] ** 2;
    return sum;
  });
  return Array.from({ length: m }, (_, i) => {
    const distance = (j: number): number => squares[j] - 2 * products[i * n + j]; // up to the row's own square
    const others = Array.from({ length: n }, (_, j) => j).filter((j) => !self || j !== i);
    return others.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
  });
}

function answer({ labels, targets }: Examples, list: readonly number[], k: number): number {
  const nearest = list.slice(0, k);
  if (labels === undefined) return nearest.reduce((sum, j) => sum + targets![j], 0) / nearest.length;
  const votes = new Map<number, number>();
  for (const j of nearest) votes.set(labels[j], (votes.get(labels[j]) ?? 0) + 1);
  let winner = labels[nearest[0]];
  for (const j of nearest) if (votes.get(labels[j])! > votes.get(winner)!) winner = labels[j];
  return winner;
}
