import type { Activation } from "./activation.js";
import { largeVariance, type LargeVariance } from "./large-variance.js";
import { LocalizedFunction } from "./localized.js";
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

const sigmoidLarge = largeVariance(
  new LocalizedFunction("step", logistic, (x) => -logistic(-x)),
  new LocalizedFunction("bump", logisticSlope, logisticSlope),
);

/** tanh x = 2 logistic(2x) - 1; E logistic = 1/2. */
const tanhLarge: LargeVariance = {
  least: sigmoidLarge.least / 4,
  moments(q) {
    const { second, derivativeMean, derivativeSecond } = sigmoidLarge.moments(4 * q);
    return {
      mean: 0,
      second: 4 * second - 1,
      derivativeMean: 4 * derivativeMean,
      derivativeSecond: 16 * derivativeSecond,
    };
  },
  dual(rootA, rootB, theta) {
    const pair = sigmoidLarge.dual(2 * rootA, 2 * rootB, theta);
    return pair && { value: 4 * pair.value - 1, derivative: 16 * pair.derivative };
  },
};

/** sigma(x) = 1/(1 + e^-x). */
export const sigmoid: Activation = smoothActivation({
  name: "sigmoid",
  lipschitz: 0.25,
  featureExponent: 1,
  value: logistic,
  derivative: logisticSlope,
  large: sigmoidLarge,
});

/** sigma(x) = tanh x. */
export const tanh: Activation = smoothActivation({
  name: "tanh",
  lipschitz: 1,
  featureExponent: 0,
  value: Math.tanh,
  derivative: (x) => 4 * logisticSlope(2 * x),
  large: tanhLarge,
});
