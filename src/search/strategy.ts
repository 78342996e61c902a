import type { Rng } from "../rng.js";
import type { SearchSpace } from "../spaces/search-space.js";
import type { Better } from "./top.js";
import type { Evaluated } from "./types.js";

/** What a strategy works with. */
export interface StrategyContext {
  readonly space: SearchSpace;
  readonly rng: Rng;
  readonly better: Better;
}

/** A way to search: says which genotypes to evaluate next, and is told what came of them. */
export interface Strategy {
  readonly name: string;
  /** @throws AppError "limit" when the space is too large for this strategy, "usage" for bad settings. */
  start(context: StrategyContext): StrategyRun;
}

/** One search under way. `next` and `tell` are called in turn. */
export interface StrategyRun {
  /** At most `count` genotypes of the space, none of them ever given before; empty when there is nothing more to do. */
  next(count: number): readonly string[];
  /** The items of the last `next`, in its order. */
  tell(items: readonly Evaluated[]): void;
}
