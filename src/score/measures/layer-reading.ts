import type { FiniteKernel } from "../../kernels/finite/ntk.js";
import { solverOf } from "./solver.js";

/** Weights whose kernel has less than this share of the largest trace are dead and left out. */
const deadShare = 1e-12;

/** Eigenvalues of a layer's kernel below this share of their mean count as this in a log det: float32 activations. */
const floor = 1e-6;

/** What the layers' own kernels say. */
export interface LayerReading {
  /** sum_l lambda_min(K_l) / (tr K_l / n): a lower bound (Weyl) of `joint`. */
  readonly lambdaMinSum: number;
  /** Mean over l of the mean of log(lambda_i(K_l) / (tr K_l / n)), eigenvalues floored at 1e-6 of their mean. */
  readonly logDetMean: number;
  /** lambda_min(sum_l K_l / (tr K_l / n)): the kernel when every layer learns at a rate of its own (LARS). */
  readonly joint: number;
  /** `joint` over its trace / n, which is the number of layers. */
  readonly jointNormalized: number;
}

/**
 * Reads the spectrum of the layer-normalised kernel sum_l K_l / (tr K_l / n) from the layers' kernels (n x n each). A network
 * without living layers reads 0 everywhere, and log(1e-6) in the log det.
 */
export function readLayers(kernels: readonly Float64Array[], n: number): LayerReading {
  const traces = kernels.map((kernel) => traceOf(kernel, n));
  const largest = Math.max(0, ...traces);
  const joint = new Float64Array(n * n);
  const solver = solverOf(n);
  let [lambdaMinSum, logs, layers] = [0, 0, 0];
  kernels.forEach((kernel, l) => {
    if (!(traces[l] > deadShare * largest)) return;
    const scale = n / traces[l];
    const { matrix } = solver;
    for (let at = 0; at < joint.length; at++) {
      matrix[at] = scale * kernel[at];
      joint[at] += matrix[at];
    }
    const values = solver.eigenvalues();
    lambdaMinSum += Math.max(
      0,
      values.reduce((least, value) => Math.min(least, value), Infinity),
    );
    logs += values.reduce((sum, value) => sum + Math.log(Math.max(value, floor)), 0) / n;
    layers++;
  });
  if (layers === 0) return { lambdaMinSum: 0, logDetMean: Math.log(floor), joint: 0, jointNormalized: 0 };
  solver.matrix.set(joint);
  const least = Math.max(0, solver.least().value);
  return { lambdaMinSum, logDetMean: logs / layers, joint: least, jointNormalized: least / layers };
}

/** The kernels of the dense and convolution weights. */
export const weightKernels = (parts: FiniteKernel["parts"]): Float64Array[] =>
  parts.flatMap(({ parameter, kernel }) => (parameter.endsWith(".weight") ? [kernel] : []));

function traceOf(kernel: Float64Array, n: number): number {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += kernel[i * n + i];
  return trace;
}
