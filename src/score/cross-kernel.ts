import type { Architecture, ModelParameters } from "../arch/architecture.js";
import { crossKernel, type InputRows } from "../kernels/infinite/direct.js";
import { crossAngles, hasEqualNorms, seriesInterval } from "../kernels/infinite/geometry.js";
import { LinalgMemory } from "../math/linalg.js";
import { AngleScorer } from "./angle-scorer.js";
import { pathLayers, unresolvedTail } from "./kernel-loader.js";

/** Longest series of a kernel (see AngleScorer). */
const mostTerms = 512;

/**
 * The NTK between new inputs (m rows) and those of training (n rows), for one architecture after the other: by a Chebyshev
 * series in the angle when all norms are equal, else pair by pair.
 */
export class CrossKernel {
  readonly #test: InputRows;
  readonly #train: InputRows;
  readonly #model: ModelParameters;
  readonly #series: CrossSeries | undefined;

  /** `angles` shares the series of the training kernel, when it covers `range`; otherwise there is one of its own. */
  constructor(
    test: InputRows,
    train: InputRows,
    model: ModelParameters,
    angles?: (range: readonly [number, number]) => AngleScorer | undefined,
  ) {
    this.#test = test;
    this.#train = train;
    this.#model = model;
    if (!hasEqualNorms(train) || !haveNormOf(test, train)) return;
    const { theta, range } = crossAngles(test, train);
    const squaredNorm = squaredNormOf(train);
    const own = (): AngleScorer => new AngleScorer({ n: 1, squaredNorm, theta: new Float64Array(0), range }, model);
    this.#series = new CrossSeries(theta, angles?.(range) ?? own());
  }

  /** k(x, x_i): m x n, row-major. Throws AppError `numeric` on overflow. */
  matrix(architecture: Architecture): Float64Array {
    const found = this.#series?.matrix(architecture);
    return found ?? crossKernel(architecture, this.#test, this.#train, this.#model).data;
  }
}

/** Series values at fixed angles. */
class CrossSeries {
  readonly #angles: AngleScorer;
  readonly #memory = new LinalgMemory();
  readonly #count: number;
  readonly #padded: number;
  readonly #x: number;
  readonly #coefficients: number;
  readonly #out: number;
  readonly #equal: number[] = [];

  constructor(theta: Float64Array, angles: AngleScorer) {
    this.#angles = angles;
    this.#count = theta.length;
    this.#padded = Math.ceil(theta.length / 8) * 8;
    this.#x = this.#memory.reserve(this.#padded);
    this.#coefficients = this.#memory.reserve(mostTerms);
    this.#out = this.#memory.reserve(this.#padded);
    const [low, high] = seriesInterval(angles.geometry.range);
    const x = this.#memory.view(this.#x, this.#padded).fill(0);
    theta.forEach((angle, i) => {
      x[i] = Math.min(1, Math.max(-1, (2 * angle - low - high) / (high - low)));
      if (angle === 0) this.#equal.push(i);
    });
  }

  /** Undefined when the series does not resolve the kernel. */
  matrix(architecture: Architecture): Float64Array | undefined {
    const { coefficients, diagonal, tail } = this.#angles.series(pathLayers(architecture));
    if (tail > unresolvedTail) return undefined;
    this.#memory.view(this.#coefficients, coefficients.length).set(coefficients);
    this.#memory.kernels.chebyshevSums(this.#padded, this.#x, coefficients.length, this.#coefficients, this.#out);
    const values = this.#memory.view(this.#out, this.#count).slice();
    for (const at of this.#equal) values[at] = diagonal;
    return values;
  }
}

const squaredNormOf = ({ d, inputs }: InputRows): number => {
  const sum = inputs.subarray(0, d).reduce((total, value) => total + value * value, 0);
  return Math.abs(sum - 1) < 1e-13 ? 1 : sum;
};

function haveNormOf(rows: InputRows, { d, inputs }: InputRows): boolean {
  if (rows.d !== d) return false;
  const both = new Float64Array((rows.n + 1) * d);
  both.set(inputs.subarray(0, d));
  both.set(rows.inputs, d);
  return hasEqualNorms({ n: rows.n + 1, d, inputs: both });
}
