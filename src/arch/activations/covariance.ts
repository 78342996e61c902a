/** A 2x2 covariance [[a, k], [k, b]] as scale sqrt(a b) and correlation, with the angle in a form free of cancellation. */
export interface CorrelationParts {
  /** sqrt(a b). */
  readonly scale: number;
  /** k / sqrt(a b), clamped to [-1, 1]; exactly 1 or -1 where |k| reaches sqrt(a b) (to rounding, when a != b). 0 when a variance is 0. */
  readonly rho: number;
  /** sqrt(1 - rho^2). */
  readonly sine: number;
  /** acos rho. */
  readonly theta: number;
}

/** Splits a covariance; negative variances (rounding) count as 0. */
export function correlationParts(a: number, b: number, k: number): CorrelationParts {
  const scale = a === b ? Math.max(a, 0) : Math.sqrt(Math.max(a, 0)) * Math.sqrt(Math.max(b, 0));
  if (scale === 0) return { scale, rho: 0, sine: 1, theta: Math.PI / 2 };
  // sqrt(a) sqrt(b) is right to an ulp or two: of unequal variances nothing nearer to full correlation can be told apart
  const full = a === b ? scale : scale * (1 - 3 * Number.EPSILON);
  if (k >= full) return { scale, rho: 1, sine: 0, theta: 0 };
  if (k <= -full) return { scale, rho: -1, sine: 0, theta: Math.PI };
  const rho = k / scale;
  const sine = Math.sqrt(((scale - k) / scale) * ((scale + k) / scale));
  return { scale, rho, sine, theta: Math.atan2(sine, rho) };
}
