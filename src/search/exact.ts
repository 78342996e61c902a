import { AppError } from "../errors.js";
import type { Rng } from "../rng.js";
import type { Space } from "../spaces/space.js";
import { ExactCount } from "./exact-count.js";
import { checkInteger, isAborted, stoppedBy, unlessAborted } from "./options.js";
import { Sampler } from "./sampler.js";
import { TopK, type Better } from "./top.js";
import type { Evaluated, SearchEvent, SearchProgress, SearchResult } from "./types.js";

/** What a scan found in one chunk: every member of the chunk is either solved or skipped, never both. */
export interface ScannedChunk<T extends Evaluated> {
  readonly chunk: number;
  readonly solved: readonly T[];
  /** Members whose bound proves that they score below the threshold. */
  readonly skipped: number;
}

/** Solves or bounds architectures; given to `exactTopK`, which knows nothing of kernels. */
export interface BoundScanner<T extends Evaluated> {
  /** Work units that together cover the space once, numbered from 0, e.g. subtrees of the prefix tree. */
  readonly chunks: number;
  readonly total: bigint;
  /** Scores these genotypes exactly and adds their least eigenvectors to the shared bank. */
  prime(genotypes: readonly string[], signal?: AbortSignal): Promise<readonly T[]>;
  /**
   * Looks at every architecture of the chunks; solves those whose bound may reach `threshold` (better or equal), skips
   * the others with proof. It is not told which were primed: it may solve these again or skip them.
   */
  scan(chunks: readonly number[], threshold: number, signal?: AbortSignal): Promise<readonly ScannedChunk<T>[]>;
}

export interface ExactOptions {
  readonly top: number;
  readonly rng: Rng;
  /** Only "higher": bounds are from above. */
  readonly better: Better;
  readonly signal?: AbortSignal;
  /** Random members scored before the first scan, 24 by default; each round of the climb takes as many at most. */
  readonly primeCount?: number;
  /** Rounds of the climb from the best primed members, 3 by default. */
  readonly climbRounds?: number;
  /** Chunks scanned with one threshold, 8 by default. */
  readonly roundSize?: number;
}

/** Members whose neighbours a round of the climb tries. */
const CLIMBERS = 2;

/**
 * The exact top-k of a space by upper bounds of the score. First a random sample is scored and improved by a few rounds
 * of local search, so that the k-th best score is high from the start; then all chunks are scanned in random order, each
 * round against the k-th best score so far (-Infinity while fewer than k are known). An architecture is skipped only
 * when its bound is below that score, which can but rise, so the result is the top-k of the whole space; ties are
 * solved, so that they break as everywhere (fewer skips, then lexicographic).
 *
 * Counts: `evaluated` counts every genotype once, primed or solved in a scan. `skippedByBound` counts members that were
 * skipped and never solved: the skipped members that scans report, less the primed ones that no scan has solved again
 * (on the way they may still lie ahead, so it never says too many). When the search is complete,
 * evaluated + skippedByBound is the size of the space, which is checked.
 *
 * `exactTopK` is true only when all chunks were scanned, the signal was not aborted, and no evaluation failed. Items of a
 * scan that an abort cut short still enter `top`.
 *
 * @throws AppError "usage" for `better: "lower"` or bad options, "internal" when the scanner does not cover the space.
 */
export async function* exactTopK<T extends Evaluated>(
  space: Space,
  scanner: BoundScanner<T>,
  options: ExactOptions,
): AsyncGenerator<SearchEvent<T>, void, undefined> {
  const { top, rng, signal, primeCount = 24, climbRounds = 3, roundSize = 8 } = options;
  checkOptions(space, scanner, options);
  const best = new TopK<T>(top, "higher");
  const count = new ExactCount();
  const progress = (): SearchProgress => ({
    evaluated: count.evaluated,
    skippedByBound: count.skippedByBound,
    total: space.size,
  });
  const keep = (items: readonly T[]): SearchEvent<T> => {
    for (const item of items) best.add(item);
    return { type: "evaluated", items, progress: progress() };
  };

  const sampler = new Sampler(space, rng.fork("prime"));
  const climb = rng.fork("climb");
  const seen = new Set<string>();
  for (let round = 0; round <= climbRounds && primeCount > 0; round++) {
    const genotypes =
      round === 0 ? sampler.drawUnseen(primeCount, seen) : climbFrom(space, best.items, primeCount, climb, seen);
    if (genotypes.length === 0) break;
    const primed = await unlessAborted(() => scanner.prime(genotypes, signal), signal);
    if (primed === undefined) break;
    count.addPrimed(primed);
    yield keep(primed);
  }

  const order = rng.fork("chunks").shuffle(Array.from({ length: scanner.chunks }, (_, chunk) => chunk));
  let next = 0;
  while (next < order.length && !isAborted(signal)) {
    const chunks = order.slice(next, next + roundSize);
    const scanned = await unlessAborted(() => scanner.scan(chunks, best.threshold ?? -Infinity, signal), signal);
    if (scanned === undefined) break;
    const sorted = [...scanned].sort((a, b) => chunks.indexOf(a.chunk) - chunks.indexOf(b.chunk));
    if (!isAborted(signal)) checkChunks(chunks, sorted);
    const fresh = sorted.flatMap((result) => count.addScanned(result.solved, result.skipped));
    yield keep(fresh);
    next += chunks.length;
  }

  const aborted = isAborted(signal);
  if (!aborted) count.checkCovers(space.size);
  const result: SearchResult<T> = {
    top: best.items,
    evaluated: count.evaluated,
    skippedByBound: count.skippedByBound,
    exactTopK: !aborted && count.failed === 0,
    stopped: aborted ? stoppedBy(signal) : "complete",
  };
  yield { type: "done", result };
}

/** At most `limit` random neighbours, not seen yet, of the best members known. */
function climbFrom(space: Space, best: readonly Evaluated[], limit: number, rng: Rng, seen: Set<string>): string[] {
  const around = best.slice(0, CLIMBERS).flatMap((item) => space.neighbours(item.genotype));
  const unseen = [...new Set(around)].filter((genotype) => !seen.has(genotype));
  const chosen = rng.shuffle(unseen).slice(0, limit);
  for (const genotype of chosen) seen.add(genotype);
  return chosen;
}

function checkOptions(space: Space, scanner: BoundScanner<Evaluated>, options: ExactOptions): void {
  const { top, better, primeCount = 0, climbRounds = 0, roundSize = 1 } = options;
  if (better !== "higher") {
    throw new AppError(
      "usage",
      "exact top-k by bounds: expected a score of which higher is better, got one of which lower is",
      {
        hint: "Bounds are from above: take such a score (lambdaMin, lambdaMinNormalized), or another strategy.",
      },
    );
  }
  checkInteger("top", top);
  checkInteger("primeCount", primeCount, 0);
  checkInteger("climbRounds", climbRounds, 0);
  checkInteger("roundSize", roundSize);
  if (scanner.total !== space.size) {
    throw new AppError(
      "internal",
      `scanner: expected the ${space.size.toString()} members of space "${space.id}", got ${scanner.total.toString()}`,
    );
  }
}

function checkChunks(asked: readonly number[], scanned: readonly ScannedChunk<Evaluated>[]): void {
  const got = scanned.map((result) => result.chunk);
  if (got.join() !== asked.join()) {
    throw new AppError("internal", `scanner: expected chunks ${asked.join(", ")}, got ${got.join(", ")}`);
  }
}
