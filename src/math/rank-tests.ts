import { erfc, normalCdf } from "./special.js";

/** Ranks from 1 on in ascending order, ties sharing the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const out = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let k = start; k < end; k++) out[order[k]] = (start + 1 + end) / 2;
    start = end;
  }
  return out;
}

/** A rank test of paired samples. */
export interface SignedRank {
  /** Sum of the ranks of positive and of negative differences. */
  readonly positive: number;
  readonly negative: number;
  /** Pairs that differ. */
  readonly n: number;
  /** Two-sided. */
  readonly p: number;
  readonly method: "exact" | "normal";
}

/** Up to this many differing pairs the distribution is counted out. */
const exactLimit = 100;

/**
 * Wilcoxon's signed-rank test that paired differences are symmetric about 0. Zeros are left out. Exact up to 100 pairs, ties
 * included: the distribution of the sum of ranks over all signs, counted on doubled mid-ranks; beyond, the normal
 * approximation with the variance corrected for ties. p = 1 when no pair differs.
 *
 * @example signedRank([1, 2, 3, 4, -0.5]).p // 0.125
 */
export function signedRank(differences: readonly number[]): SignedRank {
  const nonzero = differences.filter((value) => value !== 0);
  const n = nonzero.length;
  const rank = ranks(nonzero.map(Math.abs));
  let positive = 0;
  nonzero.forEach((value, i) => (positive += value > 0 ? rank[i] : 0));
  const total = (n * (n + 1)) / 2;
  const negative = total - positive;
  const least = Math.min(positive, negative);
  if (n === 0) return { positive, negative, n, p: 1, method: "exact" };
  if (n <= exactLimit) return { positive, negative, n, p: exactP(rank, least), method: "exact" };
  const variance = rank.reduce((sum, value) => sum + value * value, 0) / 4;
  return {
    positive,
    negative,
    n,
    p: Math.min(1, 2 * normalCdf((least - total / 2) / Math.sqrt(variance))),
    method: "normal",
  };
}

/** 2 P(sum of ranks with fair signs <= least), at most 1. */
function exactP(rank: readonly number[], least: number): number {
  const doubled = rank.map((value) => Math.round(2 * value));
  const size = doubled.reduce((sum, value) => sum + value, 0) + 1;
  let share = new Float64Array(size);
  share[0] = 1;
  let reach = 0;
  for (const step of doubled) {
    const next = new Float64Array(size);
    for (let sum = 0; sum <= reach; sum++) {
      next[sum] += share[sum] / 2;
      next[sum + step] += share[sum] / 2;
    }
    reach += step;
    share = next;
  }
  let tail = 0;
  for (let sum = 0; sum <= Math.round(2 * least); sum++) tail += share[sum];
  return Math.min(1, 2 * tail);
}

/** Holm's step-down correction of p-values: adjusted values in the order given, at most 1. */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[a] - p[b]);
  const out = new Array<number>(p.length);
  let largest = 0;
  order.forEach((i, k) => {
    largest = Math.max(largest, Math.min(1, (p.length - k) * p[i]));
    out[i] = largest;
  });
  return out;
}

/** Friedman's test over blocks. */
export interface Friedman {
  readonly meanRanks: readonly number[];
  /** Chi-squared statistic, corrected for ties. */
  readonly statistic: number;
  readonly freedom: number;
  readonly p: number;
}

/**
 * Friedman's test that k treatments have the same distribution, from one row of k values a block; rank 1 is the largest value.
 * p by the chi-squared approximation; 1 when all values of each block are tied.
 */
export function friedman(blocks: readonly (readonly number[])[]): Friedman {
  const k = blocks.at(0)?.length ?? 0;
  const ranked = blocks.map((block) => ranks(block.map((value) => -value)));
  const meanRanks = Array.from({ length: k }, (_, t) => ranked.reduce((sum, row) => sum + row[t], 0) / blocks.length);
  const middle = (k + 1) / 2;
  const between = blocks.length * meanRanks.reduce((sum, rank) => sum + (rank - middle) ** 2, 0);
  const within = ranked.flat().reduce((sum, rank) => sum + (rank - middle) ** 2, 0) / (blocks.length * (k - 1));
  const statistic = within > 0 ? between / within : 0;
  return { meanRanks, statistic, freedom: k - 1, p: chiSquaredTail(statistic, k - 1) };
}

/** P(chi^2 with `freedom` degrees of freedom > x), by the finite sums for whole degrees of freedom. */
export function chiSquaredTail(x: number, freedom: number): number {
  if (!(x > 0)) return 1;
  const half = x / 2;
  const even = freedom % 2 === 0;
  let term = even ? Math.exp(-half) : 2 * Math.sqrt(half / Math.PI) * Math.exp(-half);
  let total = even ? 0 : erfc(Math.sqrt(half));
  for (let a = even ? 1 : 1.5; a <= freedom / 2; a++) {
    total += term;
    term *= half / a;
  }
  return Math.min(1, total);
}

/** Wilson's interval of a share of `right` out of n at the normal quantile z (default 1.96: 95 %). */
export function wilsonInterval(right: number, n: number, z = 1.959963984540054): readonly [number, number] {
  const p = right / n;
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
