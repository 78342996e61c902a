import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Architecture } from "../../src/arch/architecture.js";
import { rng, type Rng } from "../../src/rng.js";

export { spherePoints } from "./points.js";

/** The five points of docs/theory.md 5 on the half circle. */
export const halfCircle = {
  n: 5,
  d: 2,
  inputs: Float64Array.from({ length: 10 }, (_, k) =>
    k % 2 === 0 ? Math.cos(((k / 2) * Math.PI) / 5) : Math.sin((((k - 1) / 2) * Math.PI) / 5),
  ),
};

/** X X' / d with n x d standard normal X: positive definite when d >= n. */
export function randomGram(n: number, d: number, seed: number | string): Float64Array {
  const generator = rng(seed, "gram");
  const x = Float64Array.from({ length: n * d }, () => generator.normal());
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += x[i * d + k] * x[j * d + k];
      matrix[i * n + j] = sum / d;
    }
  }
  return matrix;
}

/** Eigenvalues by ml-matrix, ascending: somebody else's numbers. */
export function referenceEigenvalues(matrix: Float64Array, n: number): number[] {
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(n, n, Array.from(matrix)), {
    assumeSymmetric: true,
  });
  return decomposition.realEigenvalues.sort((a, b) => a - b);
}

export const everyActivation = [
  "linear",
  "relu",
  "leaky_relu(0.2)",
  "sigmoid",
  "tanh",
  "silu",
  "gelu",
  "elu",
  "softplus",
  "sin",
  "erf",
] as const;

/** A random architecture of a depth in the range, every activation, skips at random. */
export function randomArchitecture(generator: Rng, depths: readonly [number, number]): Architecture {
  const depth = depths[0] + generator.integer(depths[1] - depths[0] + 1);
  return {
    kind: "layered",
    layers: Array.from({ length: depth - 1 }, (_, l) => ({
      activation: generator.pick(everyActivation),
      skip: l > 0 && generator.uniform() < 0.5,
    })),
  };
}
