import { AppError } from "../errors.js";
import type { SymmetricSolver } from "../spectrum/solver.js";
import type { Assumption } from "./bound.js";

/** Quantities of docs/theory.md 3.6 for one vector of labels y in {-1, 1}^n. */
export interface Generalization {
  /** y' K^-1 y, the squared RKHS norm of the interpolant. */
  readonly complexity: number;
  /** sqrt(y' K^-1 y / n). */
  readonly gamma1: number;
  /** 1/sqrt(lambda_min) >= gamma1. */
  readonly gamma2: number;
  /** 2 sqrt(y'K^-1 y (tr K/n)/n): the Rademacher complexity of the ball that holds the interpolant. */
  readonly complexityTerm: number;
  /** 3 sqrt(log(2/delta)/(2n)). */
  readonly confidenceTerm: number;
  /** With probability at least 1 - delta, P[y f(x) <= 0] is at most this: the sum of both terms. */
  readonly errorBound: number;
  /** The bound with n/lambda_min in place of y'K^-1 y: 2 sqrt((tr K/n)/lambda_min) plus the confidence term. */
  readonly errorBoundByLambdaMin: number;
  readonly probability: number;
  /** Above 1: says nothing about an error rate. */
  readonly vacuous: boolean;
  readonly statement: string;
  readonly assumptions: readonly Assumption[];
}

/** Numbers that the bound is made of. */
export interface GeneralizationInput {
  readonly n: number;
  /** y' K^-1 y. */
  readonly complexity: number;
  readonly trace: number;
  readonly lambdaMin: number;
  /** Probability with which the bound may fail, in (0, 1). */
  readonly delta?: number;
  /** All labels are +1 or -1. */
  readonly signs: boolean;
}

/**
 * RKHS (Rademacher) bound of the kernel interpolant with its constants (docs/theory.md 3.6).
 * @throws AppError "usage" for delta outside (0, 1), "numeric" when the kernel is singular
 */
export function generalization({
  n,
  complexity,
  trace,
  lambdaMin,
  delta = 0.05,
  signs,
}: GeneralizationInput): Generalization {
  if (!(delta > 0 && delta < 1))
    throw new AppError("usage", `delta: expected a number between 0 and 1, came ${String(delta)}`);
  if (!(lambdaMin > 0 && Number.isFinite(complexity))) {
    throw new AppError(
      "numeric",
      `Generalization: expected a positive definite kernel, lambda_min is ${String(lambdaMin)}`,
      {
        hint: "Remove duplicate or antipodal inputs, or choose another first activation.",
      },
    );
  }
  const meanDiagonal = trace / n;
  const complexityTerm = 2 * Math.sqrt((complexity * meanDiagonal) / n);
  const confidenceTerm = 3 * Math.sqrt(Math.log(2 / delta) / (2 * n));
  const errorBound = complexityTerm + confidenceTerm;
  const vacuous = errorBound > 1;
  const percent = Number((100 * (1 - delta)).toPrecision(6));
  return {
    complexity,
    gamma1: Math.sqrt(complexity / n),
    gamma2: 1 / Math.sqrt(lambdaMin),
    complexityTerm,
    confidenceTerm,
    errorBound,
    errorBoundByLambdaMin: 2 * Math.sqrt(meanDiagonal / lambdaMin) + confidenceTerm,
    probability: 1 - delta,
    vacuous,
    statement: vacuous
      ? `The bound on the error is ${errorBound.toPrecision(3)}: vacuous (above 1), it says nothing at n = ${String(n)}.`
      : `With probability ${String(percent)} % the error on new data is at most ${errorBound.toPrecision(3)}.`,
    assumptions: [
      { text: "labels are +1 or -1", holds: signs },
      { text: "inputs and labels are independent draws from one distribution", holds: null },
      { text: "the ball's radius is fixed before the draw (a union over radii adds a log-log term)", holds: null },
    ],
  };
}

/**
 * The same from a solver whose matrix is the kernel, for labels y.
 * @throws AppError "numeric" when the kernel is singular to float64, "data" for labels of another length
 */
export function generalizationOf(solver: SymmetricSolver, y: Float64Array, delta = 0.05): Generalization {
  const { n } = solver;
  if (y.length !== n) throw new AppError("data", `Labels: expected ${String(n)}, came ${String(y.length)}`);
  const trace = solver.trace();
  const least = solver.least();
  const factor = least.rankDeficient ? undefined : solver.factor(0);
  const solution = factor?.solve(y);
  const complexity = solution === undefined ? Infinity : y.reduce((sum, label, i) => sum + label * solution[i], 0);
  const signs = y.every((label) => Math.abs(label) === 1);
  return generalization({ n, complexity, trace, lambdaMin: least.rankDeficient ? 0 : least.value, delta, signs });
}
