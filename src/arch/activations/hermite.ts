import { gaussianRule } from "../../math/quadrature.js";

/**
 * mu_r = E[sigma(sqrt(q) z) He_r(z)] / sqrt(r!), r = 0..order, by graded Gauss-Legendre panels; absolute error about 1e-15 of
 * sqrt(S). The support grows with the order, since He_r reaches 2 sqrt(r) before it decays.
 */
export function hermiteByQuadrature(
  value: (x: number) => number,
  q: number,
  order: number,
  kinks: readonly number[],
  feature: number,
  resolve = false,
): Float64Array {
  const mu = new Float64Array(order + 1);
  if (q === 0) {
    mu[0] = value(0);
    return mu;
  }
  const deviation = Math.sqrt(q);
  const reach = 9.5 + 0.7 * Math.sqrt(order);
  // 64 nodes a panel: the longest panel, 8 deviations, holds up to 30 zeros of He_40
  const { nodes, weights } = gaussianRule(q, [0, ...kinks], reach, feature, 64, resolve ? [value] : []);
  for (let i = 0; i < nodes.length; i++) {
    const z = nodes[i] / deviation;
    let previous = 0;
    let current = weights[i] * value(nodes[i]);
    mu[0] += current;
    for (let r = 0; r < order; r++) {
      const next = (z * current - Math.sqrt(r) * previous) / Math.sqrt(r + 1);
      previous = current;
      current = next;
      mu[r + 1] += current;
    }
  }
  return mu;
}
