import type { DenseFactors } from "../kernels/finite/ntk.js";
import { SymmetricSolver } from "../spectrum/solver.js";

/** A lower bound of lambda_min of one finite network's NTK, layer by layer. */
export interface FiniteCertificate {
  readonly value: number;
  readonly parts: readonly { readonly parameter: string; readonly value: number }[];
}

/**
 * Deterministic certificate of docs/theory.md 3.5 for one draw of the weights: every dense weight's part
 * s (X X') o (D D') has lambda_min >= s max(lambda_min(X X') min_i (D D')_ii, lambda_min(D D') min_i (X X')_ii) by Schur's
 * product theorem, and least eigenvalues of sums are at least the sums. Positive only when some layer is at least n wide.
 */
export function finiteCertificate(factors: readonly DenseFactors[], n: number): FiniteCertificate {
  const solver = new SymmetricSolver(n);
  const leastOf = (matrix: Float64Array): number => {
    solver.matrix.set(matrix);
    const { value, slack, rankDeficient } = solver.least();
    return rankDeficient ? 0 : Math.max(0, value - slack);
  };
  const leastDiagonal = (matrix: Float64Array): number => {
    let least = Infinity;
    for (let i = 0; i < n; i++) least = Math.min(least, matrix[i * n + i]);
    return least;
  };
  const parts = factors.map(({ parameter, scale, inputs, backs }) => ({
    parameter,
    value: scale * Math.max(leastOf(inputs) * leastDiagonal(backs), leastOf(backs) * leastDiagonal(inputs)),
  }));
  return { parts, value: parts.reduce((sum, part) => sum + part.value, 0) };
}
