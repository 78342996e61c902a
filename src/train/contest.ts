import { meanDifferenceTest, rankCorrelationTests, type PermutationTest } from "../math/permutation.js";
import type { Rng } from "../rng.js";

/** A network that is trained to check a score. */
export interface Contestant {
  readonly name: string;
  /** The best by score, a random choice, or a plain network for comparison. */
  readonly group: "top" | "random" | "plain";
  /** Larger is better; NaN when there is none. */
  readonly score: number;
}

/** What trainings under one budget gave: a figure for each seed, NaN for one that failed. Larger is better. */
export interface Contested extends Contestant {
  readonly figures: readonly number[];
}

/** Mean and standard error over seeds; a network that failed once has none. */
export interface Trained extends Contested {
  readonly mean: number;
  readonly standardError: number;
}

export interface Verdict {
  /** Best first; failed ones last. */
  readonly networks: readonly Trained[];
  /** Networks that have both a score and a figure. */
  readonly ranked: number;
  readonly rho: PermutationTest;
  readonly tau: PermutationTest;
  /** Mean figure of the best by score less that of the random choice. */
  readonly topAgainstRandom: PermutationTest;
  readonly means: Readonly<Record<Contestant["group"], number>>;
  /** Mean figure of the first by score, and its place among all by figure (1: the best). */
  readonly first?: { readonly mean: number; readonly place: number };
}

/** NaN of none; of equal values exactly that value. */
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + (value - values[0]), 0) / values.length + (values[0] ?? NaN);

/** Mean and its standard error s / sqrt(n) over seeds: exactly 0 when all are equal, NaN for one. */
export function overSeeds(values: readonly number[]): { readonly mean: number; readonly standardError: number } {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** Whether a score was right, by networks that were trained under one budget. Permutations are drawn from `rng`. */
export function judgeContest(results: readonly Contested[], rng: Rng): Verdict {
  const networks = results
    .map((item): Trained => ({ ...item, ...overSeeds(item.figures) }))
    .sort((a, b) => order(b.mean) - order(a.mean));
  const done = networks.filter(({ mean }) => !Number.isNaN(mean));
  const ranked = done.filter(({ score }) => !Number.isNaN(score));
  const of = (group: Contestant["group"]): number[] =>
    done.filter((item) => item.group === group).map(({ mean }) => mean);
  const firstName = results.find(({ group }) => group === "top")?.name;
  const place = done.findIndex(({ name }) => name === firstName);
  return {
    networks,
    ranked: ranked.length,
    ...rankCorrelationTests(
      ranked.map(({ score }) => score),
      ranked.map(({ mean }) => mean),
      rng.fork("correlation"),
    ),
    topAgainstRandom: meanDifferenceTest(of("top"), of("random"), rng.fork("difference")),
    means: { top: meanOf(of("top")), random: meanOf(of("random")), plain: meanOf(of("plain")) },
    ...(place >= 0 && { first: { mean: done[place].mean, place: place + 1 } }),
  };
}

const order = (value: number): number => (Number.isNaN(value) ? -Infinity : value);

/** One sentence: whether the score ranked better than chance, at p < 0.05. */
export function verdictText({ rho, ranked }: Verdict, score: string): string {
  if (Number.isNaN(rho.value)) return `Too few networks were trained to judge ${score}.`;
  if (rho.p >= 0.05)
    return `Not decided: among these ${ranked} networks the order by ${score} could be chance (p = ${rho.p.toPrecision(2)}).`;
  return rho.value > 0
    ? `The score was right: ${score} ranks these ${ranked} networks better than chance does (p = ${rho.p.toPrecision(2)}).`
    : `The score was wrong: by ${score} the better networks come later than by chance (p = ${rho.p.toPrecision(2)}).`;
}
