import { depthOf, branchScale, type Architecture, type ModelParameters } from "../arch/architecture.js";
import type { InputRows } from "../kernels/infinite/direct.js";
import { snapNorms } from "../kernels/infinite/direct.js";
import { scalars, type ArchitectureScalars } from "../kernels/infinite/scalars.js";
import { gramMatrix } from "../math/linalg.js";

/** What each layer's weights add to a quadratic form of the kernel, and to its trace. */
export interface QuadraticTerms {
  /** v' Theta_l v of hidden layers 1..L-1, then of the output layer; sums to v' Theta v. */
  readonly values: readonly number[];
  /** Trace of Theta_l, in the same order. */
  readonly traces: readonly number[];
}

/**
 * The layer sum of docs/theory.md 2 under a quadratic form:
 *
 *     Theta = co F^{L-1} + sum_l A^l o (t_l^2 Sd^l) o D^l,   D^l = co prod_{p>l} (c tau^2 Sd^p + alpha_{p-1} 11')
 *
 * where term l is the kernel of the weights of layer l. O(n^2 L) values of duals; no n x n matrix but the inputs' products.
 *
 * @example layerTerms(parseGenotype("relu-relu"), rows, modelPresets.he, vector).values // three numbers
 */
export function layerTerms(
  architecture: Architecture,
  rows: InputRows,
  model: ModelParameters,
  vector: Float64Array,
): QuadraticTerms {
  const { n, d, inputs } = rows;
  const products = gramMatrix(inputs, n, d);
  const norms = snapNorms(Float64Array.from({ length: n }, (_, i) => products[i * n + i]));
  const known = new Map<number, ArchitectureScalars>();
  const sides = Array.from(norms, (norm) => {
    const found = known.get(norm) ?? scalars(architecture, model, norm);
    known.set(norm, found);
    return found;
  });
  const count = depthOf(architecture);
  const values = new Float64Array(count);
  const traces = new Float64Array(count);
  const pair = pairTerms(architecture, model);
  for (let i = 0; i < n; i++) {
    sides[i].parts.forEach((part, l) => {
      values[l] += vector[i] * vector[i] * part;
      traces[l] += part;
    });
    for (let j = 0; j < i; j++) {
      const product = sameRow(rows, i, j) ? norms[i] : products[i * n + j];
      const terms = pair(sides[i], sides[j], product);
      const weight = 2 * vector[i] * vector[j];
      for (let l = 0; l < count; l++) values[l] += weight * terms[l];
    }
  }
  return { values: [...values], traces: [...traces] };
}

/** The terms of one entry; the array is overwritten by the next call. */
function pairTerms(
  architecture: Architecture,
  model: ModelParameters,
): (x: ArchitectureScalars, y: ArchitectureScalars, product: number) => Float64Array {
  const hidden = architecture.layers.length;
  const tau = branchScale(model, depthOf(architecture));
  const terms = new Float64Array(hidden + 1);
  const gains = new Float64Array(hidden);
  return (x, y, product) => {
    let feature = product;
    for (let l = 0; l < hidden; l++) {
      const [a, b] = [x.layers[l], y.layers[l]];
      const branch = l === 0 ? 1 : tau;
      const covariance = a.weightVariance * feature;
      const dual = a.activation.dual(a.variance, b.variance, covariance);
      gains[l] = branch * branch * dual.derivative;
      terms[l] = covariance * gains[l];
      let next = branch * branch * dual.value;
      if (a.skip) {
        next += feature;
        if (model.crossTerms) {
          const [etaX, etaY] = [x.layers[l - 1].meanFeature, y.layers[l - 1].meanFeature];
          next += branch * (a.moments.mean * etaY + etaX * b.moments.mean);
        }
      }
      feature = next;
    }
    terms[hidden] = model.co * feature;
    let backward = model.co;
    for (let l = hidden - 1; l >= 0; l--) {
      terms[l] *= backward;
      backward *= x.layers[l].weightVariance * gains[l] + (x.layers[l].skip ? 1 : 0);
    }
    return terms;
  };
}

function sameRow({ d, inputs }: InputRows, i: number, j: number): boolean {
  for (let k = 0; k < d; k++) if (inputs[i * d + k] !== inputs[j * d + k]) return false;
  return true;
}
