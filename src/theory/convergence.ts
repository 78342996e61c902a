import { AppError } from "../errors.js";

/** Training speed of the linearised network on the squared loss, kernel frozen (docs/theory.md 3.6). */
export interface Convergence {
  /** ||f_t - y||^2 <= exp(-rate t) ||f_0 - y||^2 under gradient flow: 2 lambda_min. */
  readonly rate: number;
  /** Gradient descent converges for steps below this: 2 / lambda_max. */
  readonly largestStableStep: number;
  /** Step with the best guaranteed contraction: 2 / (lambda_min + lambda_max). */
  readonly bestStep: number;
  /** Guaranteed factor of ||f - y|| per step at `bestStep`: (kappa - 1)/(kappa + 1). */
  readonly bestContraction: number;
}

/** Rates from the extreme eigenvalues. @throws AppError "numeric" unless 0 <= lambdaMin <= lambdaMax, lambdaMax > 0 */
export function convergence(lambdaMin: number, lambdaMax: number): Convergence {
  if (!(lambdaMin >= 0 && lambdaMax >= lambdaMin && lambdaMax > 0 && lambdaMax < Infinity)) {
    throw new AppError(
      "numeric",
      `Convergence rate: expected 0 <= lambda_min <= lambda_max, came ${String(lambdaMin)} and ${String(lambdaMax)}`,
    );
  }
  const bestStep = 2 / (lambdaMin + lambdaMax);
  return {
    rate: 2 * lambdaMin,
    largestStableStep: 2 / lambdaMax,
    bestStep,
    bestContraction: (lambdaMax - lambdaMin) / (lambdaMax + lambdaMin),
  };
}

/** Time of gradient flow until ||f - y||^2 has fallen by `factor` (below 1): log(1/factor)/(2 lambda_min); Infinity if singular. */
export function flowTime(lambdaMin: number, factor: number): number {
  return factor >= 1 ? 0 : -Math.log(factor) / (2 * lambdaMin);
}

/** Factor of ||f - y|| per gradient descent step: max(|1 - step lambda_min|, |1 - step lambda_max|); at least 1: no guarantee. */
export function descentContraction(lambdaMin: number, lambdaMax: number, step: number): number {
  return Math.max(Math.abs(1 - step * lambdaMin), Math.abs(1 - step * lambdaMax));
}

/** Steps of gradient descent until ||f - y||^2 has surely fallen by `factor`; Infinity when nothing is guaranteed. */
export function descentSteps(lambdaMin: number, lambdaMax: number, step: number, factor: number): number {
  if (factor >= 1) return 0;
  const contraction = descentContraction(lambdaMin, lambdaMax, step);
  if (contraction >= 1) return Infinity;
  return contraction === 0 ? 1 : Math.ceil(Math.log(factor) / (2 * Math.log(contraction)));
}
