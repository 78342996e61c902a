import type { Activation, Moments } from "../../arch/activations/activation.js";
import type { ModelParameters } from "../../arch/architecture.js";
import { layerConstants, stepDiagonal, type DiagonalState, type LayerConstants } from "./scalars.js";

/** A hidden layer with its activation looked up, so that a walk over millions of architectures compares references. */
export interface PathLayer {
  readonly activation: Activation;
  readonly skip: boolean;
}

/** Duals of one activation at one prefix: shared by the layers with and without skip. */
interface PrefixDuals {
  readonly value: Float64Array;
  readonly derivative: Float64Array;
  readonly moments: Moments;
}

interface Level {
  /** Input of the layer at the nodes: feature and tangent kernel, and the angle of the feature kernel. */
  readonly feature: Float64Array;
  readonly tangent: Float64Array;
  readonly theta: Float64Array;
  diagonal: DiagonalState;
  readonly duals: Map<Activation, PrefixDuals>;
  /** The layer that leads from this level to the next, when the next one is up to date. */
  taken: PathLayer | undefined;
}

/** Theta as a function of the angle, at the nodes, with its diagonal value. */
export interface AngleValues {
  /** Theta(theta_j); overwritten by the next call. */
  readonly values: Float64Array;
  readonly diagonal: number;
  /** Diagonal of the last feature kernel, co Fd_{L-1}. */
  readonly featureDiagonal: number;
}

/**
 * The kernel recursion of docs/theory.md 2 on functions of the angle instead of matrices: inputs of one norm, node angles
 * theta_j. Consecutive architectures share the layers of their common prefix, and layers that differ in the skip alone
 * share their duals, so that a walk in prefix order costs one layer an architecture.
 */
export class AnglePath {
  readonly #levels: Level[] = [];
  readonly #nodes: Float64Array;
  readonly #values: Float64Array;
  readonly #model: ModelParameters;
  readonly #squaredNorm: number;
  #tau: number;

  constructor(nodes: Float64Array, squaredNorm: number, model: ModelParameters) {
    this.#nodes = nodes;
    this.#values = new Float64Array(nodes.length);
    this.#model = model;
    this.#squaredNorm = squaredNorm;
    this.#tau = NaN;
  }

  /** Theta of the architecture with these hidden layers; `tau` is the branch scale of its depth. */
  evaluate(layers: readonly PathLayer[], tau: number): AngleValues {
    if (tau !== this.#tau) {
      this.#tau = tau;
      const first = this.#level(0);
      first.taken = undefined;
      for (let l = 1; l < this.#levels.length; l++) this.#levels[l].duals.clear();
    }
    const last = layers.length - 1;
    for (let l = 0; l < last; l++) {
      const level = this.#level(l);
      if (level.taken?.activation === layers[l].activation && level.taken.skip === layers[l].skip) continue;
      this.#advance(l, layers[l]);
    }
    return this.#output(last, layers[last]);
  }

  #level(index: number): Level {
    let level = this.#levels[index] as Level | undefined;
    if (level === undefined) {
      const size = this.#nodes.length;
      level = {
        feature: new Float64Array(size),
        tangent: new Float64Array(size),
        theta: new Float64Array(size),
        diagonal: { featureVariance: this.#squaredNorm, meanFeature: 0, tangent: 0 },
        duals: new Map(),
        taken: undefined,
      };
      if (index === 0) {
        level.theta.set(this.#nodes);
        for (let j = 0; j < size; j++) level.feature[j] = this.#squaredNorm * Math.cos(this.#nodes[j]);
      }
      this.#levels[index] = level;
    }
    return level;
  }

  #duals(index: number, sigma: Activation): PrefixDuals {
    const level = this.#level(index);
    let found = level.duals.get(sigma);
    if (found === undefined) {
      const size = this.#nodes.length;
      const variance = (index === 0 ? this.#model.c1 : this.#model.c) * level.diagonal.featureVariance;
      found = { value: new Float64Array(size), derivative: new Float64Array(size), moments: sigma.moments(variance) };
      sigma.dualsAtAngles(variance, level.theta, found.value, found.derivative);
      level.duals.set(sigma, found);
    }
    return found;
  }

  #advance(index: number, layer: PathLayer): void {
    const level = this.#level(index);
    const next = this.#level(index + 1);
    const { value, derivative, moments } = this.#duals(index, layer.activation);
    const constants = layerConstants(this.#model, this.#tau, index, layer.skip);
    const { branch, weightVariance } = constants;
    const square = branch * branch;
    const alpha = constants.skip ? 1 : 0;
    const cross = crossTerm(constants, moments, level.diagonal);
    next.diagonal = stepDiagonal(level.diagonal, moments, constants);
    const scale = 1 / next.diagonal.featureVariance;
    const { feature, tangent, theta } = next;
    for (let j = 0; j < theta.length; j++) {
      const f = level.feature[j];
      const h = level.tangent[j];
      feature[j] = square * value[j] + alpha * f + cross;
      tangent[j] = square * derivative[j] * weightVariance * (f + h) + alpha * h;
      const rho = feature[j] * scale;
      theta[j] = rho >= 1 ? 0 : rho <= -1 ? Math.PI : Math.acos(rho);
    }
    next.duals.clear();
    next.taken = undefined;
    level.taken = layer;
  }

  #output(index: number, layer: PathLayer): AngleValues {
    const level = this.#level(index);
    const { value, derivative, moments } = this.#duals(index, layer.activation);
    const constants = layerConstants(this.#model, this.#tau, index, layer.skip);
    const { co } = this.#model;
    const end = stepDiagonal(level.diagonal, moments, constants);
    const square = co * constants.branch * constants.branch;
    const alpha = constants.skip ? co : 0;
    const cross = co * crossTerm(constants, moments, level.diagonal);
    const out = this.#values;
    for (let j = 0; j < out.length; j++) {
      const sum = level.feature[j] + level.tangent[j];
      out[j] = square * (value[j] + constants.weightVariance * derivative[j] * sum) + alpha * sum + cross;
    }
    return {
      values: out,
      diagonal: co * (end.featureVariance + end.tangent),
      featureDiagonal: co * end.featureVariance,
    };
  }
}

/** tau (M eta' + eta M') for inputs of one norm, zero without a skip. */
function crossTerm({ skip, crossTerms, branch }: LayerConstants, moments: Moments, state: DiagonalState): number {
  return skip && crossTerms ? 2 * branch * moments.mean * state.meanFeature : 0;
}
