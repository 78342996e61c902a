import type { DualPair, Moments } from "./activation.js";
import { leastLargeVariance, type LocalizedFunction } from "./localized.js";

/** Duals and moments of one activation at large variances, at a cost that does not grow with them. */
export interface LargeVariance {
  /** For equal variances and moments: from here on. */
  readonly least: number;
  moments(q: number): Moments;
  /** Deviations sqrt(a), sqrt(b), correlation cos(theta); undefined near the diagonal of unequal variances. */
  dual(rootA: number, rootB: number, theta: number): DualPair | undefined;
}

/** sigma and sigma' both their limits but for a neighbourhood of 0. Not finite variances give NaN. */
export function largeVariance(value: LocalizedFunction, derivative: LocalizedFunction): LargeVariance {
  return {
    least: leastLargeVariance,
    moments(q) {
      const root = Math.sqrt(q);
      return {
        mean: value.mean(root),
        second: value.second(root),
        derivativeMean: derivative.mean(root),
        derivativeSecond: derivative.second(root),
      };
    },
    dual(rootA, rootB, theta) {
      if (!Number.isFinite(rootA + rootB + theta)) return { value: NaN, derivative: NaN };
      const f = value.dual(rootA, rootB, theta);
      const d = derivative.dual(rootA, rootB, theta);
      return f === undefined || d === undefined ? undefined : { value: f, derivative: d };
    },
  };
}
