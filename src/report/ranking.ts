import type { BaselinePoint, Run, RunRow } from "../store/types.js";

/** The run's rows, best first by the run's score, failures last; ties by fewer skips, then lexicographically. */
export function rankedRows(run: Run): RunRow[] {
  const direction = run.protocol.score.better === "higher" ? -1 : 1;
  return [...run.rows].sort((a, b) => {
    if (a.score === null || b.score === null) return Number(a.score === null) - Number(b.score === null);
    return (
      direction * (a.score - b.score) || skipsOf(a.genotype) - skipsOf(b.genotype) || byText(a.genotype, b.genotype)
    );
  });
}

/** What a report says first: the best network and its numbers; null when nothing was scored. */
export interface Best {
  readonly genotype: string;
  readonly depth: number | null;
  readonly lambdaMin: number | null;
  readonly lambdaMinNormalized: number | null;
  readonly LB: number | null;
  readonly UBpair: number | null;
}

/** The best network of a run: from its artifacts when there are any, from its rows otherwise. */
export function bestOf(run: Run): Best | null {
  const top = run.artifacts?.top.at(0);
  if (top !== undefined) return { ...top, LB: top.bounds.LB, UBpair: top.bounds.UBpair };
  const row = rankedRows(run).at(0);
  return row === undefined || row.score === null ? null : { ...row, depth: null };
}

/** Plain networks at the depth that is nearest to `depth`. */
export function plainAt(baselines: readonly BaselinePoint[], depth: number | null): BaselinePoint[] {
  const depths = baselines.map((point) => point.depth);
  const wanted = depth ?? Math.max(...depths);
  const nearest = depths.reduce((a, b) => (Math.abs(b - wanted) < Math.abs(a - wanted) ? b : a), depths[0] ?? wanted);
  return baselines.filter((point) => point.depth === nearest);
}

const skipsOf = (genotype: string): number => genotype.split("+").length - 1;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
