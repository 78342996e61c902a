/** E[sigma], E[sigma^2], E[sigma'], E[sigma'^2] at sqrt(q) z, z ~ N(0,1) (docs/theory.md 4: M, S, d1, d2). */
export interface Moments {
  /** M = E sigma(sqrt(q) z). */
  readonly mean: number;
  /** S = E sigma(sqrt(q) z)^2. */
  readonly second: number;
  /** d1 = E sigma'(sqrt(q) z). */
  readonly derivativeMean: number;
  /** d2 = E sigma'(sqrt(q) z)^2. */
  readonly derivativeSecond: number;
}

/** E[sigma(u) sigma(v)] and E[sigma'(u) sigma'(v)] for (u, v) ~ N(0, [[a, k], [k, b]]). */
export interface DualPair {
  readonly value: number;
  readonly derivative: number;
}

/** An activation function with everything that kernels and bounds need of it, declared together. */
export interface Activation {
  /** Canonical name, parameters included: `relu`, `leaky_relu(0.2)`. */
  readonly name: string;
  /** Name without parameters. */
  readonly family: string;
  readonly parameters: readonly number[];
  /** Where sigma or its derivative is not smooth; quadrature splits there. */
  readonly kinks: readonly number[];
  /** sup |sigma'|. */
  readonly lipschitz: number;
  /** sigma(s x) = s sigma(x) for every s > 0: duals then scale with the variance. */
  readonly homogeneous: boolean;
  value(x: number): number;
  derivative(x: number): number;
  /** For any variance q >= 0. */
  moments(q: number): Moments;
  /** For any positive semidefinite covariance [[a, k], [k, b]]; k is clamped to |k| <= sqrt(a b). */
  dual(a: number, b: number, k: number): DualPair;
  /**
   * Duals of equal variances q at many angles: for each theta_j (correlation cos theta_j) writes E[sigma sigma] to
   * `value[j]` and E[sigma' sigma'] to `derivative[j]`. The fast path of searches; as accurate as `dual`.
   */
  dualsAtAngles(q: number, theta: Float64Array, value: Float64Array, derivative: Float64Array): void;
  /** Normalised Hermite coefficients mu_r = E[sigma(sqrt(q) z) He_r(z)] / sqrt(r!), r = 0..order. */
  hermite(q: number, order: number): Float64Array;
}
