import { AppError } from "../../errors.js";
import { compositeRule, gradedBreaks, type QuadratureRule } from "../../math/quadrature.js";
import { erfcx, scaledNormalTail } from "../../math/special.js";
import type { Activation, DualPair } from "./activation.js";
import { AngleTable } from "./angle-table.js";
import { correlationParts } from "./covariance.js";
import { hermiteByQuadrature } from "./hermite.js";
import { tabulateMoments } from "./moment-table.js";

const perPanel = 16;
/** From 4^6 on a table takes seconds to build, and the formula itself a tenth of a millisecond an angle. */
const tabulatedBelow = 6;
const mills0 = Math.sqrt(Math.PI / 2);

/** m(s) = int_0^inf exp(-r^2/2 - s r) dr. */
const mills = (s: number) => mills0 * erfcx(s * Math.SQRT1_2);

/** Angles in [0, width], graded towards both ends, where the radial integrals vary on the scale 1/deviation. */
function sectorRule(width: number, deviation: number): QuadratureRule {
  const first = Math.min(1, 1 / deviation);
  return compositeRule(gradedBreaks(0, width, [0, width], first), perPanel);
}

/**
 * Duals in polar coordinates: inside each sector where u and v keep their signs the radial integral is closed, and the
 * integral over the angle is smooth. With |u| = sqrt(a) r sin x and |v| = sqrt(b) r sin y the sector (+,-) has x + y = theta,
 * (-,-) has x + y = pi - theta, and (+,+) is the arc-cosine kernel.
 */
function eluDual(alpha: number, rootA: number, rootB: number, theta: number): DualPair {
  if (!Number.isFinite(rootA + rootB + theta)) return { value: NaN, derivative: NaN };
  const width = Math.PI - theta;
  const deviation = Math.max(rootA, rootB, 1e-300);
  let value = rootA * rootB * (Math.sin(theta) + width * Math.cos(theta));
  let derivative = width;
  if (theta > 0) {
    const { nodes, weights } = sectorRule(theta, deviation);
    for (let i = 0; i < nodes.length; i++) {
      const x = nodes[i];
      const rising = Math.sin(theta - x);
      const falling = Math.sin(x);
      // u > 0 > v and v > 0 > u, with s = sqrt(variance of the negative one) sin
      for (const [positive, negative] of [
        [rootA, rootB],
        [rootB, rootA],
      ]) {
        const s = negative * falling;
        const m = mills(s);
        value += weights[i] * alpha * positive * rising * (m - mills0 + s * (s * m - 1));
        derivative += weights[i] * alpha * (1 - s * m);
      }
    }
  }
  if (width > 0) {
    const { nodes, weights } = sectorRule(width, deviation);
    for (let i = 0; i < nodes.length; i++) {
      const s = rootA * Math.sin(nodes[i]);
      const t = rootB * Math.sin(width - nodes[i]);
      const both = mills(s + t);
      value += weights[i] * alpha * alpha * (s * (mills(s) - both) + t * (mills(t) - both));
      derivative += weights[i] * alpha * alpha * (1 - (s + t) * both);
    }
  }
  return { value: value / (2 * Math.PI), derivative: derivative / (2 * Math.PI) };
}

/** sum_{n >= 1} factor(n) (-x)^n / (2^{n/2} Gamma(n/2 + 1)) / 2, the series of exp(x^2/2) P(-x) - 1/2 for factor 1. */
function tailSeries(x: number, factor: (n: number) => number): number {
  let sum = 0;
  let odd = -Math.sqrt(2 / Math.PI) * x;
  let even = (x * x) / 2;
  for (let n = 1; n < 40; n += 2) {
    sum += factor(n) * odd + factor(n + 1) * even;
    odd *= (x * x) / (n + 2);
    even *= (x * x) / (n + 3);
  }
  return sum / 2;
}

/** sigma(x) = x for x > 0 and alpha (e^x - 1) otherwise; any finite alpha, 1 by default (docs/theory.md 4.4). */
export function elu(alpha = 1): Activation {
  if (!Number.isFinite(alpha)) {
    throw new AppError("genotype", `elu: expected a finite alpha, came ${String(alpha)}`, {
      hint: "Write elu or elu(0.5).",
    });
  }
  const value = (x: number) => (x > 0 ? x : alpha * Math.expm1(x));
  const table = new AngleTable(
    (q, theta, f, d) => {
      const root = Math.sqrt(q);
      for (let j = 0; j < theta.length; j++) {
        const pair = eluDual(alpha, root, root, theta[j]);
        f[j] = pair.value;
        d[j] = pair.derivative;
      }
    },
    undefined,
    undefined,
    tabulatedBelow,
  );
  return {
    name: alpha === 1 ? "elu" : `elu(${String(alpha)})`,
    family: "elu",
    parameters: alpha === 1 ? [] : [alpha],
    kinks: [0],
    lipschitz: Math.max(1, Math.abs(alpha)),
    homogeneous: false,
    value,
    derivative: (x) => (x > 0 ? 1 : alpha * Math.exp(x)),
    moments: tabulateMoments((q) => {
      const x = Math.sqrt(q);
      const [once, twice] = [scaledNormalTail(x), scaledNormalTail(2 * x)];
      const small = x < 0.5;
      const negativeMean = small ? tailSeries(x, () => 1) : once - 0.5;
      const negativeSecond = small ? tailSeries(x, (n) => 2 ** n - 2) : twice - 2 * once + 0.5;
      return {
        mean: x / Math.sqrt(2 * Math.PI) + alpha * negativeMean,
        second: q / 2 + alpha * alpha * negativeSecond,
        derivativeMean: 0.5 + alpha * once,
        derivativeSecond: 0.5 + alpha * alpha * twice,
      };
    }),
    dual(a, b, k) {
      const { theta } = correlationParts(a, b, k);
      return eluDual(alpha, Math.sqrt(Math.max(a, 0)), Math.sqrt(Math.max(b, 0)), theta);
    },
    dualsAtAngles(q, theta, f, d) {
      table.evaluate(q, theta, f, d);
    },
    hermite: (q, order) => hermiteByQuadrature(value, q, order, [], 1),
  };
}
