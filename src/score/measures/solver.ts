import { SymmetricSolver } from "../../spectrum/solver.js";

const solvers = new Map<number, SymmetricSolver>();

/** Work space of this thread for n x n matrices, kept: each has a WebAssembly memory, which is freed late. */
export function solverOf(n: number): SymmetricSolver {
  const known = solvers.get(n);
  if (known !== undefined) return known;
  const made = new SymmetricSolver(n);
  solvers.set(n, made);
  return made;
}
