import { activation } from "../../arch/activations/registry.js";
import { branchScale, depthOf, type Architecture, type ModelParameters } from "../../arch/architecture.js";
import { AppError } from "../../errors.js";
import { gramMatrix } from "../../math/linalg.js";
import type { KernelMatrix } from "../engine.js";
import { scalars, type ArchitectureScalars } from "./scalars.js";

/** Rows of one data set as kernels see them. */
export interface InputRows {
  readonly n: number;
  readonly d: number;
  /** n x d, row-major. */
  readonly inputs: Float64Array;
}

/** NTK and NNGP value of one pair of inputs. */
interface PairKernel {
  readonly ntk: number;
  readonly nngp: number;
}

/**
 * The kernels of one architecture as functions of <x,x>, <y,y> and <x,y>: the recursion of docs/theory.md 2 for one entry.
 * Both norms may differ; scalars per norm are computed once.
 */
export class PairRecursion {
  readonly #byNorm = new Map<number, ArchitectureScalars>();
  readonly #tau: number;

  constructor(
    readonly architecture: Architecture,
    readonly model: ModelParameters,
  ) {
    if (architecture.layers.length === 0) {
      throw new AppError("space", "An architecture needs at least one hidden layer (depth 2).", {
        hint: "Name an activation.",
      });
    }
    architecture.layers.forEach((layer) => activation(layer.activation));
    this.#tau = branchScale(model, depthOf(architecture));
  }

  scalars(squaredNorm: number): ArchitectureScalars {
    let found = this.#byNorm.get(squaredNorm);
    if (found === undefined) {
      found = scalars(this.architecture, this.model, squaredNorm);
      this.#byNorm.set(squaredNorm, found);
    }
    return found;
  }

  pair(x: ArchitectureScalars, y: ArchitectureScalars, product: number): PairKernel {
    const { model } = this;
    let feature = product;
    let tangent = 0;
    for (let l = 0; l < x.layers.length; l++) {
      const a = x.layers[l];
      const b = y.layers[l];
      const weightVariance = a.weightVariance;
      const branch = l === 0 ? 1 : this.#tau;
      const covariance = weightVariance * feature;
      const dual = a.activation.dual(a.variance, b.variance, covariance);
      const gain = branch * branch * dual.derivative;
      let nextFeature = branch * branch * dual.value;
      let nextTangent = gain * (covariance + weightVariance * tangent);
      if (a.skip) {
        nextFeature += feature;
        if (model.crossTerms) {
          const etaX = x.layers[l - 1].meanFeature;
          const etaY = y.layers[l - 1].meanFeature;
          nextFeature += branch * (a.moments.mean * etaY + etaX * b.moments.mean);
        }
        nextTangent += tangent;
      }
      feature = nextFeature;
      tangent = nextTangent;
    }
    return { nngp: model.co * feature, ntk: model.co * (feature + tangent) };
  }
}

/**
 * Infinite-width kernel of every pair of rows, entry by entry (docs/theory.md 2): the reference, and the only way for
 * inputs of unequal norms. Theta is n x n, symmetric, its diagonal from the scalar recursion.
 * Throws AppError `space` for an architecture without hidden layer.
 *
 * @example infiniteKernel(parseGenotype("relu+tanh"), { n, d, inputs }, modelPresets.he)
 */
export function infiniteKernel(
  architecture: Architecture,
  rows: InputRows,
  model: ModelParameters,
  kind: KernelMatrix["meta"]["kind"] = "ntk",
): KernelMatrix {
  const { n, d, inputs } = rows;
  const recursion = new PairRecursion(architecture, model);
  const products = gramMatrix(inputs, n, d);
  const norms = snapNorms(Float64Array.from({ length: n }, (_, i) => products[i * n + i]));
  const sides = Array.from(norms, (norm) => recursion.scalars(norm));
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    data[i * n + i] = sides[i][kind];
    for (let j = 0; j < i; j++) {
      const product = sameRow(rows, i, rows, j) ? norms[i] : products[i * n + j];
      data[i * n + j] = data[j * n + i] = recursion.pair(sides[i], sides[j], product)[kind];
    }
  }
  return { rows: n, columns: n, data, meta: { kind, engine: "infinite-direct", precision: "float64" } };
}

/** Kernel between two data sets (test x train): rows of `x` against rows of `y`. Throws when the dimensions differ. */
export function crossKernel(
  architecture: Architecture,
  x: InputRows,
  y: InputRows,
  model: ModelParameters,
  kind: KernelMatrix["meta"]["kind"] = "ntk",
): KernelMatrix {
  if (x.d !== y.d) {
    throw new AppError("data", `The two data sets must have the same number of columns, got ${x.d} and ${y.d}.`, {
      hint: "Prepare both in the same way.",
    });
  }
  const recursion = new PairRecursion(architecture, model);
  const xNorms = snapNorms(squaredNorms(x));
  const xSides = Array.from(xNorms, (norm) => recursion.scalars(norm));
  const ySides = Array.from(snapNorms(squaredNorms(y)), (norm) => recursion.scalars(norm));
  const data = new Float64Array(x.n * y.n);
  for (let i = 0; i < x.n; i++) {
    for (let j = 0; j < y.n; j++) {
      let product = 0;
      for (let k = 0; k < x.d; k++) product += x.inputs[i * x.d + k] * y.inputs[j * y.d + k];
      if (sameRow(x, i, y, j)) product = xNorms[i];
      data[i * y.n + j] = recursion.pair(xSides[i], ySides[j], product)[kind];
    }
  }
  return { rows: x.n, columns: y.n, data, meta: { kind, engine: "infinite-direct", precision: "float64" } };
}

/** Equal rows: their product is the norm exactly, where rounding would turn a correlation of 1 into an angle of 1e-8. */
function sameRow(x: InputRows, i: number, y: InputRows, j: number): boolean {
  for (let k = 0; k < x.d; k++) if (x.inputs[i * x.d + k] !== y.inputs[j * y.d + k]) return false;
  return true;
}

function squaredNorms({ n, d, inputs }: InputRows): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += inputs[i * d + k] ** 2;
    return sum;
  });
}

/** Squared norms that differ from 1 by rounding only become 1 exactly, so that equal norms share their scalars. */
export function snapNorms(norms: Float64Array): Float64Array {
  return norms.map((norm) => (Math.abs(norm - 1) < 1e-13 ? 1 : norm));
}
