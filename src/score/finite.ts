import type { GraphArchitecture } from "../arch/graph.js";
import type { FiniteBatch, FiniteOptions } from "../kernels/finite/ntk.js";
import { estimateOf, type Estimate } from "../math/estimate.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { finiteCertificate } from "../theory/finite-certificate.js";
import { sharesOf, type DrawScore } from "./draw-score.js";
import { overDraws, type ComputedBy, type Draws, type FiniteCompute } from "./finite-draws.js";
import { matrixFreeDraw, takesProducts, type ProductScore } from "./finite-product.js";

/** The spectrum of a finite network's NTK over several draws of its weights. */
export interface FiniteScore extends ComputedBy {
  readonly draws: number;
  readonly lambdaMin: Estimate;
  readonly lambdaMinNormalized: Estimate;
  readonly trace: Estimate;
  /** Certificate of every draw (docs/theory.md 3.5): a lower bound of its lambda_min; null without dense layers, in blocks or without the matrix. */
  readonly certificate: Estimate | null;
  /** Mean share of each parameter in lambda_min: v'K_p v / v'Kv with v the least eigenvector. Sums to 1. */
  readonly shares: readonly { readonly parameter: string; readonly share: number }[];
  /** Every draw's lambda_min is certified by its inertia count; never without the matrix. */
  readonly certified: boolean;
  /** How Lanczos ended, for scores by products with the kernel. */
  readonly products?: ProductScore;
  /** In words: who computed it if not the engine that was asked, float32 near its rounding. */
  readonly notes: readonly string[];
}

/** lambda_min over the mean eigenvalue below which float32 may show in its digits. */
const float32Floor = 1e-4;

/**
 * lambda_min of a finite network over `draws` draws of the weights. For the functional `each` the mean over classes of the
 * least eigenvalues is one draw's value. `compute` says by what: the float64 reference unless an engine is given. Options and
 * errors as finiteNtk; AppError `limit` when the memory does not suffice.
 */
export function finiteScore(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions & { readonly draws: number },
  compute: FiniteCompute = {},
): FiniteScore {
  const { draws: count, ...rest } = options;
  if (takesProducts(architecture, batch.n, rest, compute)) {
    const { score, products } = matrixFreeDraw(architecture, batch, options, compute);
    return { ...summary(score), products, engine: "reference", precision: "float64", notes: notesOf(products) };
  }
  const { value, by, notes } = overDraws(architecture, batch, rest, compute, (draws) =>
    Array.from({ length: count }, (_, draw) => scoreDraw(draws, draw)),
  );
  const score = summary(value);
  return { ...score, ...by, notes: [...notes, ...(by.precision === "float32" ? float32Notes(score) : [])] };
}

const notesOf = ({ converged, residual }: ProductScore): string[] =>
  converged
    ? []
    : [
        `Lanczos did not converge: λmin is at most the value shown, and an eigenvalue lies within ${residual.toExponential(1)} of it; use fewer samples.`,
      ];

const float32Notes = ({ lambdaMinNormalized: { mean } }: Pick<FiniteScore, "lambdaMinNormalized">): string[] =>
  mean > float32Floor || mean <= 1e-12
    ? []
    : ["λmin is so small that float32 shows in its digits; use --engine reference for float64."];

function summary(drawn: readonly DrawScore[]): Omit<FiniteScore, "engine" | "precision" | "notes" | "products"> {
  const estimate = (of: (draw: DrawScore) => number): Estimate => estimateOf(drawn.map(of));
  return {
    draws: drawn.length,
    lambdaMin: estimate((draw) => draw.lambdaMin),
    lambdaMinNormalized: estimate((draw) => (draw.meanEigenvalue > 0 ? draw.lambdaMin / draw.meanEigenvalue : 0)),
    trace: estimate((draw) => draw.trace),
    certificate: drawn[0].certificate === null ? null : estimate((draw) => draw.certificate ?? NaN),
    shares: drawn[0].shares.map(({ parameter }, p) => ({
      parameter,
      share: drawn.reduce((sum, draw) => sum + draw.shares[p].share, 0) / drawn.length,
    })),
    certified: drawn.every((draw) => draw.certified),
  };
}

function scoreDraw(draws: Draws, draw: number): DrawScore {
  const { size, kernels, parts, denseFactors } = draws.kernel(draw);
  const solver = new SymmetricSolver(size);
  const found = kernels.map((kernel) => {
    solver.matrix.set(kernel);
    return { least: solver.least(), trace: solver.trace() };
  });
  const mean = (of: (item: (typeof found)[number]) => number): number =>
    found.reduce((sum, item) => sum + of(item), 0) / found.length;
  const [{ least }] = found;
  const carried = parts.map(({ parameter, kernel }) => ({ parameter, value: quadraticForm(kernel, least.vector) }));
  return {
    lambdaMin: mean((item) => item.least.value),
    meanEigenvalue: mean((item) => item.trace) / size,
    trace: mean((item) => item.trace),
    certificate: denseFactors.length > 0 ? finiteCertificate(denseFactors, size).value : null,
    shares: sharesOf(carried),
    certified: found.every((item) => item.least.certified),
  };
}

function quadraticForm(matrix: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) for (let j = 0; j < v.length; j++) sum += v[i] * matrix[i * v.length + j] * v[j];
  return sum;
}
