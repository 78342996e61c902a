import type { Architecture } from "../arch/architecture.js";
import type { LeastEigenpair } from "../spectrum/solver.js";
import type { DataTerms } from "../theory/data-terms.js";

/** Correlations nearer to 1 or -1 than this count as coinciding or opposite. */
const coincidence = 1e-10;

/**
 * What a reader must know of one result, in words. `rows[i]` is the row of the data that became input i; rows are named
 * from 1 on, as people count them.
 */
export function warningsOf(
  architecture: Architecture,
  least: LeastEigenpair,
  terms: DataTerms,
  dimension: number,
  rows: Int32Array | undefined,
): string[] {
  const warnings: string[] = [];
  if (terms.n === 1) {
    warnings.push(
      "There is one input: its kernel is one number, so lambda_min is the squared norm of its gradient and tells nothing of how inputs are kept apart. Use two or more.",
    );
  }
  if (least.rankDeficient) warnings.push(rankDeficiency(architecture, least, terms, dimension, rows));
  if (!least.certified) {
    warnings.push(
      "lambda_min is not certified: the inertia count found an eigenvalue below it. Treat the value as an upper bound.",
    );
  }
  return warnings;
}

function rankDeficiency(
  { layers }: Architecture,
  least: LeastEigenpair,
  terms: DataTerms,
  dimension: number,
  rows: Int32Array | undefined,
): string {
  const name = (i: number): string => String((rows?.[i] ?? i) + 1);
  const start = "The kernel is singular to float64 (lambda_min < 1e-12 trace/n)";
  const { n } = terms;
  const largest = Math.max(...terms.squaredNorms);
  const zero = terms.squaredNorms.findIndex((norm) => norm <= 1e-24 * largest);
  if (zero >= 0 && n > 1) {
    return `${start}: row ${name(zero)} is zero (or vanishes beside the others), so the kernel tells it from no other input. Remove it, or normalise the rows.`;
  }
  const pair = closestPair(terms);
  if (pair !== undefined && pair.correlation > 1 - coincidence) {
    return `${start}: rows ${name(pair.i)} and ${name(pair.j)} coincide, so their kernel rows are equal. Remove one of them.`;
  }
  if (pair !== undefined && pair.correlation < -1 + coincidence) {
    return `${start}: rows ${name(pair.i)} and ${name(pair.j)} are opposite, and this network cannot tell x from -x apart (its functions are odd or even). Remove one, or start with an activation that has odd and even Hermite terms.`;
  }
  if (n > dimension && layers.every((layer) => layer.activation === "linear")) {
    return `${start}: every activation is linear, so the kernel has rank ${String(dimension)} at most, for ${String(n)} inputs.`;
  }
  const [a, b] = largestTwo(least.vector);
  const near =
    pair === undefined
      ? ""
      : ` The nearest pair is rows ${name(pair.i)} and ${name(pair.j)} (correlation ${pair.correlation.toPrecision(6)}).`;
  return `${start}; its null vector is carried by rows ${name(a)} and ${name(b)} most.${near}`;
}

/** The pair with the largest |rho|; undefined for one input. */
function closestPair({ n, correlation }: DataTerms): { i: number; j: number; correlation: number } | undefined {
  let best: { i: number; j: number; correlation: number } | undefined;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rho = correlation[i * n + j];
      if (best === undefined || Math.abs(rho) > Math.abs(best.correlation)) best = { i: j, j: i, correlation: rho };
    }
  }
  return best;
}

function largestTwo(vector: Float64Array): [number, number] {
  const order = Array.from(vector.keys()).sort((a, b) => Math.abs(vector[b]) - Math.abs(vector[a]));
  return [order[0], order[1] ?? order[0]];
}
