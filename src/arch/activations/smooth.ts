import type { Activation } from "./activation.js";
import { AngleTable } from "./angle-table.js";
import { CircularHarmonics } from "./circular.js";
import { correlationParts } from "./covariance.js";
import { hermiteByQuadrature } from "./hermite.js";
import { kinkedDual } from "./kinked.js";
import type { LargeVariance } from "./large-variance.js";
import { momentsByQuadrature, tabulateMoments } from "./moment-table.js";

/** What a smooth activation without closed forms declares. */
export interface SmoothDefinition {
  readonly name: string;
  readonly lipschitz: number;
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
  /** Length 2^e of the first panel at 0 on which sigma is resolved by 24 Gauss-Legendre nodes; e = 0 for poles at +-i pi/2. */
  readonly featureExponent: number;
  /** Halve the panels of one-dimensional integrals until sigma is resolved; needless for the built-in ones. */
  readonly resolve?: boolean;
  /** Takes over from its variance `least` on; without it polar quadrature does, at a cost that grows with log q. */
  readonly large?: LargeVariance;
}

/** Below this variance sigma is its tangent at 0 to the last digit. */
const tiny = 1e-20;
/** Above this variance (above the second one, for unequal variances) polar quadrature is cheaper than harmonics. */
const largestEqual = 4 ** 10;
const largestUnequal = 1000;
const coarseNodes = 12;

/** A full record of a smooth activation: duals by circular harmonics, moments and Hermite coefficients by quadrature. */
export function smoothActivation(definition: SmoothDefinition): Activation {
  const { value, derivative, featureExponent, resolve = false, large } = definition;
  const feature = 2 ** featureExponent;
  const harmonics = new CircularHarmonics(value, derivative, featureExponent);
  const table = new AngleTable((q, theta, f, d) => {
    if (q <= largestEqual) {
      harmonics.dualsAtAngles(q, theta, f, d);
      return;
    }
    for (let j = 0; j < theta.length; j++) {
      const pair = kinkedDual(value, derivative, [], q, q, theta[j], coarseNodes);
      f[j] = pair.value;
      d[j] = pair.derivative;
    }
  });
  const origin = value(0);
  const slope = derivative(0);
  const leastLarge = large?.least ?? Infinity;
  const tabulated = tabulateMoments((q) => momentsByQuadrature(value, derivative, q, [], feature, resolve));
  const moments = (q: number) =>
    large !== undefined && q >= leastLarge && q < Infinity ? large.moments(q) : tabulated(q);
  return {
    name: definition.name,
    family: definition.name,
    parameters: [],
    kinks: [],
    lipschitz: definition.lipschitz,
    homogeneous: false,
    value,
    derivative,
    moments,
    dual(a, b, k) {
      if (a < tiny && b < tiny) {
        return { value: origin * origin + slope * slope * k, derivative: slope * slope };
      }
      if (a < tiny || b < tiny) {
        const m = moments(Math.max(a, b));
        return { value: origin * m.mean + slope * m.derivativeMean * k, derivative: slope * m.derivativeMean };
      }
      const largest = Math.max(a, b);
      if (a === b ? largest <= Math.min(leastLarge, largestEqual) : largest <= largestUnequal) {
        return harmonics.dual(a, b, k);
      }
      const { theta } = correlationParts(a, b, k);
      const pair = large?.dual(Math.sqrt(a), Math.sqrt(b), theta);
      return pair ?? kinkedDual(value, derivative, [], a, b, theta, largest <= largestEqual ? undefined : coarseNodes);
    },
    dualsAtAngles(q, theta, f, d) {
      if (large !== undefined && q >= leastLarge) {
        const root = Math.sqrt(q);
        for (let j = 0; j < theta.length; j++) {
          const pair = large.dual(root, root, theta[j]);
          f[j] = pair?.value ?? NaN;
          d[j] = pair?.derivative ?? NaN;
        }
        return;
      }
      if (q >= tiny) {
        table.evaluate(q, theta, f, d);
        return;
      }
      for (let j = 0; j < theta.length; j++) {
        f[j] = origin * origin + slope * slope * q * Math.cos(theta[j]);
        d[j] = slope * slope;
      }
    },
    hermite: (q, order) => hermiteByQuadrature(value, q, order, [], feature, resolve),
  };
}
