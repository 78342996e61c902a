import { AppError, nearestName } from "../errors.js";
import { evolution } from "./evolution.js";
import { exhaustive } from "./exhaustive.js";
import { local } from "./local.js";
import { random } from "./random.js";
import type { Strategy } from "./strategy.js";

/** One strategy as a help text lists it. */
export interface StrategyFamily {
  readonly name: string;
  readonly description: string;
  /** With its default settings. */
  make(): Strategy;
}

/** Every strategy by name; a new one needs its file and its row here. */
export const strategies: readonly StrategyFamily[] = [
  { name: "exhaustive", description: "the whole space, in order; the top-k is exact", make: () => exhaustive() },
  { name: "random", description: "a uniform sample without replacement", make: () => random() },
  { name: "evolution", description: "regularised evolution: tournament, mutation, ageing", make: () => evolution() },
  { name: "local", description: "best-improvement local search with random restarts", make: () => local() },
];

/** The strategy with this name and default settings. @throws AppError "usage" for an unknown one, with the nearest. */
export function strategyByName(name: string): Strategy {
  const family = strategies.find((candidate) => candidate.name === name);
  if (family !== undefined) return family.make();
  const names = strategies.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new AppError("usage", `unknown strategy "${name}": expected ${names.join(", ")}`, {
    ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
    details: { name, known: names },
  });
}
