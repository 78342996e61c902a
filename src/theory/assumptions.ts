import type { Assumption } from "./bound.js";
import type { DataTerms } from "./data-terms.js";

/** What the theorems ask of the data, checked on a batch. */
export interface DataAssumptions {
  readonly unitNorms: boolean;
  readonly equalNorms: boolean;
  /** Pairs of parallel inputs (correlation 1 to 1e-12), at most ten. */
  readonly parallelPairs: readonly (readonly [number, number])[];
  /** Pairs of opposite inputs (correlation -1 to 1e-12), at most ten. */
  readonly antipodalPairs: readonly (readonly [number, number])[];
  /** Number of classes when there are labels. */
  readonly classes: number | undefined;
  readonly list: readonly Assumption[];
}

const listed = 10;

/** Checks norms, parallel and antipodal pairs, and labels (class indices or values) of a batch (docs/theory.md 3.1, 4.5). */
export function checkAssumptions(terms: DataTerms, labels?: ArrayLike<number>): DataAssumptions {
  const { n, squaredNorms, correlation } = terms;
  const parallelPairs: (readonly [number, number])[] = [];
  const antipodalPairs: (readonly [number, number])[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rho = correlation[i * n + j];
      if (rho > 1 - 1e-12 && parallelPairs.length < listed) parallelPairs.push([j, i]);
      if (rho < -1 + 1e-12 && antipodalPairs.length < listed) antipodalPairs.push([j, i]);
    }
  }
  const unitNorms = squaredNorms.every((norm) => Math.abs(norm - 1) < 1e-12);
  const equalNorms = squaredNorms.every((norm) => Math.abs(norm - squaredNorms[0]) <= 1e-12 * squaredNorms[0]);
  const classes = labels === undefined ? undefined : new Set(Array.from(labels)).size;
  return {
    unitNorms,
    equalNorms,
    parallelPairs,
    antipodalPairs,
    classes,
    list: [
      { text: "all inputs have norm 1", holds: unitNorms },
      { text: "no two inputs are parallel", holds: parallelPairs.length === 0 },
      { text: "no two inputs are antipodal", holds: antipodalPairs.length === 0 },
      { text: "labels are of two classes, +1 and -1", holds: classes === undefined ? null : classes === 2 },
      { text: "inputs are independent draws from one distribution", holds: null },
    ],
  };
}
