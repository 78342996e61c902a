import type { SearchSpace } from "../spaces/search-space.js";
import { checkInteger } from "./options.js";
import { Sampler } from "./sampler.js";
import type { Strategy, StrategyContext, StrategyRun } from "./strategy.js";
import { compareEvaluated, isRanked } from "./top.js";
import type { Evaluated } from "./types.js";

export interface LocalOptions {
  /** Random members tried at every restart, of which the best is where the climb starts; 8 by default. */
  readonly starts?: number;
}

/**
 * Best-improvement local search with random restarts: all neighbours of the current member are evaluated (those
 * evaluated before are remembered, not evaluated again), the best of them becomes the current one if it is better, in
 * the order of results (score, fewer skips, lexicographic); otherwise the search restarts from new random members.
 *
 * @throws AppError "usage" for `starts` below 1.
 */
export function local({ starts = 8 }: LocalOptions = {}): Strategy {
  checkInteger("local: starts", starts);
  return { name: "local", start: (context) => new LocalSearch(context, starts) };
}

class LocalSearch implements StrategyRun {
  readonly #space: SearchSpace;
  readonly #sampler: Sampler;
  readonly #compare: (a: Evaluated, b: Evaluated) => number;
  readonly #starts: number;
  readonly #seen = new Set<string>();
  readonly #known = new Map<string, Evaluated>();
  #current: Evaluated | undefined;
  /** Members that decide the next step: the neighbours of the current one, or the starts. */
  #candidates: readonly string[] = [];
  #pending: readonly string[] = [];

  constructor({ space, rng, better }: StrategyContext, starts: number) {
    this.#space = space;
    this.#sampler = new Sampler(space, rng.fork("local"));
    this.#compare = compareEvaluated(better);
    this.#starts = starts;
  }

  next(count: number): readonly string[] {
    while (this.#pending.length === 0) {
      if (!this.#step()) return [];
    }
    const batch = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    return batch;
  }

  tell(items: readonly Evaluated[]): void {
    for (const item of items) if (isRanked(item)) this.#known.set(item.genotype, item);
  }

  /** Moves to the best candidate if it is better, else restarts; false when the space is used up. */
  #step(): boolean {
    const best = this.#bestCandidate();
    if (best !== undefined && (this.#current === undefined || this.#compare(best, this.#current) < 0)) {
      this.#current = best;
      this.#candidates = this.#space.neighbours(best.genotype);
      this.#pending = this.#candidates.filter((genotype) => !this.#seen.has(genotype));
      for (const genotype of this.#pending) this.#seen.add(genotype);
      return true;
    }
    this.#current = undefined;
    this.#candidates = this.#pending = this.#sampler.drawUnseen(this.#starts, this.#seen);
    return this.#pending.length > 0;
  }

  #bestCandidate(): Evaluated | undefined {
    let best: Evaluated | undefined;
    for (const genotype of this.#candidates) {
      const item = this.#known.get(genotype);
      if (item !== undefined && (best === undefined || this.#compare(item, best) < 0)) best = item;
    }
    return best;
  }
}
