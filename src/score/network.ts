import type { GraphArchitecture } from "../arch/graph.js";
import type { FiniteBatch, FiniteOptions } from "../kernels/finite/ntk.js";
import { estimateOf, type Estimate } from "../math/estimate.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { summarise } from "../spectrum/spectrum.js";
import { overDraws, type ComputedBy, type Draws, type FiniteCompute } from "./finite-draws.js";

/** What a layer of a network adds to its kernel. */
export interface LayerPart {
  /** The node's id. */
  readonly layer: string;
  /** Share of the trace, and of v'Kv with v the least eigenvector; each sums to 1. */
  readonly trace: number;
  readonly lambdaMin: number;
}

/** The spectrum of any network's NTK, over draws of its weights or at given ones. */
export interface NetworkScore extends ComputedBy {
  readonly draws: number;
  readonly lambdaMin: Estimate;
  /** lambda_min / (trace / n). */
  readonly lambdaMinNormalized: Estimate;
  readonly lambdaMax: Estimate;
  readonly trace: Estimate;
  /** lambda_max / lambda_min; Infinity when lambda_min is zero. */
  readonly conditionNumber: Estimate;
  /** Sum of the logarithms of the eigenvalues; -Infinity when one is zero. */
  readonly logDet: Estimate;
  readonly effectiveRank: Estimate;
  /** In the order of the network. */
  readonly layers: readonly LayerPart[];
  /** Eigenvalues of the first draw, ascending. */
  readonly spectrum: Float64Array;
  /** Kernel of the first draw, n x n. */
  readonly kernel: Float64Array;
  readonly notes: readonly string[];
}

/**
 * Scores a network of any kind: all eigenvalues of its kernel in every draw, and each layer's part. `output` is one of the
 * functionals with one kernel (`sum`, `label`, `trace`). Errors as `finiteScore`.
 */
export function networkScore(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions & { readonly draws: number; readonly output?: "sum" | "label" | "trace" },
  compute: FiniteCompute = {},
): NetworkScore {
  const { draws: count, ...rest } = options;
  const { value, by, notes } = overDraws(architecture, batch, rest, compute, (draws) =>
    Array.from({ length: count }, (_, draw) => spectrumOf(draws, draw)),
  );
  const estimate = (of: (draw: DrawSpectrum) => number): Estimate => estimateOf(value.map(of));
  const [first] = value;
  return {
    ...by,
    notes,
    draws: count,
    lambdaMin: estimate((draw) => draw.lambdaMin),
    lambdaMinNormalized: estimate((draw) => (draw.trace > 0 ? (draw.lambdaMin * batch.n) / draw.trace : 0)),
    lambdaMax: estimate((draw) => draw.lambdaMax),
    trace: estimate((draw) => draw.trace),
    conditionNumber: estimate((draw) => (draw.lambdaMin > 0 ? draw.lambdaMax / draw.lambdaMin : Infinity)),
    logDet: estimate((draw) =>
      draw.lambdaMin > 0 ? draw.values.reduce((sum, eigenvalue) => sum + Math.log(eigenvalue), 0) : -Infinity,
    ),
    effectiveRank: estimate((draw) => draw.effectiveRank),
    layers: first.layers.map(({ layer }, k) => ({
      layer,
      trace: mean(value.map((draw) => draw.layers[k].trace)),
      lambdaMin: mean(value.map((draw) => draw.layers[k].lambdaMin)),
    })),
    spectrum: first.values,
    kernel: first.kernel,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

interface DrawSpectrum {
  readonly lambdaMin: number;
  readonly lambdaMax: number;
  readonly trace: number;
  readonly effectiveRank: number;
  readonly values: Float64Array;
  readonly kernel: Float64Array;
  readonly layers: readonly LayerPart[];
}

function spectrumOf(draws: Draws, draw: number): DrawSpectrum {
  const { size, kernels, parts } = draws.kernel(draw);
  const solver = new SymmetricSolver(size);
  solver.matrix.set(kernels[0]);
  const { value: lambdaMin, vector } = solver.least();
  const values = Float64Array.from(solver.eigenvalues());
  const { lambdaMax, effectiveRank } = summarise(values);
  const trace = solver.trace();
  const byLayer = new Map<string, { trace: number; lambdaMin: number }>();
  let quotient = 0;
  for (const { parameter, kernel } of parts) {
    const layer = parameter.slice(0, parameter.lastIndexOf("."));
    const part = byLayer.get(layer) ?? { trace: 0, lambdaMin: 0 };
    byLayer.set(layer, part);
    for (let i = 0; i < size; i++) {
      part.trace += kernel[i * size + i];
      for (let j = 0; j < size; j++) {
        const term = vector[i] * kernel[i * size + j] * vector[j];
        part.lambdaMin += term;
        quotient += term;
      }
    }
  }
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  return {
    lambdaMin,
    lambdaMax,
    trace,
    effectiveRank,
    values,
    kernel: kernels[0],
    layers: [...byLayer].map(([layer, part]) => ({
      layer,
      trace: share(part.trace, trace),
      lambdaMin: share(part.lambdaMin, quotient),
    })),
  };
}
