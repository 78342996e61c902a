import type { Activation, Moments } from "../../arch/activations/activation.js";
import { activation } from "../../arch/activations/registry.js";
import { branchScale, depthOf, type Architecture, type ModelParameters } from "../../arch/architecture.js";

/** The state of the diagonal recursion after a layer; before the first one: the input. */
export interface DiagonalState {
  /** Fd_l, mean square of the features h_l. */
  readonly featureVariance: number;
  /** eta_l, mean of the features. */
  readonly meanFeature: number;
  /** Diagonal of the tangent kernel H of h_l. */
  readonly tangent: number;
}

/** How a layer enters the recursion: alpha, t_l (1 on the first layer, tau after it), c_l (c1, then c). */
export interface LayerConstants {
  readonly skip: boolean;
  readonly branch: number;
  readonly weightVariance: number;
  readonly crossTerms: boolean;
}

/** What one hidden layer does to an input of a given norm; all numbers are scalars of the architecture (docs/theory.md 2). */
export interface LayerScalars extends LayerConstants, DiagonalState {
  readonly activation: Activation;
  /** q_l = c_l Fd_{l-1}, variance of the preactivation. */
  readonly variance: number;
  readonly moments: Moments;
}

/** The diagonal of the kernels of one architecture for inputs of one norm. */
export interface ArchitectureScalars {
  readonly layers: readonly LayerScalars[];
  /** Theta_ii. */
  readonly ntk: number;
  /** Feature kernel of the output, co F^{L-1}_ii. */
  readonly nngp: number;
  /** Theta_ii split by layer: the weights of hidden layer 1..L-1, then of the output layer. Sums to `ntk`. */
  readonly parts: readonly number[];
}

/** One step of the diagonal recursion, Fd, eta and H_ii of docs/theory.md 2; `moments` are at the layer's variance c_l Fd. */
export function stepDiagonal(state: DiagonalState, moments: Moments, constants: LayerConstants): DiagonalState {
  const { branch, weightVariance } = constants;
  const alpha = constants.skip ? 1 : 0;
  const cross = constants.crossTerms ? 2 * branch * moments.mean * state.meanFeature : 0;
  const gain = branch * branch * moments.derivativeSecond;
  return {
    featureVariance: branch * branch * moments.second + alpha * (state.featureVariance + cross),
    meanFeature: branch * moments.mean + alpha * state.meanFeature,
    tangent: gain * weightVariance * (state.featureVariance + state.tangent) + alpha * state.tangent,
  };
}

/** alpha, t_l and c_l of layer `index` (from 0) of a network with branch scale `tau`. */
export function layerConstants(model: ModelParameters, tau: number, index: number, skip: boolean): LayerConstants {
  return index === 0
    ? { skip: false, branch: 1, weightVariance: model.c1, crossTerms: model.crossTerms }
    : { skip, branch: tau, weightVariance: model.c, crossTerms: model.crossTerms };
}

/**
 * Diagonals of the infinite-width NTK and NNGP kernel for an input with <x, x> = `squaredNorm` (docs/theory.md 2, equal norms).
 *
 * @example scalars(parse("relu-relu-relu"), { ...modelPresets.lecun }, 1).ntk // 0.5
 */
export function scalars(architecture: Architecture, model: ModelParameters, squaredNorm: number): ArchitectureScalars {
  const tau = branchScale(model, depthOf(architecture));
  const layers: LayerScalars[] = [];
  let state: DiagonalState = { featureVariance: squaredNorm, meanFeature: 0, tangent: 0 };
  architecture.layers.forEach((layer, index) => {
    const sigma = activation(layer.activation);
    const constants = layerConstants(model, tau, index, layer.skip);
    const variance = constants.weightVariance * state.featureVariance;
    const moments = sigma.moments(variance);
    state = stepDiagonal(state, moments, constants);
    layers.push({ ...constants, ...state, activation: sigma, variance, moments });
  });
  const parts: number[] = [];
  let backward = model.co;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { branch, moments, weightVariance, variance, skip } = layers[l];
    const gain = branch * branch * moments.derivativeSecond;
    parts.unshift(variance * gain * backward);
    backward *= weightVariance * gain + (skip ? 1 : 0);
  }
  const nngp = model.co * state.featureVariance;
  parts.push(nngp);
  return { layers, ntk: nngp + model.co * state.tangent, nngp, parts };
}
