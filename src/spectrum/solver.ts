import { AppError } from "../errors.js";
import { LinalgMemory } from "../math/linalg.js";
import {
  bisectEigenvalue,
  tridiagonalEigenvalues,
  tridiagonalEigenvector,
  type Tridiagonal,
} from "../math/tridiagonal.js";

/** The least eigenvalue of a symmetric matrix with the vector and the proof that belong to it. */
export interface LeastEigenpair {
  /**
   * Rayleigh quotient v'Kv of the unit vector v: never below the true least eigenvalue but for rounding. Exactly 0 when
   * zero lies within `slack` of it, so that rounding noise is never read as an eigenvalue.
   */
  readonly value: number;
  readonly vector: Float64Array;
  /** ||K v - value v||_2. */
  readonly residual: number;
  readonly method: "inverse-lanczos" | "tridiagonal-sturm";
  /** Eigenvalues below value - slack, by inertia of K - (value - slack) I: 0 proves that `value` is the least. */
  readonly below: number;
  readonly slack: number;
  readonly certified: boolean;
  /** lambda_min < 1e-12 trace/n: zero as far as float64 can tell. */
  readonly rankDeficient: boolean;
  readonly iterations: number;
}

const lanczosLimit = 80;
/** A start vector's Rayleigh quotient r is trusted to be this near: the factor is taken at (1 - gap) r. */
const shiftGap = 0.05;
/** No shift is tried for quotients below this multiple of trace/n. */
const nearestShift = 1e-8;
/** Added to a start vector so that it has a part along every eigenvector. */
const startNoise = 1e-6;
/** Below this multiple of trace/n an eigenvalue counts as zero (docs/theory.md 4.5). */
export const rankTolerance = 1e-12;

/**
 * Work space for symmetric n x n matrices of one size: fill `matrix` (row-major, both triangles), then ask.
 * The matrix is kept; every question may be asked again. Not for use from two places at once.
 *
 * least eigenvalue: Lanczos on K^-1 through a Cholesky factor, started from `start`; certified by a second Cholesky
 * factorisation of K - (value - slack) I, which exists only if no eigenvalue lies below (Sylvester's law of inertia).
 */
export class SymmetricSolver {
  readonly n: number;
  readonly memory = new LinalgMemory();
  /** Byte offset of `matrix` in `memory`, for kernels that fill it in place. */
  readonly matrixOffset: number;
  readonly #factor: number;
  readonly #pack: number;
  readonly #basis: number;
  readonly #w: number;
  readonly #v: number;
  readonly #block: number;
  readonly #steps: number;

  constructor(n: number) {
    if (!Number.isInteger(n) || n < 1) throw new AppError("internal", `A matrix needs a size of at least 1, got ${n}.`);
    this.n = n;
    this.#steps = Math.min(lanczosLimit, n);
    this.#block = n <= 192 ? 16 : n <= 768 ? 32 : 48;
    this.matrixOffset = this.memory.reserve(n * n);
    this.#factor = this.memory.reserve(n * n);
    this.#pack = this.memory.reserve(this.#block * (n + 8));
    this.#basis = this.memory.reserve((this.#steps + 1) * n);
    this.#w = this.memory.reserve(n + 2);
    this.#v = this.memory.reserve(n + 2);
  }

  /** A view of the matrix; take it anew after reserving more memory. */
  get matrix(): Float64Array {
    return this.memory.view(this.matrixOffset, this.n * this.n);
  }

  trace(): number {
    const { n } = this;
    const matrix = this.matrix;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += matrix[i * n + i];
    return sum;
  }

  /** Least eigenvalue and vector. Throws AppError `numeric` when the matrix is not finite. */
  least(start?: Float64Array): LeastEigenpair {
    const { n } = this;
    const trace = this.trace();
    if (!Number.isFinite(trace)) throw notFinite();
    const scale = trace === 0 ? 1 : Math.abs(trace) / n;
    if (start === undefined || !this.#factorNear(start, scale)) this.#factorShifted(scale);
    const lanczos = this.#inverseLanczos(start);
    const slack = (value: number): number =>
      Math.max(1e-10 * Math.abs(value), 8 * Number.EPSILON * Math.max(n, 16) * scale);
    let found: Omit<LeastEigenpair, "below" | "slack" | "certified" | "rankDeficient"> = {
      ...lanczos,
      method: "inverse-lanczos",
    };
    if (!Number.isFinite(found.value)) throw notFinite();
    let below = this.#isDefinite(found.value - slack(found.value)) ? 0 : 1;
    if (below > 0) {
      const tridiagonal = this.#tridiagonal();
      const exact = bisectEigenvalue(tridiagonal, 0);
      this.#factorShifted(scale, exact - slack(exact));
      const again = this.#inverseLanczos(undefined);
      found = { ...again, method: "tridiagonal-sturm" };
      below = this.#isDefinite(found.value - slack(found.value)) ? 0 : 1;
    }
    const value = Math.abs(found.value) < slack(found.value) ? 0 : found.value;
    return {
      ...found,
      value,
      below,
      slack: slack(value),
      certified: below === 0,
      rankDeficient: value < rankTolerance * scale,
    };
  }

  /** All eigenvalues, ascending: Householder tridiagonalisation and implicit QL. */
  eigenvalues(): Float64Array {
    if (!Number.isFinite(this.trace())) throw notFinite();
    return tridiagonalEigenvalues(this.#tridiagonal());
  }

  /**
   * Factors K + ridge I = L L' and hands out solves with it; undefined when it is not positive definite.
   * Valid until the next call of any other method.
   */
  factor(ridge: number): CholeskyFactor | undefined {
    const { kernels } = this.memory;
    const { n } = this;
    kernels.shifted(n, this.matrixOffset, this.#factor, n, -ridge);
    if (kernels.cholesky(n, this.#factor, n, this.#pack, this.#block) >= 0) return undefined;
    const w = this.memory.view(this.#w, n);
    return {
      solve: (b) => {
        w.set(b);
        kernels.solveLower(n, this.#factor, n, this.#w);
        kernels.solveUpper(n, this.#factor, n, this.#w);
        return w.slice();
      },
      inverseDiagonal: () => {
        const diagonal = new Float64Array(n);
        for (let i = 0; i < n; i++) {
          const tail = n - i;
          w.fill(0, 0, tail);
          w[0] = 1;
          kernels.solveLower(tail, this.#factor + 8 * (i * n + i), n, this.#w);
          diagonal[i] = kernels.dot(tail, this.#w, this.#w);
        }
        return diagonal;
      },
      logDeterminant: () => {
        const factor = this.memory.view(this.#factor, n * n);
        let sum = 0;
        for (let i = 0; i < n; i++) sum += Math.log(factor[i * n + i]);
        return 2 * sum;
      },
    };
  }

  /** Factors K (or K - shift I), raising the shift until a factor exists; returns what was added to the diagonal. */
  #factorShifted(scale: number, start = 0): number {
    const { kernels } = this.memory;
    const { n } = this;
    let added = -start;
    let step = 4 * Number.EPSILON * n * scale;
    for (let attempt = 0; attempt < 60; attempt++) {
      kernels.shifted(n, this.matrixOffset, this.#factor, n, -added);
      if (kernels.cholesky(n, this.#factor, n, this.#pack, this.#block) < 0) return added;
      added += step;
      step *= 4;
    }
    throw notFinite();
  }

  /**
   * Factors K - s I with s a little below the Rayleigh quotient of `start`, which makes the Lanczos iteration short; false
   * when there is no factor, because an eigenvalue lies below s.
   */
  #factorNear(start: Float64Array, scale: number): boolean {
    const { kernels } = this.memory;
    const { n } = this;
    this.memory.view(this.#w, n).set(start);
    kernels.multiply(n, this.matrixOffset, n, this.#w, this.#v);
    const quotient = kernels.dot(n, this.#w, this.#v) / kernels.dot(n, this.#w, this.#w);
    return quotient > nearestShift * scale && this.#isDefinite((1 - shiftGap) * quotient);
  }

  #isDefinite(shift: number): boolean {
    const { kernels } = this.memory;
    kernels.shifted(this.n, this.matrixOffset, this.#factor, this.n, shift);
    return kernels.cholesky(this.n, this.#factor, this.n, this.#pack, this.#block) < 0;
  }

  #tridiagonal(): Tridiagonal {
    const { kernels } = this.memory;
    const { n } = this;
    const d = this.#basis;
    const e = n > 1 ? this.#basis + 8 * n : this.#w;
    kernels.shifted(n, this.matrixOffset, this.#factor, n, 0);
    kernels.tridiagonalise(n, this.#factor, n, d, e, this.#w, this.#v);
    return { d: this.memory.view(d, n).slice(), e: this.memory.view(e, n).slice() };
  }

  #inverseLanczos(start: Float64Array | undefined): {
    value: number;
    vector: Float64Array;
    residual: number;
    iterations: number;
  } {
    const { kernels } = this.memory;
    const { n } = this;
    const w = this.memory.view(this.#w, n);
    const alpha: number[] = [];
    const beta: number[] = [0];
    for (let i = 0; i < n; i++)
      w[i] =
        start === undefined
          ? 1 + 0.3 * Math.sin(12.9898 * (i + 1))
          : start[i] + startNoise * Math.sin(12.9898 * (i + 1));
    let norm = Math.sqrt(kernels.dot(n, this.#w, this.#w));
    let combination: Float64Array = Float64Array.of(1);
    let previous = 0;
    for (let k = 0; k < this.#steps; k++) {
      const q = this.memory.view(this.#basis + 8 * n * k, n);
      for (let i = 0; i < n; i++) w[i] = q[i] = w[i] / norm;
      kernels.solveLower(n, this.#factor, n, this.#w);
      kernels.solveUpper(n, this.#factor, n, this.#w);
      alpha.push(kernels.dot(n, this.#w, this.#basis + 8 * n * k));
      kernels.orthogonalise(n, k + 1, this.#basis, n, this.#w);
      kernels.orthogonalise(n, k + 1, this.#basis, n, this.#w);
      norm = Math.sqrt(kernels.dot(n, this.#w, this.#w));
      const last = k === this.#steps - 1 || norm <= 1e-14 * Math.abs(alpha[0]);
      if (last || (k >= 2 && k % 2 === 0)) {
        const small = { d: Float64Array.from(alpha, (x) => -x), e: Float64Array.from(beta, (x) => -x) };
        const ritz = bisectEigenvalue(small, 0);
        combination = tridiagonalEigenvector(small, ritz);
        const error = Math.abs(norm * combination[k]);
        if (last || error <= 1e-9 * -ritz || (error <= 1e-7 * -ritz && Math.abs(ritz - previous) <= 1e-15 * -ritz))
          break;
        previous = ritz;
      }
      beta.push(norm);
    }
    return { ...this.#rayleigh(combination), iterations: alpha.length };
  }

  /** The Ritz vector, refined by one inverse iteration, with its Rayleigh quotient and residual. */
  #rayleigh(combination: Float64Array): { value: number; vector: Float64Array; residual: number } {
    const { kernels } = this.memory;
    const { n } = this;
    const w = this.memory.view(this.#w, n);
    const product = this.memory.view(this.#v, n);
    w.fill(0);
    combination.forEach((factor, k) => {
      const q = this.memory.view(this.#basis + 8 * n * k, n);
      for (let i = 0; i < n; i++) w[i] += factor * q[i];
    });
    kernels.solveLower(n, this.#factor, n, this.#w);
    kernels.solveUpper(n, this.#factor, n, this.#w);
    const norm = Math.sqrt(kernels.dot(n, this.#w, this.#w));
    for (let i = 0; i < n; i++) w[i] /= norm;
    kernels.multiply(n, this.matrixOffset, n, this.#w, this.#v);
    const value = kernels.dot(n, this.#w, this.#v);
    let residual = 0;
    for (let i = 0; i < n; i++) residual += (product[i] - value * w[i]) ** 2;
    return { value, vector: w.slice(), residual: Math.sqrt(residual) };
  }
}

/** Solves with K + ridge I; see SymmetricSolver.factor. */
export interface CholeskyFactor {
  /** (K + ridge I)^-1 b. */
  solve(b: Float64Array): Float64Array;
  /** Diagonal of (K + ridge I)^-1. */
  inverseDiagonal(): Float64Array;
  /** log det (K + ridge I). */
  logDeterminant(): number;
}

const notFinite = (): AppError =>
  new AppError(
    "numeric",
    "The kernel is not a finite positive semidefinite matrix: an entry is NaN, infinite or far below zero.",
    {
      hint: "Check the inputs for NaN and overflow, or use smaller weight variances (--c, --c1) or branch scale (--tau).",
    },
  );
