import type { Activation } from "../arch/activations/activation.js";
import { gramMatrix } from "../math/linalg.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { snapNorms, type InputRows } from "../kernels/infinite/direct.js";

/** Largest Hermite order in the lower bounds (docs/theory.md 3.2). */
export const maximalOrder = 40;

/** What the lower bounds need of the inputs, computed once for a batch. */
export interface DataTerms {
  readonly n: number;
  /** <x_i, x_i>. */
  readonly squaredNorms: Float64Array;
  /** Unit correlations rho_ij, n x n, ones on the diagonal. */
  readonly correlation: Float64Array;
  /** lambda_min(rho^{o r}) clipped at 0, index r = 0..40 (index 0 unused). */
  readonly powerLambdaMin: Float64Array;
  /** Gershgorin: 1 - max_i sum_{j != i} |rho_ij|^r, index r; needs no eigenproblem and may be negative. */
  readonly gershgorin: Float64Array;
}

/** Up to this n every order has its own eigenproblem; beyond it only `sparseOrders` have. */
const everyOrderUpTo = 1000;
const sparseOrders: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 8, 12, 18, 28, 40]);

/**
 * Data terms of a batch: least eigenvalues of the entrywise powers of the correlation matrix, orders 1..40. By Schur's
 * product theorem they never fall as r grows, so an order without an eigenproblem of its own takes the value of the one
 * before it: still a lower bound.
 */
export function dataTerms({ n, d, inputs }: InputRows, orders = maximalOrder): DataTerms {
  const products = gramMatrix(inputs, n, d);
  const squaredNorms = snapNorms(Float64Array.from({ length: n }, (_, i) => products[i * n + i]));
  const correlation = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    correlation[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      const scale = Math.sqrt(squaredNorms[i] * squaredNorms[j]);
      const rho = scale > 0 ? products[i * n + j] / scale : 0;
      correlation[i * n + j] = correlation[j * n + i] = snapCorrelation(rho, inputs, d, i, j, squaredNorms);
    }
  }
  const powerLambdaMin = new Float64Array(orders + 1);
  const gershgorin = new Float64Array(orders + 1);
  const solver = new SymmetricSolver(n);
  const power = solver.matrix.fill(1);
  let start: Float64Array | undefined;
  for (let r = 1; r <= orders; r++) {
    for (let k = 0; k < power.length; k++) power[k] *= correlation[k];
    if (n <= everyOrderUpTo || sparseOrders.has(r)) {
      const least = solver.least(start);
      start = least.vector;
      powerLambdaMin[r] = Math.max(powerLambdaMin[r - 1], least.rankDeficient ? 0 : least.value - least.slack);
    } else powerLambdaMin[r] = powerLambdaMin[r - 1];
    let largestRow = 0;
    for (let i = 0; i < n; i++) {
      let sum = -1;
      for (let j = 0; j < n; j++) sum += Math.abs(power[i * n + j]);
      largestRow = Math.max(largestRow, sum);
    }
    gershgorin[r] = 1 - largestRow;
  }
  return { n, squaredNorms, correlation, powerLambdaMin, gershgorin };
}

/** A correlation, exactly 1 or -1 for rows that coincide or are opposite up to rounding (chord below 1e-12). */
function snapCorrelation(
  rho: number,
  inputs: Float64Array,
  d: number,
  i: number,
  j: number,
  squaredNorms: Float64Array,
): number {
  if (Math.abs(rho) < 1 - 1e-12) return rho;
  const [a, b] = [1 / Math.sqrt(squaredNorms[i]), Math.sign(rho) / Math.sqrt(squaredNorms[j])];
  let chord = 0;
  for (let k = 0; k < d; k++) chord += (a * inputs[i * d + k] - b * inputs[j * d + k]) ** 2;
  return chord < 1e-24 ? Math.sign(rho) : Math.min(1, Math.max(-1, rho));
}

/** Terms (1 + r) min_i mu_r(q_i)^2 lambda_min(rho^{o r}) of a first activation, r = 1..40 (index r - 1); q_i = c1 <x_i, x_i>. */
export function firstLayerTerms(terms: DataTerms, first: Activation, c1: number): Float64Array {
  const orders = terms.powerLambdaMin.length - 1;
  const least = new Float64Array(orders).fill(Infinity);
  for (const norm of new Set(terms.squaredNorms)) {
    const mu = first.hermite(c1 * norm, orders);
    for (let r = 1; r <= orders; r++) least[r - 1] = Math.min(least[r - 1], mu[r] * mu[r]);
  }
  return least.map((square, index) => (index + 2) * square * terms.powerLambdaMin[index + 1]);
}
