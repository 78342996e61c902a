import type { GraphArchitecture } from "../arch/graph.js";
import { finiteNtk, type FiniteBatch, type FiniteOptions } from "../kernels/finite/ntk.js";
import { estimateOf, probabilityAbove, type Estimate } from "../math/estimate.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { finiteCertificate } from "../theory/finite-certificate.js";

/** The spectrum of a finite network's NTK over several draws of its weights. */
export interface FiniteScore {
  readonly draws: number;
  readonly lambdaMin: Estimate;
  readonly lambdaMinNormalized: Estimate;
  readonly trace: Estimate;
  /** Certificate of every draw (docs/theory.md 3.5): a lower bound of its lambda_min; null without dense layers. */
  readonly certificate: Estimate | null;
  /** Mean share of each parameter in lambda_min: v'K_p v / v'Kv with v the least eigenvector. Sums to 1. */
  readonly shares: readonly { readonly parameter: string; readonly share: number }[];
  /** Every draw's lambda_min is certified by its inertia count. */
  readonly certified: boolean;
}

/**
 * lambda_min of a finite network over `draws` draws of the weights. For the functional `each` the mean over classes of the
 * least eigenvalues is one draw's value. Options as finiteNtk. Throws what finiteNtk throws.
 */
export function finiteScore(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions & { readonly draws: number },
): FiniteScore {
  const drawn = Array.from({ length: options.draws }, (_, draw) =>
    scoreDraw(architecture, batch, { ...options, draw }),
  );
  const estimate = (of: (draw: DrawScore) => number): Estimate => estimateOf(drawn.map(of));
  return {
    draws: drawn.length,
    lambdaMin: estimate((draw) => draw.lambdaMin),
    lambdaMinNormalized: estimate((draw) => draw.lambdaMin / draw.meanEigenvalue),
    trace: estimate((draw) => draw.trace),
    certificate: drawn[0].certificate === null ? null : estimate((draw) => draw.certificate ?? NaN),
    shares: drawn[0].shares.map(({ parameter }, p) => ({
      parameter,
      share: drawn.reduce((sum, draw) => sum + draw.shares[p].share, 0) / drawn.length,
    })),
    certified: drawn.every((draw) => draw.certified),
  };
}

interface DrawScore {
  readonly lambdaMin: number;
  readonly meanEigenvalue: number;
  readonly trace: number;
  readonly certificate: number | null;
  readonly shares: readonly { readonly parameter: string; readonly share: number }[];
  readonly certified: boolean;
}

function scoreDraw(architecture: GraphArchitecture, batch: FiniteBatch, options: FiniteOptions): DrawScore {
  const { size, kernels, parts, denseFactors } = finiteNtk(architecture, batch, options);
  const solver = new SymmetricSolver(size);
  const found = kernels.map((kernel) => {
    solver.matrix.set(kernel);
    return { least: solver.least(), trace: solver.trace() };
  });
  const mean = (of: (item: (typeof found)[number]) => number): number =>
    found.reduce((sum, item) => sum + of(item), 0) / found.length;
  const [{ least }] = found;
  const carried = parts.map(({ parameter, kernel }) => ({ parameter, value: quadraticForm(kernel, least.vector) }));
  const total = carried.reduce((sum, { value }) => sum + value, 0);
  return {
    lambdaMin: mean((item) => item.least.value),
    meanEigenvalue: mean((item) => item.trace) / size,
    trace: mean((item) => item.trace),
    certificate: denseFactors.length > 0 ? finiteCertificate(denseFactors, size).value : null,
    shares: carried.map(({ parameter, value }) => ({ parameter, share: total > 0 ? value / total : 0 })),
    certified: found.every((item) => item.least.certified),
  };
}

function quadraticForm(matrix: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) for (let j = 0; j < v.length; j++) sum += v[i] * matrix[i * v.length + j] * v[j];
  return sum;
}

/** Which of two networks has the larger lambda_min, as far as the draws tell. */
export interface Comparison {
  readonly a: Estimate;
  readonly b: Estimate;
  /** Probability that the mean lambda_min of A over all draws is above that of B. */
  readonly probability: number;
  /** True when the comparison ended because the probability passed the confidence, not because the draws ran out. */
  readonly decided: boolean;
}

/**
 * Draws both networks in turn until one has the larger mean lambda_min with probability `confidence` (looked at from the
 * third draw on), or `draws` are used up.
 */
export function compareFinite(
  a: GraphArchitecture,
  b: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions & { readonly draws: number; readonly confidence?: number },
): Comparison {
  const { draws, confidence = 0.99 } = options;
  const values: [number[], number[]] = [[], []];
  for (let draw = 0; ; draw++) {
    [a, b].forEach((architecture, side) =>
      values[side].push(scoreDraw(architecture, batch, { ...options, draw }).lambdaMin),
    );
    const [first, second] = [estimateOf(values[0]), estimateOf(values[1])];
    const last = draw + 1 >= draws;
    const probability = draw > 0 ? probabilityAbove(first, second) : 0.5;
    const decided = draw >= 2 && Math.max(probability, 1 - probability) >= confidence;
    if (decided || last) return { a: first, b: second, probability, decided };
  }
}
