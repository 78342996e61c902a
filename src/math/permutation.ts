/** What shuffles values: a generator of src/rng.ts. */
export interface Shuffler {
  shuffle<T>(items: T[]): T[];
}

import { kendallTau, rankVariable, spearmanRho } from "./rank.js";

/** A statistic with the share of permutations that are at least as far from 0, the observed one counted in. */
export interface PermutationTest {
  readonly value: number;
  /** Two-sided. */
  readonly p: number;
}

export const defaultPermutations = 9999;

/** p = (1 + #{|t_perm| >= |t|}) / (1 + count); NaN for a statistic that is none. */
export function permuted(value: number, count: number, next: () => number): PermutationTest {
  if (Number.isNaN(value)) return { value, p: NaN };
  let as = 1;
  for (let k = 0; k < count; k++) if (Math.abs(next()) >= Math.abs(value) - 1e-12) as++;
  return { value, p: as / (count + 1) };
}

/**
 * Rank correlations of paired values, with permutation tests that there is none (Spearman's rho and Kendall's tau-b; values of y
 * are shuffled). NaN for fewer than three pairs or a constant variable.
 */
export function rankCorrelationTests(
  x: readonly number[],
  y: readonly number[],
  rng: Shuffler,
  count = defaultPermutations,
): { readonly rho: PermutationTest; readonly tau: PermutationTest } {
  const none = { value: NaN, p: NaN };
  if (x.length < 3) return { rho: none, tau: none };
  const first = rankVariable(x);
  const shuffled = [...y];
  const test = (statistic: typeof spearmanRho): PermutationTest =>
    permuted(statistic(first, rankVariable(y)), count, () => statistic(first, rankVariable(rng.shuffle(shuffled))));
  return { rho: test(spearmanRho), tau: test(kendallTau) };
}

/** Difference of the means of two groups, mean(a) - mean(b), with the permutation test that they are alike. */
export function meanDifferenceTest(
  a: readonly number[],
  b: readonly number[],
  rng: Shuffler,
  count = defaultPermutations,
): PermutationTest {
  if (a.length === 0 || b.length === 0) return { value: NaN, p: NaN };
  const all = [...a, ...b];
  const total = all.reduce((sum, value) => sum + value, 0);
  const difference = (): number => {
    let first = 0;
    for (let i = 0; i < a.length; i++) first += all[i];
    return first / a.length - (total - first) / b.length;
  };
  return permuted(difference(), count, () => {
    rng.shuffle(all);
    return difference();
  });
}
