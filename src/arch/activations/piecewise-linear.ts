import { AppError } from "../../errors.js";
import type { Activation } from "./activation.js";
import { correlationParts } from "./covariance.js";

/**
 * sigma(x) = x for x > 0 and slope x otherwise: relu (0), leaky_relu, linear (1). Closed forms of docs/theory.md 4.4 in
 * theta = acos rho, p = (1 + slope)/2, n = (1 - slope)/2:
 * S = sqrt(ab) ( p^2 cos t + n^2 (2/pi) (sin t + (pi/2 - t) cos t) ), Sd = p^2 + n^2 (2/pi) (pi/2 - t).
 */
function piecewiseLinear(name: string, family: string, parameters: readonly number[], slope: number): Activation {
  const p2 = ((1 + slope) / 2) ** 2;
  const n2 = ((1 - slope) / 2) ** 2;
  const evenScale = (2 * n2) / Math.PI;
  const second = p2 + n2;
  const meanScale = (1 - slope) / Math.sqrt(2 * Math.PI);
  return {
    name,
    family,
    parameters,
    kinks: slope === 1 ? [] : [0],
    lipschitz: Math.max(1, Math.abs(slope)),
    homogeneous: true,
    value: (x) => (x > 0 ? x : slope * x),
    derivative: (x) => (x > 0 ? 1 : slope),
    moments: (q) => ({
      mean: meanScale * Math.sqrt(q),
      second: second * q,
      derivativeMean: (1 + slope) / 2,
      derivativeSecond: second,
    }),
    dual(a, b, k) {
      const { scale, rho, sine, theta } = correlationParts(a, b, k);
      if (rho === 1) return { value: second * scale, derivative: second };
      if (rho === -1) return { value: (n2 - p2) * scale, derivative: p2 - n2 };
      const rest = Math.PI / 2 - theta;
      return { value: scale * (p2 * rho + evenScale * (sine + rest * rho)), derivative: p2 + evenScale * rest };
    },
    dualsAtAngles(q, theta, value, derivative) {
      for (let j = 0; j < theta.length; j++) {
        const t = theta[j];
        const cosine = Math.cos(t);
        const rest = Math.PI / 2 - t;
        value[j] = q * (p2 * cosine + evenScale * (Math.sin(t) + rest * cosine));
        derivative[j] = p2 + evenScale * rest;
      }
    },
    hermite(q, order) {
      const mu = new Float64Array(order + 1);
      const root = Math.sqrt(q);
      mu[0] = meanScale * root;
      if (order >= 1) mu[1] = ((1 + slope) / 2) * root;
      // even r: (1 - slope) (-1)^{r/2-1} (r-3)!!/sqrt(2 pi r!), ratio of neighbours -(r-3)/sqrt(r (r-1))
      if (order >= 2) mu[2] = mu[0] / Math.SQRT2;
      for (let r = 4; r <= order; r += 2) mu[r] = (-mu[r - 2] * (r - 3)) / Math.sqrt(r * (r - 1));
      return mu;
    },
  };
}

/** sigma(x) = x. */
export const linear: Activation = piecewiseLinear("linear", "linear", [], 1);

/** sigma(x) = max(x, 0). */
export const relu: Activation = piecewiseLinear("relu", "relu", [], 0);

/** sigma(x) = x for x > 0, slope x otherwise; any finite slope, 0.01 by default. */
export function leakyRelu(slope = 0.01): Activation {
  if (!Number.isFinite(slope)) {
    throw new AppError("genotype", `leaky_relu: expected a finite slope, came ${String(slope)}`, {
      hint: "Write for example leaky_relu(0.2); usual slopes are between 0 and 1.",
    });
  }
  return piecewiseLinear(`leaky_relu(${String(slope)})`, "leaky_relu", [slope], slope);
}
