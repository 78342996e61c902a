import { AnglePath, type AngleValues, type PathLayer } from "../kernels/infinite/angle-path.js";
import { ChebyshevKernel, seriesInterval, type AngleGeometry } from "../kernels/infinite/geometry.js";
import { branchScale, type ModelParameters } from "../arch/architecture.js";
import { AppError } from "../errors.js";
import { chebyshevCoefficients, chebyshevNodes } from "../math/chebyshev.js";
import { SymmetricSolver, type LeastEigenpair } from "../spectrum/solver.js";

/** Numbers of Chebyshev terms that are tried, in turn, until a kernel is resolved. */
const termLadder = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512] as const;
/** A kernel is resolved when its last three coefficients are below this multiple of its diagonal. */
const tailTolerance = 4e-16;
const tailLength = 3;

/** A kernel as coefficients in the angle. */
export interface SeriesKernel {
  readonly coefficients: Float64Array;
  readonly diagonal: number;
  readonly featureDiagonal: number;
  /** Size of the last coefficients relative to the diagonal: the truncation error. */
  readonly tail: number;
}

/**
 * Scores architectures on one batch of equal norms: each kernel is a Chebyshev series in the angle, of as many terms as
 * it needs. `terms` is what suffices for most architectures of the search; the others climb the ladder.
 */
export class AngleScorer {
  readonly geometry: AngleGeometry;
  readonly model: ModelParameters;
  readonly terms: number;
  readonly solver: SymmetricSolver;
  readonly #kernel: ChebyshevKernel;
  readonly #paths = new Map<number, AnglePath>();

  constructor(geometry: AngleGeometry, model: ModelParameters, calibration: readonly (readonly PathLayer[])[] = []) {
    this.geometry = geometry;
    this.model = model;
    this.solver = new SymmetricSolver(geometry.n);
    this.#kernel = new ChebyshevKernel(geometry, this.solver.memory, termLadder[termLadder.length - 1]);
    this.terms = this.#calibrate(calibration);
  }

  branch(depth: number): number {
    return branchScale(this.model, depth);
  }

  /** Theta at the base nodes, for bounds; overwritten by the next call. */
  values(layers: readonly PathLayer[]): AngleValues {
    return this.#path(this.terms).evaluate(layers, this.branch(layers.length + 1));
  }

  /**
   * The kernel's series, with as many terms as it needs: more are tried while they make the tail smaller, since below
   * the rounding of the node values (eps / theta near coinciding inputs) more terms only add noise. Throws AppError `numeric` on overflow.
   */
  series(layers: readonly PathLayer[]): SeriesKernel {
    let found = this.#series(layers, this.terms);
    for (const terms of termLadder) {
      if (found.tail <= tailTolerance) break;
      if (terms <= this.terms) continue;
      const longer = this.#series(layers, terms);
      if (longer.tail > found.tail / 2) break;
      found = longer;
    }
    return found;
  }

  /** Fills the solver's matrix with Theta; returns the series and the largest off-diagonal magnitude. */
  load(layers: readonly PathLayer[]): SeriesKernel & { readonly largestOffDiagonal: number } {
    const series = this.series(layers);
    const largestOffDiagonal = this.#kernel.fill(series.coefficients, series.diagonal, this.solver.matrixOffset);
    return { ...series, largestOffDiagonal };
  }

  /** Loads the kernel and finds its least eigenpair. */
  least(layers: readonly PathLayer[], start?: Float64Array): LeastEigenpair {
    this.load(layers);
    return this.solver.least(start);
  }

  /**
   * Node weights u of a vector v: v'Kv = diagonal + sum_j values_j u_j for every kernel given by `values` at the base
   * nodes and its diagonal; v has unit norm.
   */
  nodeWeights(vector: Float64Array): Float64Array {
    const { terms } = this;
    const moments = this.#kernel.moments(vector, terms);
    const weights = new Float64Array(terms);
    for (let j = 0; j < terms; j++) {
      let sum = moments[0];
      for (let k = 1; k < terms; k++) sum += 2 * moments[k] * Math.cos((Math.PI * k * (j + 0.5)) / terms);
      weights[j] = sum / terms;
    }
    return weights;
  }

  #series(layers: readonly PathLayer[], terms: number): SeriesKernel {
    const { values, diagonal, featureDiagonal } = this.#path(terms).evaluate(layers, this.branch(layers.length + 1));
    if (!Number.isFinite(diagonal)) throw overflow(layers);
    const coefficients = chebyshevCoefficients(values);
    let tail = 0;
    for (let k = Math.max(1, terms - tailLength); k < terms; k++) tail = Math.max(tail, Math.abs(coefficients[k]));
    return { coefficients, diagonal, featureDiagonal, tail: tail / Math.max(diagonal, Number.MIN_VALUE) };
  }

  #path(terms: number): AnglePath {
    let path = this.#paths.get(terms);
    if (path === undefined) {
      const [low, high] = seriesInterval(this.geometry.range);
      const nodes = chebyshevNodes(terms).map((x) => (low + high) / 2 + ((high - low) / 2) * x);
      path = new AnglePath(nodes, this.geometry.squaredNorm, this.model);
      this.#paths.set(terms, path);
    }
    return path;
  }

  /** The least number of terms that resolves nine of ten calibration architectures. */
  #calibrate(calibration: readonly (readonly PathLayer[])[]): number {
    if (calibration.length === 0) return 32;
    for (const terms of termLadder) {
      const resolved = calibration.filter((layers) => this.#series(layers, terms).tail <= tailTolerance).length;
      if (resolved >= 0.9 * calibration.length) return terms;
    }
    return 64;
  }
}

const overflow = (layers: readonly PathLayer[]): AppError =>
  new AppError(
    "numeric",
    `The kernel of ${layers.length} hidden layers overflows float64: its diagonal is not finite.`,
    {
      hint: "Use smaller weight variances (--c, --c1), a branch scale (--tau 1/L), or fewer layers.",
    },
  );
