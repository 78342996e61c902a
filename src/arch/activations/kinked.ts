import { compositeRule, gaussianRule, gradedBreaks, legendreNodesPerPanel } from "../../math/quadrature.js";
import type { DualPair } from "./activation.js";

type Scalar = (x: number) => number;

const radialReach = 9.5;
/** Shortest panels: what is inside changes nothing beyond 1e-16 of the largest |sigma| or |sigma'|; they bound the cost. */
const leastRadius = 1e-12;
const leastAngle = 1e-17;

/**
 * Duals of an activation that is smooth between its kinks, by quadrature in polar coordinates: u = sqrt(a) r cos p and
 * v = sqrt(b) r cos(p - theta). For each angle the radial integral is split where u or v meets a kink; the angles are split
 * where u or v is 0 and at the corners (both at a kink), and graded towards the former. Right for every correlation, since
 * nothing becomes narrow when theta -> 0 or pi. Milliseconds a pair.
 * NaN when an argument is not finite. From variances of 1e24 on E[sigma' sigma'] of a sigma' that lives around 0 is right
 * to 1e-16 of sup sigma'^2 only, unless theta is 0 or pi.
 * @param a, b variances, above 0
 * @param perPanel Gauss-Legendre nodes a panel in both directions; 16 give 1e-14, 12 about 1e-10
 */
export function kinkedDual(
  value: Scalar,
  derivative: Scalar,
  kinks: readonly number[],
  a: number,
  b: number,
  theta: number,
  perPanel = legendreNodesPerPanel,
): DualPair {
  if (!Number.isFinite(a + b + theta)) return { value: NaN, derivative: NaN };
  const rootA = Math.sqrt(a);
  const rootB = Math.sqrt(b);
  if (theta === 0 || theta === Math.PI) {
    return alignedDual(value, derivative, kinks, rootA, theta === 0 ? rootB : -rootB);
  }
  const { nodes, weights } = compositeRule(angleBreaks(kinks, rootA, rootB, theta), perPanel);
  let sum = 0;
  let slopeSum = 0;
  for (let i = 0; i < nodes.length; i++) {
    const x = rootA * Math.cos(nodes[i]);
    const y = rootB * Math.cos(nodes[i] - theta);
    const first = Math.max(leastRadius, Math.min(1, 1 / Math.max(Math.abs(x), Math.abs(y), 1e-300)));
    const crossings = kinks.flatMap((kink) => [kink / x, kink / y]).filter((r) => r > 0 && r < radialReach);
    const radial = compositeRule(gradedBreaks(0, radialReach, [0, ...merge(crossings)], first), perPanel);
    let inner = 0;
    let innerSlope = 0;
    for (let j = 0; j < radial.nodes.length; j++) {
      const r = radial.nodes[j];
      const weight = radial.weights[j] * r * Math.exp(-0.5 * r * r);
      inner += weight * value(x * r) * value(y * r);
      innerSlope += weight * derivative(x * r) * derivative(y * r);
    }
    sum += weights[i] * inner;
    slopeSum += weights[i] * innerSlope;
  }
  return { value: sum / (2 * Math.PI), derivative: slopeSum / (2 * Math.PI) };
}

/** E f(u) f(v) with u = rootA z, v = rootB z, rootB of either sign: one dimension, graded in the larger of the two. */
function alignedDual(
  value: Scalar,
  derivative: Scalar,
  kinks: readonly number[],
  rootA: number,
  rootB: number,
): DualPair {
  const [large, small] = Math.abs(rootA) >= Math.abs(rootB) ? [rootA, rootB] : [rootB, rootA];
  const ratio = small / large;
  const centres = merge([0, ...kinks, ...kinks.map((kink) => kink / ratio)].filter(Number.isFinite));
  const { nodes, weights } = gaussianRule(large * large, centres, radialReach, 0.25, 24, [value, derivative]);
  let sum = 0;
  let slopeSum = 0;
  for (let i = 0; i < nodes.length; i++) {
    sum += weights[i] * value(nodes[i]) * value(ratio * nodes[i]);
    slopeSum += weights[i] * derivative(nodes[i]) * derivative(ratio * nodes[i]);
  }
  return { value: sum, derivative: slopeSum };
}

/** Drops values that repeat to rounding: u and v of full correlation meet their kinks together. */
function merge(values: readonly number[]): number[] {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted.filter((x, i) => i === 0 || x - sorted[i - 1] > 1e-13 * Math.abs(x));
}

function angleBreaks(kinks: readonly number[], rootA: number, rootB: number, theta: number): number[] {
  const turn = 2 * Math.PI;
  const wrap = (p: number) => ((p % turn) + turn) % turn;
  const start = theta / 2 + (theta > Math.PI / 2 ? Math.PI / 2 : 0);
  const zeros = [Math.PI / 2, -Math.PI / 2, theta + Math.PI / 2, theta - Math.PI / 2].map(
    (p) => wrap(p - start) + start,
  );
  const offZero = kinks.filter((kink) => kink !== 0);
  const scale = offZero.reduce((least, kink) => Math.min(least, Math.abs(kink) / 4), 1);
  const first = Math.max(leastAngle, Math.min(0.5, scale / Math.max(rootA, rootB)));
  const breaks = gradedBreaks(start, start + turn, merge(zeros), first);
  if (Math.sin(theta) > 1e-12) {
    for (const first of offZero) {
      for (const second of offZero) {
        const x = first / rootA;
        const y = (second / rootB - x * Math.cos(theta)) / Math.sin(theta);
        if (Math.hypot(x, y) < radialReach) breaks.push(wrap(Math.atan2(y, x) - start) + start);
      }
    }
  }
  return merge(breaks);
}
