import type { Activation } from "./activation.js";
import { smoothActivation } from "./smooth.js";

/** 1/(1 + e^-x) without overflow. */
export function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** s(1 - s), s = logistic(x), with full relative accuracy in both tails. */
export function logisticSlope(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return e / ((1 + e) * (1 + e));
}

/** sigma(x) = 1/(1 + e^-x). */
export const sigmoid: Activation = smoothActivation({
  name: "sigmoid",
  lipschitz: 0.25,
  featureExponent: 1,
  value: logistic,
  derivative: logisticSlope,
});

/** sigma(x) = tanh x. */
export const tanh: Activation = smoothActivation({
  name: "tanh",
  lipschitz: 1,
  featureExponent: 0,
  value: Math.tanh,
  derivative: (x) => 4 * logisticSlope(2 * x),
});
