import { AppError } from "../errors.js";
import { bisectEigenvalue, tridiagonalEigenvector, type Tridiagonal } from "../math/tridiagonal.js";
import { rng } from "../rng.js";

/** One end of a spectrum as far as products with the matrix tell. */
export interface ExtremeEigenpair {
  /** Rayleigh quotient of `vector`: never outside the spectrum but for rounding, so an upper bound of the least eigenvalue. */
  readonly value: number;
  /** Unit vector. */
  readonly vector: Float64Array;
  /** ||K v - value v||_2, measured by one more product: an eigenvalue lies within it (but nothing proves that it is the last). */
  readonly residual: number;
  /** The residual is at most the tolerance times the value, or rounding's share of the largest eigenvalue. */
  readonly converged: boolean;
}

export interface LanczosExtremes {
  readonly least: ExtremeEigenpair;
  readonly largest: ExtremeEigenpair;
  /** Products with the matrix, the last two for the residuals. */
  readonly products: number;
}

export interface LanczosOptions {
  /** Residual over value at which an end counts as found; default 1e-8. */
  readonly tolerance?: number;
  /** Products at most; default 300 (never more than n + 2). The basis holds that many vectors. */
  readonly maxProducts?: number;
  readonly seed?: number | string;
  /** Called before every product; may throw to stop. */
  readonly onStep?: (step: number) => void;
}

/** Steps between looks at the small eigenproblem. */
const lookEvery = 4;

/**
 * Least and largest eigenvalue of a symmetric positive semidefinite n x n matrix that is only known by its products, by
 * Lanczos with full reorthogonalisation from a random vector. The spaces of K and of lambda_max - K are the same, so one run
 * serves both ends; the small end of a kernel is the dense one and needs more steps (about sqrt(lambda_max / gap)), often
 * many more. What is not found in `maxProducts` is returned with `converged: false` and its residual, never hidden.
 * Memory: (steps + 3) n numbers.
 * Throws AppError `numeric` when a product is not finite.
 *
 * @example lanczosExtremes((v) => product(v), 20_000, { maxProducts: 200 }).least.value
 */
export function lanczosExtremes(
  multiply: (v: Float64Array) => Float64Array,
  n: number,
  { tolerance = 1e-8, maxProducts = 300, seed = 0, onStep }: LanczosOptions = {},
): LanczosExtremes {
  const steps = Math.max(1, Math.min(n, maxProducts - 2));
  const generator = rng(seed, "lanczos");
  let products = 0;
  const apply = (v: Float64Array): Float64Array => {
    onStep?.(products);
    products++;
    const product = multiply(v);
    if (!product.every(Number.isFinite)) {
      throw new AppError("numeric", "A product with the kernel is not finite.", {
        hint: "Check the inputs for NaN, or use smaller weight variances or a branch scale.",
      });
    }
    return product;
  };
  const basis: Float64Array[] = [];
  const alpha: number[] = [];
  const beta: number[] = [0];
  let q = normalised(Float64Array.from({ length: n }, () => generator.normal()));
  let small: Tridiagonal;
  for (;;) {
    basis.push(q);
    const w = apply(q);
    alpha.push(dot(w, q));
    for (let pass = 0; pass < 2; pass++) for (const known of basis) subtract(w, known, dot(w, known));
    const norm = Math.sqrt(dot(w, w));
    const last = basis.length === steps;
    const scale = Math.max(...alpha.map(Math.abs), Number.MIN_VALUE);
    const exhausted = norm <= 1e-14 * scale;
    if (last || exhausted || basis.length % lookEvery === 0) {
      small = { d: Float64Array.from(alpha), e: Float64Array.from(beta) };
      const [low, high] = endsOf(small);
      const floor = roundingOf(n, high.value);
      const found = [low, high].every(({ value, tail }) => norm * tail <= Math.max(0.5 * tolerance * value, floor));
      if (last || exhausted || found) break;
    }
    beta.push(norm);
    q = w.map((value) => value / norm);
  }
  const [low, high] = endsOf(small);
  const pairOf = (combination: Float64Array): { value: number; vector: Float64Array; residual: number } => {
    const v = new Float64Array(n);
    combination.forEach((factor, k) => subtract(v, basis[k], -factor));
    const vector = normalised(v);
    const product = apply(vector);
    const value = dot(product, vector);
    subtract(product, vector, value);
    return { value, vector, residual: Math.sqrt(dot(product, product)) };
  };
  const [least, largest] = [pairOf(low.combination), pairOf(high.combination)];
  const floor = roundingOf(n, largest.value);
  const judged = (pair: typeof least): ExtremeEigenpair => ({
    ...pair,
    converged: pair.residual <= Math.max(tolerance * Math.abs(pair.value), 4 * floor),
  });
  return { least: judged(least), largest: judged(largest), products };
}

/** What rounding leaves of a product with a matrix of this size. */
const roundingOf = (n: number, largest: number): number => 2 * Number.EPSILON * Math.sqrt(n) * Math.abs(largest);

function endsOf(small: Tridiagonal): { value: number; tail: number; combination: Float64Array }[] {
  return [0, small.d.length - 1].map((index) => {
    const value = bisectEigenvalue(small, index);
    const combination = tridiagonalEigenvector(small, value);
    return { value, tail: Math.abs(combination[small.d.length - 1]), combination };
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a -= factor b. */
function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] -= factor * b[i];
}

function normalised(v: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(v, v));
  return v.map((value) => value / norm);
}
