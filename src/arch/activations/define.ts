import { AppError } from "../../errors.js";
import type { Activation } from "./activation.js";
import { AngleTable } from "./angle-table.js";
import { correlationParts } from "./covariance.js";
import { hermiteByQuadrature } from "./hermite.js";
import { kinkedDual } from "./kinked.js";
import { momentsByQuadrature, tabulateMoments } from "./moment-table.js";
import { smoothActivation } from "./smooth.js";

/** A user's activation: its value and derivative; everything else follows by quadrature. */
export interface ActivationDefinition {
  /** Lower-case word: letters, digits, underscores. */
  readonly name: string;
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
  /** Points where value or derivative is not smooth; none means smooth everywhere. */
  readonly kinks?: readonly number[];
  /** sup |derivative|; found on a grid of [-50, 50] when left out. */
  readonly lipschitz?: number;
}

const feature = 0.25;
/** From 4^6 on a table of a kinked activation costs more than the searches that would use it. */
const tabulatedBelow = 6;

/**
 * A full activation record from value and derivative alone: smooth ones by circular harmonics, those with kinks by
 * quadrature in polar coordinates split at the kinks. Register it with `registerActivation` to use its name in genotypes.
 * @throws AppError "usage" when a value is not finite or the derivative does not belong to the value
 *
 * @example defineActivation({ name: "hard_tanh", value: (x) => Math.max(-1, Math.min(1, x)),
 *   derivative: (x) => (Math.abs(x) < 1 ? 1 : 0), kinks: [-1, 1], lipschitz: 1 })
 */
export function defineActivation(definition: ActivationDefinition): Activation {
  const { name, value, derivative, kinks = [] } = definition;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new AppError("usage", `Activation name: expected a lower-case word (a-z, 0-9, _), came "${name}"`);
  }
  if (!kinks.every(Number.isFinite))
    throw new AppError("usage", `${name}: expected finite kinks, came ${kinks.join(", ")}`);
  checkDerivative(definition);
  const lipschitz = definition.lipschitz ?? largestSlope(derivative);
  if (kinks.length === 0)
    return smoothActivation({ name, value, derivative, lipschitz, featureExponent: -2, resolve: true });
  const moments = tabulateMoments((q) => momentsByQuadrature(value, derivative, q, kinks, feature, true));
  const table = new AngleTable(
    (q, theta, f, d) => {
      for (let j = 0; j < theta.length; j++) {
        const pair = kinkedDual(value, derivative, kinks, q, q, theta[j], 12);
        f[j] = pair.value;
        d[j] = pair.derivative;
      }
    },
    128,
    true,
    tabulatedBelow,
  );
  const dual: Activation["dual"] = (a, b, k) => {
    const { scale, theta } = correlationParts(a, b, k);
    if (scale > 0) return kinkedDual(value, derivative, kinks, a, b, theta);
    const [x, y] = [moments(Math.max(a, 0)), moments(Math.max(b, 0))];
    return { value: x.mean * y.mean, derivative: x.derivativeMean * y.derivativeMean };
  };
  return {
    name,
    family: name,
    parameters: [],
    kinks: [...kinks],
    lipschitz,
    homogeneous: false,
    value,
    derivative,
    moments,
    dual,
    dualsAtAngles(q, theta, f, d) {
      if (q > 0) {
        table.evaluate(q, theta, f, d);
        return;
      }
      const { mean, derivativeMean } = moments(0);
      f.fill(mean * mean);
      d.fill(derivativeMean * derivativeMean);
    },
    hermite: (q, order) => hermiteByQuadrature(value, q, order, kinks, feature, true),
  };
}

const probes = [-7.3, -2.9, -1.234, -0.61, -0.17, 0.11, 0.53, 0.97, 1.87, 3.1, 8.2];

function checkDerivative({ name, value, derivative, kinks = [] }: ActivationDefinition): void {
  for (const x of probes) {
    const step = 1e-4;
    if (kinks.some((kink) => Math.abs(kink - x) < 3 * step)) continue;
    const difference = (value(x + step) - value(x - step)) / (2 * step);
    const slope = derivative(x);
    if (!(Math.abs(difference - slope) <= 1e-4 * (1 + Math.abs(slope)))) {
      throw new AppError(
        "usage",
        `${name}: expected the derivative at ${String(x)} to be about ${difference.toPrecision(6)} (difference quotient of the value), came ${String(slope)}`,
        { hint: "Check value and derivative, and list every kink." },
      );
    }
  }
}

function largestSlope(derivative: (x: number) => number): number {
  let largest = 0;
  for (let i = -50_000; i <= 50_000; i++) largest = Math.max(largest, Math.abs(derivative(i / 1000)));
  return largest;
}
