import { normalCdf, normalDensity } from "../../math/special.js";
import type { Activation, DualPair } from "./activation.js";
import { correlationParts } from "./covariance.js";
import { hermiteByQuadrature } from "./hermite.js";

/**
 * Closed forms of docs/theory.md 4.4 rearranged without cancellation. With P = 1 + a, R = 1 + b, s2 = ab - k^2 and
 * W = PR - k^2 = 1 + a + b + s2:  S = k (1/4 + asin(k/sqrt(PR))/2pi) + N/(2 pi sqrt W),
 * N = ab + k^2 - a k^2/P - b k^2/R = ab (1 + ...)  written as  ab + k^2 (1/P + 1/R - 1) = s2 + k^2 (1/P + 1/R).
 * asin(k/sqrt(PR)) = atan2(k, sqrt W).
 */
function geluDual(a: number, b: number, k: number, s2: number): DualPair {
  const p = 1 + a;
  const r = 1 + b;
  const w = 1 + a + b + s2;
  const root = Math.sqrt(w);
  const half = 1 / (2 * Math.PI * root);
  const angle = 0.25 + Math.atan2(k, root) / (2 * Math.PI);
  const inverse = 1 / p + 1 / r;
  const n = s2 + k * k * inverse;
  return { value: k * angle + n * half, derivative: angle + half * k * (2 * inverse - 1 + n / w) };
}

/** sigma(x) = x P(x), P the normal distribution function (the erf form, not the tanh approximation). */
export const gelu: Activation = {
  name: "gelu",
  family: "gelu",
  parameters: [],
  kinks: [],
  // sup at x = sqrt 2
  lipschitz: normalCdf(Math.SQRT2) + Math.SQRT2 * normalDensity(Math.SQRT2),
  homogeneous: false,
  value: (x) => x * normalCdf(x),
  derivative: (x) => normalCdf(x) + x * normalDensity(x),
  moments(q) {
    const { value, derivative } = geluDual(q, q, q, 0);
    return {
      mean: q / Math.sqrt(2 * Math.PI * (1 + q)),
      second: value,
      derivativeMean: 0.5,
      derivativeSecond: derivative,
    };
  },
  dual(a, b, k) {
    const { scale, rho, sine } = correlationParts(a, b, k);
    return geluDual(Math.max(a, 0), Math.max(b, 0), rho * scale, (scale * sine) ** 2);
  },
  dualsAtAngles(q, theta, value, derivative) {
    for (let j = 0; j < theta.length; j++) {
      const pair = geluDual(q, q, q * Math.cos(theta[j]), (q * Math.sin(theta[j])) ** 2);
      value[j] = pair.value;
      derivative[j] = pair.derivative;
    }
  },
  hermite: (q, order) => hermiteByQuadrature((x) => x * normalCdf(x), q, order, [], 1),
};
