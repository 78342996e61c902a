import type { PathLayer } from "../kernels/infinite/angle-path.js";
import { activation } from "../arch/activations/registry.js";
import type { DepthSpec, SpaceSpec } from "../spaces/space.js";
import type { AngleScorer } from "./angle-scorer.js";
import { EigenvectorBank, type BankEntry } from "./bank.js";

/** The scores that an upper bound of lambda_min bounds. */
export type BoundedMetric = "lambda_min" | "lambda_min_normalized";

export const isBoundedMetric = (name: string): name is BoundedMetric =>
  name === "lambda_min" || name === "lambda_min_normalized";

/** Scores nearer than this, relatively, may be a tie that rounding parted: they are solved, not skipped. */
const tieWidth = 1e-10;
/** A series whose last coefficients exceed this multiple of its diagonal is not trusted for a bound. */
const resolvedTail = 1e-10;

/** A subtree of the prefix tree: the first layers of one depth, as positions among the choices. */
export interface Chunk {
  readonly depth: number;
  readonly prefix: readonly number[];
}

const leastChunks = 48;

/** Splits a space into subtrees that cover it once: short prefixes, so that a chunk is long, but at least 48 in all. */
export function chunksOf(spec: SpaceSpec): Chunk[] {
  return spec.depths.flatMap((depth) => {
    let prefixes: number[][] = [[]];
    for (let level = 0; level < depth.choices.length - 1 && prefixes.length < leastChunks; level++) {
      prefixes = prefixes.flatMap((prefix) => depth.choices[level].map((_, position) => [...prefix, position]));
    }
    return prefixes
      .filter((prefix) => skipsOf(depth, prefix) <= depth.maxSkips)
      .map((prefix) => ({ depth: depth.depth, prefix }));
  });
}

const skipsOf = (depth: DepthSpec, prefix: readonly number[]): number =>
  prefix.filter((position, level) => depth.choices[level][position].skip).length;

/** Calls `visit` with every architecture of a chunk, in prefix order; the array is reused. */
export function walkChunk(spec: SpaceSpec, chunk: Chunk, visit: (layers: readonly PathLayer[]) => void): void {
  const depth = spec.depths.find((candidate) => candidate.depth === chunk.depth)!;
  const choices: PathLayer[][] = depth.choices.map((options) =>
    options.map((choice) => ({ activation: activation(choice.activation), skip: choice.skip })),
  );
  const layers: PathLayer[] = [];
  const walk = (level: number, skips: number): void => {
    if (level === choices.length) {
      visit(layers);
      return;
    }
    const fixed = level < chunk.prefix.length ? chunk.prefix[level] : undefined;
    for (let position = fixed ?? 0; position < choices[level].length; position++) {
      const choice = choices[level][position];
      const used = skips + (choice.skip ? 1 : 0);
      if (used <= depth.maxSkips) {
        layers[level] = choice;
        walk(level + 1, used);
      }
      if (fixed !== undefined) break;
    }
  };
  walk(0, 0);
}

export interface ScanOutcome<T> {
  readonly solved: readonly T[];
  readonly skipped: number;
}

/**
 * Looks at every architecture of a chunk. One is skipped when a Rayleigh quotient of the bank proves that its score is
 * below the threshold, with the rounding error as a margin, and only when its series is resolved at the base nodes (last
 * two coefficients at rounding level; the truncation error is then of that size too). The others are solved, and
 * their eigenvectors join the chunk's bank. The threshold is the larger of `threshold` and the chunk's own k-th best.
 */
export function scanChunk<T extends { readonly score: number }>(
  scorer: AngleScorer,
  spec: SpaceSpec,
  chunk: Chunk,
  metric: BoundedMetric,
  threshold: number,
  top: number,
  bank: readonly BankEntry[],
  solve: (
    layers: readonly PathLayer[],
    start: Float64Array | undefined,
  ) => { readonly item: T; readonly vector: Float64Array | undefined },
): ScanOutcome<T> {
  const local = new EigenvectorBank(bank);
  const best: number[] = [];
  const solved: T[] = [];
  let limit = threshold;
  let skipped = 0;
  const tail = tailWeights(scorer.terms);
  walkChunk(spec, chunk, (layers) => {
    const { values, diagonal } = scorer.values(layers);
    const unit = metric === "lambda_min" ? 1 : diagonal;
    const truncation = tail(values);
    const margin =
      scorer.geometry.n * (truncation + 16 * Number.EPSILON * diagonal) + tieWidth * Math.abs(limit * unit);
    const needed = truncation <= resolvedTail * diagonal ? limit * unit - margin : -Infinity;
    const { value, entry } = local.bound(values, diagonal, needed);
    if (value < needed) {
      skipped++;
      return;
    }
    const { item, vector } = solve([...layers], entry?.vector);
    solved.push(item);
    if (vector !== undefined) local.add(scorer, vector);
    if (Number.isFinite(item.score)) {
      best.push(item.score);
      best.sort((a, b) => b - a);
      if (best.length > top) best.pop();
      if (best.length === top) limit = Math.max(limit, best[top - 1]);
    }
  });
  return { solved, skipped };
}

/** Estimate of the truncation error of the series through the node values: four times its last two coefficients. */
function tailWeights(terms: number): (values: Float64Array) => number {
  const row = (k: number): Float64Array =>
    Float64Array.from({ length: terms }, (_, j) => (2 / terms) * Math.cos((Math.PI * k * (j + 0.5)) / terms));
  const last = row(terms - 1);
  const before = row(terms - 2);
  return (values) => {
    let a = 0;
    let b = 0;
    for (let j = 0; j < terms; j++) {
      a += last[j] * values[j];
      b += before[j] * values[j];
    }
    return 4 * (Math.abs(a) + Math.abs(b));
  };
}
