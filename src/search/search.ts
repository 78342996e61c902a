import { AppError } from "../errors.js";
import type { Rng } from "../rng.js";
import type { SearchSpace } from "../spaces/search-space.js";
import { checkInteger, isAborted, stoppedBy, unlessAborted } from "./options.js";
import type { Strategy } from "./strategy.js";
import { TopK, type Better } from "./top.js";
import type { Evaluate, Evaluated, SearchEvent, SearchProgress, SearchResult } from "./types.js";

export interface SearchOptions {
  /** Evaluations at most; without it the search goes on until the strategy has nothing more to do. */
  readonly budget?: number;
  /** How many of the best are kept. */
  readonly top: number;
  readonly better: Better;
  readonly rng: Rng;
  /** Ends the search; what was found so far is in the result. A budget of seconds is `AbortSignal.timeout`. */
  readonly signal?: AbortSignal;
  /** Genotypes given to `evaluate` at a time, 32 by default. Fixed, so that threads do not change the result. */
  readonly batchSize?: number;
}

/**
 * Searches a space with a strategy and yields an `evaluated` event per batch, at last one `done` with the result.
 * The same space, strategy, options, random key and scores give the same events, whatever runs behind `evaluate`.
 *
 * Failed items and NaN scores are counted but never among the best. `exactTopK` is true when every member of the space
 * was evaluated and none failed. A batch that the signal interrupts is lost unless `evaluate` still returns it
 * (in full, or the items that were finished).
 *
 * @throws AppError "usage" for bad options, "limit" or others of the strategy, "internal" when `evaluate` returns other
 * genotypes than asked; errors of `evaluate` pass through.
 * @example for await (const event of search(space, evaluate, random(), { budget: 500, top: 10, better: "higher", rng })) ...
 */
export async function* search<T extends Evaluated>(
  space: SearchSpace,
  evaluate: Evaluate<T>,
  strategy: Strategy,
  options: SearchOptions,
): AsyncGenerator<SearchEvent<T>, void, undefined> {
  const { budget, top, better, rng, signal, batchSize = 32 } = options;
  checkInteger("top", top);
  checkInteger("batchSize", batchSize);
  if (budget !== undefined) checkInteger("budget", budget);

  const best = new TopK<T>(top, better);
  const total = budget !== undefined && BigInt(budget) < space.size ? BigInt(budget) : space.size;
  let evaluated = 0;
  let failed = 0;
  const progress = (): SearchProgress => ({ evaluated, skippedByBound: 0, total });
  const usedUp = (): boolean => BigInt(evaluated) === space.size;

  const run = strategy.start({ space, rng, better });
  let stopped: SearchResult<T>["stopped"] = "complete";
  while (!usedUp()) {
    if (isAborted(signal)) {
      stopped = stoppedBy(signal);
      break;
    }
    const room = budget === undefined ? batchSize : Math.min(batchSize, budget - evaluated);
    if (room === 0) {
      stopped = "budget";
      break;
    }
    const genotypes = run.next(room);
    if (genotypes.length === 0) break;
    const items = await unlessAborted(() => evaluate(genotypes, signal), signal);
    if (items === undefined) continue;
    checkItems(genotypes, items, isAborted(signal));
    run.tell(items);
    for (const item of items) {
      best.add(item);
      if (item.failure !== undefined) failed++;
    }
    evaluated += items.length;
    yield { type: "evaluated", items, progress: progress() };
  }
  const exactTopK = usedUp() && failed === 0;
  yield { type: "done", result: { top: best.items, evaluated, skippedByBound: 0, exactTopK, stopped } };
}

/** Items come in the order asked, one each; after an abort some may be missing. */
function checkItems(genotypes: readonly string[], items: readonly Evaluated[], aborted: boolean): void {
  let position = 0;
  for (const item of items) {
    const found = genotypes.indexOf(item.genotype, position);
    if (found === -1 || (!aborted && found !== position)) {
      throw new AppError(
        "internal",
        `evaluate: expected "${genotypes[position] ?? "nothing more"}", got "${item.genotype}"`,
      );
    }
    position = found + 1;
  }
  if (!aborted && items.length !== genotypes.length) {
    throw new AppError("internal", `evaluate: expected ${genotypes.length} items, got ${items.length}`);
  }
}
