import type { Rng } from "../rng.js";
import type { SearchSpace } from "../spaces/search-space.js";
import { checkInteger } from "./options.js";
import { Sampler } from "./sampler.js";
import type { Strategy, StrategyContext, StrategyRun } from "./strategy.js";
import { compareEvaluated, isRanked } from "./top.js";
import type { Evaluated } from "./types.js";

export interface EvolutionOptions {
  /** Members alive at a time; 50 by default. */
  readonly population?: number;
  /** Members that compete to be a parent; 10 by default. */
  readonly tournament?: number;
}

/**
 * Regularised evolution (Real et al., "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019): a
 * random population; then again and again the best of a random tournament has a child, one mutation (a random
 * neighbour) away, and the oldest member dies, however good it is.
 *
 * No genotype is evaluated twice: a mutation is drawn among the neighbours not evaluated yet; a parent without any is
 * passed over, and when a whole tournament has none a random new member comes in. All children of a batch have their
 * parents in the population before it. Failed members are never parents.
 *
 * @throws AppError "usage" for a population or tournament below 1.
 */
export function evolution({ population = 50, tournament = 10 }: EvolutionOptions = {}): Strategy {
  checkInteger("evolution: population", population);
  checkInteger("evolution: tournament", tournament);
  return { name: "evolution", start: (context) => new Evolution(context, population, tournament) };
}

class Evolution implements StrategyRun {
  readonly #space: SearchSpace;
  readonly #rng: Rng;
  readonly #sampler: Sampler;
  readonly #compare: (a: Evaluated, b: Evaluated) => number;
  readonly #populationSize: number;
  readonly #tournamentSize: number;
  readonly #seen = new Set<string>();
  #population: Evaluated[] = [];

  constructor({ space, rng, better }: StrategyContext, population: number, tournament: number) {
    this.#space = space;
    this.#rng = rng.fork("evolution");
    this.#sampler = new Sampler(space, rng.fork("evolution/newcomers"));
    this.#compare = compareEvaluated(better);
    this.#populationSize = population;
    this.#tournamentSize = tournament;
  }

  next(count: number): readonly string[] {
    const missing = this.#populationSize - this.#seen.size;
    if (missing > 0) return this.#sampler.drawUnseen(Math.min(count, missing), this.#seen);
    const batch: string[] = [];
    while (batch.length < count) {
      const child = this.#child() ?? this.#sampler.drawUnseen(1, this.#seen).at(0);
      if (child === undefined) break;
      batch.push(child);
    }
    return batch;
  }

  tell(items: readonly Evaluated[]): void {
    this.#population.push(...items.filter(isRanked));
    this.#population = this.#population.slice(-this.#populationSize);
  }

  #child(): string | undefined {
    for (const parent of this.#tournament()) {
      const unseen = this.#space.neighbours(parent.genotype).filter((genotype) => !this.#seen.has(genotype));
      if (unseen.length === 0) continue;
      const child = this.#rng.pick(unseen);
      this.#seen.add(child);
      return child;
    }
    return undefined;
  }

  /** Distinct random members, best first. */
  #tournament(): Evaluated[] {
    const candidates = [...this.#population];
    const size = Math.min(this.#tournamentSize, candidates.length);
    return this.#rng.drawToFront(candidates, size).slice(0, size).sort(this.#compare);
  }
}
