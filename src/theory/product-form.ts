import type { Activation } from "../arch/activations/activation.js";
import type { ModelParameters } from "../arch/architecture.js";
import type { ArchitectureScalars } from "../kernels/infinite/scalars.js";

/** The three constants of an activation in the product form of the bounds (docs/theory.md 3.1, 4). */
export interface Betas {
  /** Growth of the features: c S(q)/q; uniform: c sup_q S(q)/q. */
  readonly beta1: number;
  /** Upper bound of the backward gain: c d2(q); uniform: c Lip^2. */
  readonly beta2: number;
  /** Lower bound of the backward gain: c d2(q); uniform: c inf_q d2(q). */
  readonly beta3: number;
}

/** beta_1 = c S/q, beta_2 = beta_3 = c d2 at variance q > 0. */
export function betasAt(sigma: Activation, c: number, q: number): Betas {
  const { second, derivativeSecond } = sigma.moments(q);
  return { beta1: (c * second) / q, beta2: c * derivativeSecond, beta3: c * derivativeSecond };
}

const gridSize = 128;

/**
 * beta's that hold for every variance in [lower, upper]: c sup S/q, c Lip^2, c inf d2. Supremum and infimum are taken on a
 * logarithmic grid of 129 variances that holds both ends.
 */
export function uniformBetas(sigma: Activation, c: number, [lower, upper]: readonly [number, number]): Betas {
  let beta1 = 0;
  let beta3 = Infinity;
  for (let i = 0; i <= gridSize; i++) {
    const q = i === gridSize ? upper : lower * (upper / lower) ** (i / gridSize);
    const at = betasAt(sigma, c, q);
    beta1 = Math.max(beta1, at.beta1);
    beta3 = Math.min(beta3, at.beta3);
  }
  return { beta1, beta2: c * sigma.lipschitz ** 2, beta3 };
}

/** One hidden layer in the product form. */
export interface ProductLayer {
  readonly activation: string;
  readonly alpha: 0 | 1;
  readonly variance: number;
  readonly actual: Betas;
  readonly uniform: Betas;
}

/** The paper's product form with the explicit constants of docs/theory.md 3.2 and 3.3, for inputs of one norm. */
export interface ProductForm {
  readonly layers: readonly ProductLayer[];
  /** Range of the layers' variances: where the uniform constants hold. */
  readonly range: readonly [number, number];
  /** prod_{l>=2} (tau^2 beta_3 + alpha_{l-1}): multiply by co times a data term of the first layer for a lower bound. */
  readonly lowerProduct: number;
  readonly uniformLowerProduct: number;
  /**
   * co ( q_L/c + sum_l q_l t_l^2 d2_l prod_{p>l} (tau^2 beta_2 + alpha_{p-1}) ) with q_{l+1} = growth q_l, growth
   * tau^2 beta_1 + alpha without cross terms (then it is Theta_ii) and (tau sqrt(beta_1) + alpha)^2 with them (then >= Theta_ii).
   */
  readonly upper: number;
  readonly uniformUpper: number;
}

/** Product form of one architecture from its scalars at one input norm. */
export function productForm(side: ArchitectureScalars, model: ModelParameters): ProductForm {
  const variances = side.layers.map((layer) => layer.variance);
  const range: readonly [number, number] = [Math.min(...variances), Math.max(...variances)];
  const layers = side.layers.map(({ activation, skip, variance }): ProductLayer => {
    return {
      activation: activation.name,
      alpha: skip ? 1 : 0,
      variance,
      actual: betasAt(activation, model.c, variance),
      uniform: uniformBetas(activation, model.c, range),
    };
  });
  const scale = (l: number) => side.layers[l].branch ** 2;
  const lower = (kind: "actual" | "uniform") =>
    layers.slice(1).reduce((product, layer, i) => product * (scale(i + 1) * layer[kind].beta3 + layer.alpha), 1);
  const upper = (kind: "actual" | "uniform") => {
    let backward = 1;
    const gains = layers.map(() => 1);
    for (let l = layers.length - 1; l >= 0; l--) {
      gains[l] = backward * scale(l) * layers[l][kind].beta2;
      backward *= scale(l) * layers[l][kind].beta2 + layers[l].alpha;
    }
    let q = layers[0].variance;
    let sum = 0;
    layers.forEach(({ alpha, [kind]: { beta1 } }, l) => {
      sum += (q * gains[l]) / model.c;
      const branch = Math.sqrt(scale(l));
      q *= model.crossTerms ? (branch * Math.sqrt(beta1) + alpha) ** 2 : branch ** 2 * beta1 + alpha;
    });
    return model.co * (q / model.c + sum);
  };
  return {
    layers,
    range,
    lowerProduct: lower("actual"),
    uniformLowerProduct: lower("uniform"),
    upper: upper("actual"),
    uniformUpper: upper("uniform"),
  };
}
