import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { NotCompiled } from "../kernels/finite/compile/not-compiled.js";
import { compiledBytes, productBytes } from "../kernels/finite/memory.js";
import { NtkProduct } from "../kernels/finite/ntk-product.js";
import type { FiniteBatch, FiniteOptions } from "../kernels/finite/ntk.js";
import { lanczosExtremes } from "../spectrum/lanczos.js";
import { sharesOf, type DrawScore } from "./draw-score.js";
import { bytesText, finiteByteLimit, type FiniteCompute } from "./finite-draws.js";

/** How Lanczos ended: the worst over the draws. */
export interface ProductScore {
  /** Both ends of every draw's spectrum have a small enough residual. */
  readonly converged: boolean;
  /** Largest ||K v - lambda_min v||_2. */
  readonly residual: number;
  /** Products with the kernel, all draws together. */
  readonly count: number;
  readonly lambdaMax: readonly number[];
}

/** Vectors that Lanczos may keep. */
const mostVectors = 300;

/**
 * Whether lambda_min comes from products with the kernel: asked for, or the n x n matrices alone pass the memory.
 * Products are there for one kernel a draw, not for `each`.
 */
export function takesProducts(
  architecture: GraphArchitecture,
  n: number,
  { bn, output = "sum", params }: FiniteOptions,
  { memory = finiteByteLimit, matrixFree }: Pick<FiniteCompute, "memory" | "matrixFree">,
): boolean {
  if (output === "each" || output === "full") {
    if (matrixFree !== true) return false;
    throw new AppError("usage", `--matrix-free: expected --output sum, label or trace, got ${output}`, {
      hint: "Leave --matrix-free out, or use --output trace.",
    });
  }
  if (matrixFree !== undefined) return matrixFree;
  try {
    return compiledBytes(architecture, n, { output, ...(bn && { bn }), ...(params && { params }) }).kernels > memory;
  } catch (error) {
    if (error instanceof NotCompiled) return false;
    throw error;
  }
}

/** The bytes of a score by products, but for its chunk of samples. */
export const matrixFreeBytes = (architecture: GraphArchitecture, n: number): number =>
  productBytes(architecture, n, Math.min(n, mostVectors));

/** Scores of draws by products with the kernel. Throws AppError `limit` when the memory does not suffice. */
export function matrixFreeDraw(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions & { readonly draws: number },
  { memory = finiteByteLimit }: FiniteCompute,
): { readonly score: readonly DrawScore[]; readonly products: ProductScore } {
  const { draws, output = "sum", ...rest } = options;
  if (output === "each") throw new AppError("internal", "There is no one kernel to multiply with.");
  const fixed = matrixFreeBytes(architecture, batch.n);
  if (fixed >= memory) {
    throw new AppError("limit", `Products need ${bytesText(fixed)}; the limit is ${bytesText(memory)}.`, {
      hint: "Raise the limit (--memory), use fewer samples or a smaller width.",
    });
  }
  const found = Array.from({ length: draws }, (_, draw) => {
    const product = new NtkProduct(architecture, batch, { ...rest, output, draw, memory: memory - fixed });
    const ends = lanczosExtremes((v) => product.multiply(v), product.size, { maxProducts: mostVectors });
    const trace = product.diagonal().reduce((sum, value) => sum + value, 0);
    return { ends, trace, shares: sharesOf(product.parts(ends.least.vector)), size: product.size };
  });
  const score = found.map(({ ends, trace, shares, size }): DrawScore => {
    const lambdaMin = Math.max(0, ends.least.value);
    return { lambdaMin, meanEigenvalue: trace / size, trace, certificate: null, shares, certified: false };
  });
  const products = {
    converged: found.every(({ ends }) => ends.least.converged && ends.largest.converged),
    residual: Math.max(...found.map(({ ends }) => ends.least.residual)),
    count: found.reduce((sum, { ends }) => sum + ends.products, 0),
    lambdaMax: found.map(({ ends }) => ends.largest.value),
  };
  return { score, products };
}
