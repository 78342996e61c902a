import { rng } from "../../rng.js";
import { mean, rowsOf, type Examples } from "../examples.js";
import { stratifiedFolds } from "../splits.js";

/** Penalties that are tried, per training row: the loss is the mean of -log p plus penalty/2 times the squared weights. */
export const penaltyGrid = [1e-4, 1e-3, 1e-2, 1e-1, 1] as const;

const folds = 5;
const mostNewtonSteps = 50;
const mostConjugateSteps = 40;

/** Multinomial logistic regression: logits = W x + b, one row of W a class. */
export interface LogisticModel {
  readonly classes: number;
  readonly penalty: number;
  /** classes x (d + 1), the last column is the intercept. */
  readonly weights: Float64Array;
  /** Class probabilities, rows x classes. */
  probabilities(rows: Pick<Examples, "n" | "inputs">): Float64Array;
}

/**
 * Multinomial logistic regression with an L2 penalty on the weights, not on the intercepts. Newton's method, its systems by
 * conjugate gradients, steps halved until the loss falls; ends when the gradient's norm is below 1e-8 (`tolerance`).
 *
 * @param start weights of a fit nearby
 */
export function fitLogistic(
  { n, d, inputs, labels }: Examples,
  classes: number,
  penalty: number,
  { start, tolerance = 1e-8 }: { readonly start?: Float64Array; readonly tolerance?: number } = {},
): LogisticModel {
  const width = d + 1;
  const size = classes * width;
  const w = start?.slice() ?? new Float64Array(size);
  const at = (i: number, k: number): number => (k < d ? inputs[i * d + k] : 1);

  const probabilitiesOf = (weights: Float64Array, rows: Float64Array, m: number): Float64Array => {
    const p = new Float64Array(m * classes);
    for (let i = 0; i < m; i++) {
      let largest = -Infinity;
      for (let c = 0; c < classes; c++) {
        let z = weights[c * width + d];
        for (let k = 0; k < d; k++) z += weights[c * width + k] * rows[i * d + k];
        p[i * classes + c] = z;
        largest = Math.max(largest, z);
      }
      let total = 0;
      for (let c = 0; c < classes; c++) total += p[i * classes + c] = Math.exp(p[i * classes + c] - largest);
      for (let c = 0; c < classes; c++) p[i * classes + c] /= total;
    }
    return p;
  };
  const lossOf = (weights: Float64Array, p: Float64Array): number => {
    let loss = 0;
    for (let i = 0; i < n; i++) loss -= Math.log(Math.max(p[i * classes + labels![i]], 1e-300)) / n;
    for (let a = 0; a < size; a++) if (a % width !== d) loss += (penalty / 2) * weights[a] ** 2;
    return loss;
  };
  /** sum_i r_ic x_ik / n + penalty v: the gradient for r = p - onehot, and with it Hessian products. */
  const gathered = (r: Float64Array, v: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < classes; c++) {
        const value = r[i * classes + c] / n;
        if (value !== 0) for (let k = 0; k < width; k++) out[c * width + k] += value * at(i, k);
      }
    }
    for (let a = 0; a < size; a++) if (a % width !== d) out[a] += penalty * v[a];
    return out;
  };

  let p = probabilitiesOf(w, inputs, n);
  let loss = lossOf(w, p);
  for (let step = 0; step < mostNewtonSteps; step++) {
    const residual = p.slice();
    for (let i = 0; i < n; i++) residual[i * classes + labels![i]] -= 1;
    const gradient = gathered(residual, w);
    const norm = Math.sqrt(dot(gradient, gradient));
    if (norm < tolerance) break;
    const hessianTimes = (v: Float64Array): Float64Array => {
      const r = new Float64Array(n * classes);
      for (let i = 0; i < n; i++) {
        let average = 0;
        for (let c = 0; c < classes; c++) {
          let z = v[c * width + d];
          for (let k = 0; k < d; k++) z += v[c * width + k] * inputs[i * d + k];
          r[i * classes + c] = z;
          average += p[i * classes + c] * z;
        }
        for (let c = 0; c < classes; c++) r[i * classes + c] = p[i * classes + c] * (r[i * classes + c] - average);
      }
      return gathered(r, v);
    };
    const direction = conjugateGradients(hessianTimes, gradient, Math.min(0.1, Math.sqrt(norm)) * norm);
    const slope = dot(gradient, direction);
    let length = 1;
    for (; length > 1e-10; length /= 2) {
      const trial = w.map((value, a) => value - length * direction[a]);
      const trialP = probabilitiesOf(trial, inputs, n);
      const trialLoss = lossOf(trial, trialP);
      if (trialLoss > loss - 1e-4 * length * slope) continue;
      w.set(trial);
      [p, loss] = [trialP, trialLoss];
      break;
    }
    if (length <= 1e-10) break;
  }
  return { classes, penalty, weights: w, probabilities: (rows) => probabilitiesOf(w, rows.inputs, rows.n) };
}

/** x with |A x - b| below `tolerance`, A positive semidefinite. */
function conjugateGradients(
  times: (v: Float64Array) => Float64Array,
  b: Float64Array,
  tolerance: number,
): Float64Array {
  const x = new Float64Array(b.length);
  const r = b.slice();
  let direction = b.slice();
  let square = dot(r, r);
  for (let step = 0; step < mostConjugateSteps && Math.sqrt(square) > tolerance; step++) {
    const product = times(direction);
    const curvature = dot(direction, product);
    if (!(curvature > 0)) break;
    const length = square / curvature;
    for (let a = 0; a < x.length; a++) {
      x[a] += length * direction[a];
      r[a] -= length * product[a];
    }
    const next = dot(r, r);
    direction = r.map((value, a) => value + (next / square) * direction[a]);
    square = next;
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The fit whose penalty has the least log loss in five stratified folds; the larger of equals. */
export function logisticByValidation(train: Examples, classes: number, seed: number | string): LogisticModel {
  const parts = stratifiedFolds(train.labels, Math.min(folds, train.n), rng(seed, "logistic"));
  const coarse = { tolerance: 1e-3 };
  const losses = parts.map((held) => {
    const rest = rowsOf(train, complement(held, train.n));
    const test = rowsOf(train, held);
    let start: Float64Array | undefined;
    return penaltyGrid.toReversed().map((penalty) => {
      const model = fitLogistic(rest, classes, penalty, { ...coarse, ...(start && { start }) });
      start = model.weights;
      const p = model.probabilities(test);
      return mean(Float64Array.from(test.labels!, (label, i) => -Math.log(Math.max(p[i * classes + label], 1e-12))));
    });
  });
  let best: { penalty: number; loss: number } | undefined;
  penaltyGrid.toReversed().forEach((penalty, at) => {
    const loss = losses.reduce((sum, row, f) => sum + row[at] * parts[f].length, 0) / train.n;
    if (best === undefined || loss < best.loss) best = { penalty, loss };
  });
  return fitLogistic(train, classes, best!.penalty, { tolerance: 1e-6 });
}

const complement = (rows: readonly number[], n: number): number[] => {
  const held = new Set(rows);
  return Array.from({ length: n }, (_, i) => i).filter((i) => !held.has(i));
};
