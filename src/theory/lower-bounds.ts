import type { ModelParameters } from "../arch/architecture.js";
import type { ArchitectureScalars, LayerScalars } from "../kernels/infinite/scalars.js";

/** Product of the layers' gains: Pi = prod_{l >= 2} min_i (c tau^2 d2_l + alpha_{l-1}) (docs/theory.md 3.2, LBmat). */
export function layerProduct(sides: readonly ArchitectureScalars[]): number {
  return productOver(sides, 1, (layer) => layer.moments.derivativeSecond);
}

/** The same with d1^2 in place of d2: the growth of the NNGP kernel's least eigenvalue. */
export function featureProduct(sides: readonly ArchitectureScalars[]): number {
  return productOver(sides, 1, (layer) => layer.moments.derivativeMean ** 2);
}

/** prod_{l > from} min_i (c_l t_l^2 gain_l + alpha), layers counted from 0. */
export function productOver(
  sides: readonly ArchitectureScalars[],
  from: number,
  gain: (layer: LayerScalars) => number,
): number {
  let product = 1;
  for (let l = from; l < sides[0].layers.length; l++) {
    let least = Infinity;
    for (const { layers } of sides) {
      const layer = layers[l];
      least = Math.min(least, layer.weightVariance * layer.branch ** 2 * gain(layer) + (layer.skip ? 1 : 0));
    }
    product *= least;
  }
  return product;
}

/** LB and LB1: co Pi times the sum, or the best single one, of the first layer's terms (docs/theory.md 3.2). */
export function hermiteBounds(
  firstTerms: Float64Array,
  sides: readonly ArchitectureScalars[],
  model: ModelParameters,
): { readonly LB: number; readonly LB1: number } {
  const factor = model.co * layerProduct(sides);
  let sum = 0;
  let best = 0;
  for (const term of firstTerms) {
    sum += term;
    best = Math.max(best, term);
  }
  return { LB: factor * sum, LB1: factor * best };
}
