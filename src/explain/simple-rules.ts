import { kendallTau, rankVariable } from "../math/rank.js";
import type { ScoredGenotype } from "./effects.js";
import { layersOf } from "./layers.js";

/** What the number of parameters says as a score. In a layered space it is a function of the depth. */
export interface ParameterRule {
  /** Kendall's tau-b between the number of parameters and the score, higher better; null when all have the same number. */
  readonly tau: number | null;
  /** Depth of the largest networks that were scored, how many there are, and their mean score. */
  readonly depth: number;
  readonly count: number;
  readonly mean: number;
}

/**
 * The rule "take the network with the most parameters", over the architectures that were scored; null when there are none.
 * All networks of one depth have the same parameters, so the rule is a random choice among the deepest.
 */
export function parameterRule(rows: readonly ScoredGenotype[], better: "higher" | "lower"): ParameterRule | null {
  const known = rows.flatMap(({ genotype, score }) => {
    const layers = score === null || !Number.isFinite(score) ? null : layersOf(genotype);
    return layers === null || score === null ? [] : [{ depth: layers.length + 1, score }];
  });
  if (known.length === 0) return null;
  const sign = better === "higher" ? 1 : -1;
  const depth = known.reduce((most, item) => Math.max(most, item.depth), 0);
  const deepest = known.filter((item) => item.depth === depth);
  const tau = kendallTau(
    rankVariable(known.map((item) => item.depth)),
    rankVariable(known.map((item) => sign * item.score)),
  );
  return {
    tau: Number.isFinite(tau) ? tau : null,
    depth,
    count: deepest.length,
    mean: deepest.reduce((sum, item) => sum + item.score, 0) / deepest.length,
  };
}
