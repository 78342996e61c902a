/** What a table's target asks for. */
export type TargetKind = "classes" | "regression";

/** Inputs with their targets, all rows complete: the examples of one split that a method learns from, or is tested on. */
export interface Examples {
  readonly n: number;
  readonly d: number;
  /** n x d, row-major; standardised by the training rows. */
  readonly inputs: Float64Array;
  /** Class 0..classes-1 of every row; undefined for regression. */
  readonly labels?: Int32Array;
  readonly targets?: Float64Array;
}

/** The rows of these positions, in their order. */
export function rowsOf({ d, inputs, labels, targets }: Examples, rows: readonly number[]): Examples {
  const chosen = new Float64Array(rows.length * d);
  rows.forEach((row, i) => chosen.set(inputs.subarray(row * d, (row + 1) * d), i * d));
  return {
    n: rows.length,
    d,
    inputs: chosen,
    ...(labels && { labels: Int32Array.from(rows, (row) => labels[row]) }),
    ...(targets && { targets: Float64Array.from(rows, (row) => targets[row]) }),
  };
}

/**
 * Inputs as kernels see them: one more coordinate of 1, which acts as the bias of a first layer whose weights and biases have
 * one variance, then every row divided by its norm.
 */
export function onSphere({ n, d, inputs }: Examples): {
  readonly n: number;
  readonly d: number;
  readonly inputs: Float64Array;
} {
  const out = new Float64Array(n * (d + 1));
  for (let i = 0; i < n; i++) {
    let square = 1;
    for (let k = 0; k < d; k++) square += inputs[i * d + k] ** 2;
    const norm = Math.sqrt(square);
    for (let k = 0; k < d; k++) out[i * (d + 1) + k] = inputs[i * d + k] / norm;
    out[i * (d + 1) + d] = 1 / norm;
  }
  return { n, d: d + 1, inputs: out };
}

/** The most frequent class; the first of equals. */
export function majority(labels: Int32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0][0];
}

export const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};
