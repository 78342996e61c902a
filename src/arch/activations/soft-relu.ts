import type { Activation } from "./activation.js";
import { logistic, logisticSlope } from "./sigmoidal.js";
import { smoothActivation } from "./smooth.js";

/** SiLU or Swish, sigma(x) = x/(1 + e^-x). The Lipschitz constant is sigma' at x = 2.3993572805154668 (docs/theory.md 4.1). */
export const silu: Activation = smoothActivation({
  name: "silu",
  lipschitz: 1.099839320128867,
  featureExponent: 1,
  value: (x) => x * logistic(x),
  derivative: (x) => logistic(x) + x * logisticSlope(x),
});

/** sigma(x) = log(1 + e^x). */
export const softplus: Activation = smoothActivation({
  name: "softplus",
  lipschitz: 1,
  featureExponent: 1,
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  derivative: logistic,
});
