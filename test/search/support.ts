import { rng } from "../../src/rng.js";
import { fcnSpace } from "../../src/spaces/fcn.js";
import type { LayeredSpace } from "../../src/spaces/layered.js";
import type { Better } from "../../src/search/top.js";
import type { Evaluate, Evaluated, SearchEvent, SearchResult } from "../../src/search/types.js";

export type Score = (genotype: string) => number;

/** A space of 2 + 8 + 32 + 128 = 170 members. */
export const smallSpace = (): LayeredSpace => fcnSpace({ depth: [2, 5], activations: ["relu", "tanh"] });

/** A reproducible score without structure: a fresh generator per genotype, rounded so that ties occur. */
export const noise =
  (seed: number, levels = 1000): Score =>
  (genotype) =>
    rng(seed, genotype).integer(levels);

export const evaluator =
  (score: Score, calls: string[][] = []): Evaluate<Evaluated> =>
  (genotypes) => {
    calls.push([...genotypes]);
    return Promise.resolve(genotypes.map((genotype) => ({ genotype, score: score(genotype) })));
  };

export interface Collected {
  readonly items: readonly Evaluated[];
  readonly events: readonly SearchEvent<Evaluated>[];
  readonly result: SearchResult<Evaluated>;
}

/** Runs a search to its end; `onEvent` may abort it. */
export async function collect(
  events: AsyncIterable<SearchEvent<Evaluated>>,
  onEvent: (event: SearchEvent<Evaluated>) => void = () => undefined,
): Promise<Collected> {
  const seen: SearchEvent<Evaluated>[] = [];
  for await (const event of events) {
    seen.push(event);
    onEvent(event);
  }
  const last = seen.at(-1);
  if (last?.type !== "done") throw new Error("the last event is not `done`");
  const items = seen.flatMap((event) => (event.type === "evaluated" ? event.items : []));
  return { items, events: seen, result: last.result };
}

/** The top-k by sorting everything, written without the code under test's comparison. */
export function sortedTop(genotypes: Iterable<string>, score: Score, k: number, better: Better = "higher"): string[] {
  const direction = better === "higher" ? -1 : 1;
  const rows = [...genotypes].map((genotype) => ({
    genotype,
    score: score(genotype),
    skips: genotype.split("+").length - 1,
  }));
  rows.sort((a, b) => {
    if (a.score !== b.score) return a.score < b.score ? -direction : direction;
    if (a.skips !== b.skips) return a.skips - b.skips;
    return a.genotype < b.genotype ? -1 : 1;
  });
  return rows.slice(0, k).map((row) => row.genotype);
}

export const genotypesOf = (items: readonly Evaluated[]): string[] => items.map((item) => item.genotype);
