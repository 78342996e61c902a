/** One hidden layer h_l = tau sigma_l(g_l) + alpha_{l-1} h_{l-1} (docs/theory.md 1.2). */
export interface Layer {
  /** Canonical activation name, parameters included: `relu`, `leaky_relu(0.2)`. */
  readonly activation: string;
  /** alpha_{l-1} of docs/theory.md: the layer's input is added to its output. Always false on the first layer. */
  readonly skip: boolean;
}

/**
 * A deep fully connected or residual network: the hidden layers in order; the linear output layer is implied.
 * Depth L counts the output layer, so `layers.length = L - 1`.
 */
export interface Architecture {
  readonly kind: "layered";
  readonly layers: readonly Layer[];
}

/** Depth L of docs/theory.md: hidden layers plus the output layer. */
export const depthOf = (architecture: Architecture): number => architecture.layers.length + 1;

/** Constants of the canonical model (docs/theory.md 1.2), NTK parameterisation, i.i.d. N(0,1) weights, no biases. */
export interface ModelParameters {
  /** Weight variance of the first layer, g_1 = sqrt(c1) W_1 x. */
  readonly c1: number;
  /** Weight variance of hidden layers 2..L-1, g_l = sqrt(c/m) W_l h_{l-1}. */
  readonly c: number;
  /** Weight variance of the output layer. */
  readonly co: number;
  /** Branch scale: a number, or a rule of the depth L. Applies to layers 2..L-1. */
  readonly tau: number | "1/L" | "1/sqrt(L)";
  /** Keep the cross terms tau (M eta' + eta M') of skips; false is the paper-style recursion, which Monte Carlo refutes. */
  readonly crossTerms: boolean;
}

/** Named choices of the constants. `paper`: the factor 2 before every expectation and no cross terms, as remembered. */
export const modelPresets = {
  he: { c1: 1, c: 2, co: 1, tau: 1, crossTerms: true },
  lecun: { c1: 1, c: 1, co: 1, tau: 1, crossTerms: true },
  paper: { c1: 1, c: 2, co: 2, tau: 1, crossTerms: false },
} as const satisfies Record<string, ModelParameters>;

export type ModelPreset = keyof typeof modelPresets;

/** The branch scale as a number for a network of depth L. */
export function branchScale(model: ModelParameters, depth: number): number {
  if (model.tau === "1/L") return 1 / depth;
  if (model.tau === "1/sqrt(L)") return 1 / Math.sqrt(depth);
  return model.tau;
}
