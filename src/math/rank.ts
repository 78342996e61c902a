import { AppError } from "../errors.js";

/**
 * Agreement of two rankings of the same items. Every function takes integer `weights`: an item of weight w counts as w
 * copies of it, 0 leaves it out. So one pair of sorted variables serves a bootstrap, a subset and the whole.
 * Larger values rank first where a top is meant; ties there break by the smaller index.
 */

/** Values with the order that sorts them, made once. */
export interface RankVariable {
  readonly values: Float64Array;
  /** Indices by ascending value, equal values by ascending index. */
  readonly order: Int32Array;
  /** Dense rank of every item: 0 for the least value, equal values share one. */
  readonly dense: Int32Array;
  readonly levels: number;
}

export type Weights = ArrayLike<number>;

/** Sorts values once; infinities are values like others. Throws AppError `numeric` for NaN, which has no place in an order. */
export function rankVariable(values: ArrayLike<number>): RankVariable {
  const copy = Float64Array.from(values);
  const order = Int32Array.from(copy, (_, i) => i).sort((i, j) => compare(copy[i], copy[j]) || i - j);
  const dense = new Int32Array(copy.length);
  let level = 0;
  order.forEach((item, position) => {
    if (Number.isNaN(copy[item])) throw new AppError("numeric", `Item ${item} is NaN: a ranking needs numbers.`);
    if (position > 0 && copy[item] !== copy[order[position - 1]]) level++;
    dense[item] = level;
  });
  return { values: copy, order, dense, levels: copy.length === 0 ? 0 : level + 1 };
}

/** Of two numbers, infinities included (a - b would be NaN for equal ones). */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Kendall's tau-b = (C - D) / sqrt((P - Tx)(P - Ty)): concordant less discordant pairs, P pairs in all, Tx and Ty tied in x
 * and in y (Kendall 1945). O(n log n) by a Fenwick tree over the ranks of y. NaN when one variable is constant.
 *
 * @example kendallTau(rankVariable([1, 2, 3, 4]), rankVariable([1, 3, 2, 4])) // 2/3
 */
export function kendallTau(x: RankVariable, y: RankVariable, weights?: Weights): number {
  const tree = new Float64Array(y.levels + 1);
  const below = (level: number): number => {
    let sum = 0;
    for (let at = level; at > 0; at -= at & -at) sum += tree[at];
    return sum;
  };
  let total = 0;
  let difference = 0;
  eachTie(x, (from, to) => {
    let group = 0;
    for (let position = from; position < to; position++) {
      const item = x.order[position];
      const weight = weights ? weights[item] : 1;
      if (weight === 0) continue;
      const level = y.dense[item];
      difference += weight * (below(level) - (total - below(level + 1)));
    }
    for (let position = from; position < to; position++) {
      const item = x.order[position];
      const weight = weights ? weights[item] : 1;
      if (weight === 0) continue;
      group += weight;
      for (let at = y.dense[item] + 1; at <= y.levels; at += at & -at) tree[at] += weight;
    }
    total += group;
  });
  const pairs = choose2(total);
  const [untiedX, untiedY] = [pairs - tiedPairs(x, weights), pairs - tiedPairs(y, weights)];
  return untiedX === 0 || untiedY === 0 ? NaN : difference / Math.sqrt(untiedX * untiedY);
}

const choose2 = (count: number): number => (count * (count - 1)) / 2;

function tiedPairs(variable: RankVariable, weights: Weights | undefined): number {
  let pairs = 0;
  eachTie(variable, (from, to) => {
    let group = 0;
    for (let position = from; position < to; position++) group += weights ? weights[variable.order[position]] : 1;
    pairs += choose2(group);
  });
  return pairs;
}

/** Runs of equal values as positions [from, to) in the order. */
function eachTie({ order, dense }: RankVariable, use: (from: number, to: number) => void): void {
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && dense[order[to]] === dense[order[from]]) to++;
    use(from, to);
    from = to;
  }
}

/** Ranks from 1 on; equal values share the mean of theirs (Spearman's convention). Items of weight 0 get any number. */
export function averageRanks(variable: RankVariable, weights?: Weights): Float64Array {
  const ranks = new Float64Array(variable.order.length);
  let before = 0;
  eachTie(variable, (from, to) => {
    let group = 0;
    for (let position = from; position < to; position++) group += weights ? weights[variable.order[position]] : 1;
    for (let position = from; position < to; position++) ranks[variable.order[position]] = before + (group + 1) / 2;
    before += group;
  });
  return ranks;
}

/** Spearman's rho: Pearson's correlation of average ranks, so right with ties too. NaN when one variable is constant. */
export function spearmanRho(x: RankVariable, y: RankVariable, weights?: Weights): number {
  return pearson(averageRanks(x, weights), averageRanks(y, weights), weights);
}

/** Pearson's correlation; NaN when one variable is constant. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>, weights?: Weights): number {
  let [total, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const weight = weights ? weights[i] : 1;
    if (weight === 0) continue;
    total += weight;
    sumX += weight * x[i];
    sumY += weight * y[i];
  }
  const [meanX, meanY] = [sumX / total, sumY / total];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const weight = weights ? weights[i] : 1;
    if (weight === 0) continue;
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xx += weight * dx * dx;
    yy += weight * dy * dy;
    xy += weight * dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx) / Math.sqrt(yy) : NaN;
}

/**
 * Correlation of x and y at fixed z from the three correlations: (xy - xz yz) / sqrt((1 - xz^2)(1 - yz^2)) (Yule 1907); of
 * Spearman's or Kendall's coefficients it is the partial rank correlation. NaN when z determines x or y.
 */
export function partialCorrelation(xy: number, xz: number, yz: number): number {
  const rest = (1 - xz * xz) * (1 - yz * yz);
  return rest > 1e-12 ? (xy - xz * yz) / Math.sqrt(rest) : NaN;
}

/**
 * Visits items by descending value, equal ones by ascending index, at most `most` copies in all; `use` gets the item and
 * how many of its copies are within.
 */
export function eachFromTop(
  { order, dense }: RankVariable,
  most: number,
  weights: Weights | undefined,
  use: (item: number, copies: number) => void,
): void {
  let left = most;
  for (let end = order.length; end > 0 && left > 0;) {
    let from = end - 1;
    while (from > 0 && dense[order[from - 1]] === dense[order[end - 1]]) from--;
    for (let position = from; position < end && left > 0; position++) {
      const copies = Math.min(left, weights ? weights[order[position]] : 1);
      if (copies > 0) use(order[position], copies);
      left -= copies;
    }
    end = from;
  }
}

/** Items, or copies when weights are given. */
export function countOf(variable: RankVariable, weights?: Weights): number {
  if (weights === undefined) return variable.order.length;
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i];
  return total;
}

/**
 * nDCG over the first `top` by score: sum_j (2^a_j - 1) / log2(1 + j) over positions j = 1..top, a_j the accuracy in percent
 * of the item in position j, divided by the same for the order by accuracy. Between 0 and 1. The definition of VKDNW
 * (arXiv 2502.04975, section on evaluation) with its P = 1000; the base 2 in percent makes 1 % of accuracy a factor of 2.
 */
export function ndcg(score: RankVariable, accuracy: RankVariable, top = 1000, weights?: Weights): number {
  const gained = (by: RankVariable): number => {
    let [sum, position] = [0, 0];
    eachFromTop(by, top, weights, (item, copies) => {
      const gain = 2 ** accuracy.values[item] - 1;
      for (let copy = 0; copy < copies; copy++) sum += gain / Math.log2(++position + 1);
    });
    return sum;
  };
  return gained(score) / gained(accuracy);
}

/** Share of the best `share` by score that are among the best `share` by accuracy. */
export function topPrecision(score: RankVariable, accuracy: RankVariable, share = 0.1, weights?: Weights): number {
  const count = Math.max(1, Math.round(share * countOf(score, weights)));
  const best = topWeights(accuracy, count, weights);
  let found = 0;
  eachFromTop(score, count, weights, (item, copies) => (found += Math.min(copies, best[item])));
  return found / count;
}

/** Weights of the `count` items of largest value alone. */
export function topWeights(variable: RankVariable, count: number, weights?: Weights): Float64Array {
  const kept = new Float64Array(variable.order.length);
  eachFromTop(variable, count, weights, (item, copies) => (kept[item] = copies));
  return kept;
}

/** Accuracy lost by taking the best of the first k by score instead of the best of all; in the unit of accuracy. */
export function regretAt(score: RankVariable, accuracy: RankVariable, k: number, weights?: Weights): number {
  let [best, found] = [-Infinity, -Infinity];
  eachFromTop(accuracy, 1, weights, (item) => (best = accuracy.values[item]));
  eachFromTop(score, k, weights, (item) => (found = Math.max(found, accuracy.values[item])));
  return best - found;
}
