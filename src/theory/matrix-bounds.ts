import type { Architecture, ModelParameters } from "../arch/architecture.js";
import { scalars, type ArchitectureScalars } from "../kernels/infinite/scalars.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import type { DataTerms } from "./data-terms.js";
import { featureProduct, layerProduct, productOver } from "./lower-bounds.js";

/** Lower bounds that need eigenproblems of the architecture's own layer kernels. */
export interface MatrixBounds {
  readonly LBmat: number;
  readonly LBlay: number;
  /** Of co F^{L-1}, not of Theta. */
  readonly NNGP: number;
}

/** Scalars of the architecture for every distinct norm of the inputs, and which one each input has. */
function sidesOf(architecture: Architecture, model: ModelParameters, { squaredNorms }: DataTerms) {
  const byNorm = new Map<number, ArchitectureScalars>();
  const perInput = Array.from(squaredNorms, (norm) => {
    let found = byNorm.get(norm);
    if (found === undefined) {
      found = scalars(architecture, model, norm);
      byNorm.set(norm, found);
    }
    return found;
  });
  return { perInput, distinct: [...byNorm.values()] };
}

/**
 * LBmat = co lambda_min(S^1 - M^1 M^1' + A^1 o Sd^1) Pi,
 * LBlay = co lambda_min(F^{L-1}) + sum_l co lambda_min(A^l) t_l^2 d2_l prod_{p>l} (c tau^2 d2_p + alpha_{p-1}),
 * NNGP = co lambda_min(S^1 - M^1 M^1') prod_{l>=2} (c tau^2 d1_l^2 + alpha_{l-1})  (docs/theory.md 3.2); least eigenvalues clipped
 * at 0, minima over the inputs for unequal norms. L + 2 eigenproblems of size n.
 */
export function matrixBounds(architecture: Architecture, model: ModelParameters, terms: DataTerms): MatrixBounds {
  const { n, squaredNorms, correlation } = terms;
  const { perInput, distinct } = sidesOf(architecture, model, terms);
  const solver = new SymmetricSolver(n);
  const leastOf = (entry: (i: number, j: number) => number): number => {
    const { matrix } = solver;
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = entry(i, j);
    const least = solver.least();
    return least.rankDeficient ? 0 : Math.max(0, least.value - least.slack);
  };
  let feature = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      feature[i * n + j] =
        i === j ? squaredNorms[i] : correlation[i * n + j] * Math.sqrt(squaredNorms[i] * squaredNorms[j]);
    }
  }
  const depth = architecture.layers.length;
  let LBlay = 0;
  let LBmat = 0;
  let NNGP = 0;
  for (let l = 0; l < depth; l++) {
    const { weightVariance, branch, skip } = distinct[0].layers[l];
    const gain = Math.min(...distinct.map((side) => side.layers[l].moments.derivativeSecond));
    const backward = productOver(distinct, l + 1, (layer) => layer.moments.derivativeSecond);
    const features = feature;
    LBlay += model.co * weightVariance * leastOf((i, j) => features[i * n + j]) * branch ** 2 * gain * backward;

    const next = new Float64Array(n * n);
    const slopes = new Float64Array(l === 0 ? n * n : 0);
    const duals = pairDuals(perInput, distinct.length === 1, l, feature);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const [x, y] = [perInput[i].layers[l], perInput[j].layers[l]];
        const covariance = i === j ? x.variance : weightVariance * feature[i * n + j];
        let value = branch * branch * (i === j ? x.moments.second : duals.value[at]);
        if (skip) {
          value += feature[i * n + j];
          if (model.crossTerms) {
            const [before, after] = [perInput[i].layers[l - 1].meanFeature, perInput[j].layers[l - 1].meanFeature];
            value += branch * (x.moments.mean * after + before * y.moments.mean);
          }
        }
        next[i * n + j] = next[j * n + i] = value;
        if (l === 0) slopes[i * n + j] = covariance * (i === j ? x.moments.derivativeSecond : duals.derivative[at]);
        if (i !== j) at++;
      }
    }
    if (l === 0) {
      const mean = (i: number) => perInput[i].layers[0].moments.mean;
      const centred = (i: number, j: number) => next[i * n + j] - mean(i) * mean(j);
      LBmat = model.co * leastOf((i, j) => centred(i, j) + slopes[i * n + j]) * layerProduct(distinct);
      NNGP = model.co * leastOf(centred) * featureProduct(distinct);
    }
    feature = next;
  }
  LBlay += model.co * leastOf((i, j) => feature[i * n + j]);
  return { LBmat, LBlay, NNGP };
}

/** Duals of layer l for every pair i > j, packed row by row; through the angle table when all inputs have one norm. */
function pairDuals(
  perInput: readonly ArchitectureScalars[],
  oneNorm: boolean,
  l: number,
  feature: Float64Array,
): { readonly value: Float64Array; readonly derivative: Float64Array } {
  const n = perInput.length;
  const pairs = (n * (n - 1)) / 2;
  const value = new Float64Array(pairs);
  const derivative = new Float64Array(pairs);
  const theta = new Float64Array(oneNorm ? pairs : 0);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) {
      const [x, y] = [perInput[i].layers[l], perInput[j].layers[l]];
      const covariance = x.weightVariance * feature[i * n + j];
      if (oneNorm) {
        theta[at] = angleOf(covariance / x.variance);
        continue;
      }
      const dual = x.activation.dual(x.variance, y.variance, covariance);
      value[at] = dual.value;
      derivative[at] = dual.derivative;
    }
  }
  if (oneNorm && pairs > 0) {
    const { activation, variance } = perInput[0].layers[l];
    activation.dualsAtAngles(variance, theta, value, derivative);
  }
  return { value, derivative };
}

/** acos, with correlations within rounding of 1 or -1 taken for exactly that: acos would make an angle of 1e-8 of it. */
const angleOf = (rho: number): number => {
  if (rho >= 1 - 4 * Number.EPSILON) return 0;
  return rho <= -1 + 4 * Number.EPSILON ? Math.PI : Math.acos(rho);
};
