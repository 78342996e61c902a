import type { Activation } from "./activation.js";
import { largeVariance } from "./large-variance.js";
import { LocalizedFunction } from "./localized.js";
import { logistic, logisticSlope } from "./sigmoidal.js";
import { smoothActivation } from "./smooth.js";

const siluValue = (x: number) => x * logistic(x);
const siluSlope = (x: number) => logistic(x) + x * logisticSlope(x);
const softplusValue = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** SiLU or Swish, sigma(x) = x/(1 + e^-x). The Lipschitz constant is sigma' at x = 2.3993572805154668 (docs/theory.md 4.1). */
export const silu: Activation = smoothActivation({
  name: "silu",
  lipschitz: 1.099839320128867,
  featureExponent: 1,
  value: siluValue,
  derivative: siluSlope,
  large: largeVariance(
    new LocalizedFunction("ramp", siluValue, (x) => -x * logistic(-x)),
    new LocalizedFunction("step", siluSlope, (x) => x * logisticSlope(x) - logistic(-x)),
  ),
});

/** sigma(x) = log(1 + e^x). */
export const softplus: Activation = smoothActivation({
  name: "softplus",
  lipschitz: 1,
  featureExponent: 1,
  value: softplusValue,
  derivative: logistic,
  large: largeVariance(
    new LocalizedFunction("ramp", softplusValue, (x) => Math.log1p(Math.exp(-x))),
    new LocalizedFunction("step", logistic, (x) => -logistic(-x)),
  ),
});
