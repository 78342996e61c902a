import type { Rng } from "../rng.js";

/** An interval that holds the middle 95 % of the bootstrap's values. */
export type Interval = readonly [low: number, high: number];

/**
 * Percentile intervals of statistics under resampling whole clusters with replacement (Efron and Tibshirani 1993, chapters 8
 * and 13): `statistics` gets integer weights of the items and returns named numbers. Items of one cluster stand or fall
 * together, such as cells that are one function. NaN values are left out; an interval of nothing is [NaN, NaN].
 */
export function bootstrapIntervals<Name extends string>(
  clusters: ArrayLike<number>,
  repeats: number,
  rng: Rng,
  statistics: (weights: Int32Array) => Readonly<Record<Name, number>>,
): Record<Name, Interval> {
  const names = new Map<number, number>();
  const clusterOf = Int32Array.from(clusters, (label) => {
    const known = names.get(label);
    if (known !== undefined) return known;
    names.set(label, names.size);
    return names.size - 1;
  });
  const drawn = new Int32Array(names.size);
  const weights = new Int32Array(clusterOf.length);
  const found = new Map<Name, number[]>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    drawn.fill(0);
    for (let k = 0; k < drawn.length; k++) drawn[rng.integer(drawn.length)]++;
    for (let i = 0; i < weights.length; i++) weights[i] = drawn[clusterOf[i]];
    for (const [name, value] of Object.entries(statistics(weights)) as [Name, number][]) {
      const values = found.get(name) ?? [];
      found.set(name, values);
      if (!Number.isNaN(value)) values.push(value);
    }
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, middle(values)])) as Record<Name, Interval>;
}

function middle(values: number[]): Interval {
  values.sort((a, b) => a - b);
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

/** Quantile of ascending values, linear between neighbours (Hyndman and Fan, type 7); NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  return sorted[below] + (position - below) * (sorted[Math.ceil(position)] - sorted[below]);
}
