import { compositeRule } from "./quadrature.js";

/** A mean over independent draws with its uncertainty. */
export interface Estimate {
  readonly values: readonly number[];
  readonly mean: number;
  /** Standard error of the mean; NaN for one draw. */
  readonly standardError: number;
}

export function estimateOf(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { values, mean, standardError: n > 1 ? Math.sqrt(variance / n) : NaN };
}

/**
 * Probability that the true mean of `a` is above that of `b`, given the draws: Student's t distribution of the difference
 * with the degrees of freedom of Welch and Satterthwaite (flat priors). Needs two draws of each; 0.5 when nothing varies
 * and the means are equal.
 */
export function probabilityAbove(a: Estimate, b: Estimate): number {
  const [va, vb] = [a.standardError ** 2, b.standardError ** 2];
  const difference = a.mean - b.mean;
  if (!(va + vb > 0)) return difference > 0 ? 1 : difference < 0 ? 0 : 0.5;
  const freedom = (va + vb) ** 2 / (va ** 2 / (a.values.length - 1) + vb ** 2 / (b.values.length - 1));
  return studentCdf(difference / Math.sqrt(va + vb), freedom);
}

/**
 * Probability that the true mean is above 0, given the draws: Student's t distribution (flat priors). Needs two draws; 0.5 when
 * all are 0.
 */
export function probabilityPositive({ values, mean, standardError }: Estimate): number {
  if (!(standardError > 0)) return mean > 0 ? 1 : mean < 0 ? 0 : 0.5;
  return studentCdf(mean / standardError, values.length - 1);
}

/**
 * Distribution function of Student's t with nu > 0 degrees of freedom: with t = sqrt(nu) tan(phi) the density becomes
 * cos(phi)^(nu - 1) up to its norm, integrated by Gauss-Legendre on panels graded towards 0, where it is narrow for large
 * nu, and towards pi/2, where it is not smooth for small nu. Right to 1e-12.
 */
export function studentCdf(t: number, nu: number): number {
  const width = 1 / Math.sqrt(nu);
  const graded = [
    ...Array.from({ length: 24 }, (_, k) => (k / 2) * width),
    ...Array.from({ length: 48 }, (_, k) => (Math.PI / 2) * (1 - 2 ** -k)),
  ];
  const integral = (to: number): number => {
    const breaks = [...new Set([...graded.filter((phi) => phi < to), to])].sort((x, y) => x - y);
    const { nodes, weights } = compositeRule(breaks, 16);
    return nodes.reduce((sum, phi, i) => sum + weights[i] * Math.cos(phi) ** (nu - 1), 0);
  };
  return 0.5 + (Math.sign(t) * integral(Math.atan(Math.abs(t) * width))) / (2 * integral(Math.PI / 2));
}
