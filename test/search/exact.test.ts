import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { exactTopK, type BoundScanner, type ScannedChunk } from "../../src/search/exact.js";
import type { Evaluated } from "../../src/search/types.js";
import { collect, genotypesOf, noise, smallSpace, sortedTop, type Score } from "./support.js";

const space = smallSpace();
const all = [...space.enumerate()];

interface FakeOptions {
  readonly score: Score;
  /** Upper bounds of the score. */
  readonly bound: Score;
  readonly chunks?: number;
  readonly failure?: (genotype: string) => string | undefined;
  readonly onScan?: (round: number) => void;
}

/** Scans slices of the list of all members with the bound; notes the thresholds it was given. */
class FakeScanner implements BoundScanner<Evaluated> {
  readonly chunks: number;
  readonly total = space.size;
  readonly thresholds: number[] = [];
  readonly primed: string[] = [];
  readonly #options: FakeOptions;

  constructor(options: FakeOptions) {
    this.#options = options;
    this.chunks = options.chunks ?? 17;
  }

  prime(genotypes: readonly string[]): Promise<readonly Evaluated[]> {
    this.primed.push(...genotypes);
    return Promise.resolve(genotypes.map((genotype) => this.#solve(genotype)));
  }

  scan(chunks: readonly number[], threshold: number): Promise<readonly ScannedChunk<Evaluated>[]> {
    this.thresholds.push(threshold);
    this.#options.onScan?.(this.thresholds.length);
    const found = chunks.map((chunk) => {
      const members = this.members(chunk);
      const solved = members.filter((genotype) => this.#options.bound(genotype) >= threshold);
      return { chunk, solved: solved.map((g) => this.#solve(g)), skipped: members.length - solved.length };
    });
    return Promise.resolve(found.reverse());
  }

  members(chunk: number): string[] {
    const at = (i: number): number => Math.round((i * all.length) / this.chunks);
    return all.slice(at(chunk), at(chunk + 1));
  }

  #solve(genotype: string): Evaluated {
    const failure = this.#options.failure?.(genotype);
    return { genotype, score: this.#options.score(genotype), ...(failure === undefined ? {} : { failure }) };
  }
}

const options = (seed: number, top = 5) => ({ top, better: "higher" as const, rng: rng(seed, "exact") });

describe("exactTopK", () => {
  it("equals brute force for any scores, valid bounds, ties, chunks and settings, and counts the whole space", async () => {
    const property = fc.asyncProperty(
      fc.record({
        seed: fc.nat(1e6),
        levels: fc.constantFrom(1, 3, 50, 100_000),
        slack: fc.constantFrom(0, 1, 20, Infinity),
        top: fc.constantFrom(1, 2, 7, 100, 200),
        chunks: fc.integer({ min: 1, max: 170 }),
        primeCount: fc.constantFrom(0, 3, 24, 500),
        climbRounds: fc.integer({ min: 0, max: 3 }),
        roundSize: fc.integer({ min: 1, max: 9 }),
      }),
      async ({ seed, levels, slack, top, chunks, ...settings }) => {
        const score = noise(seed, levels);
        const bound: Score = (g) =>
          score(g) + (slack === Infinity ? Infinity : rng(seed, "slack", g).integer(slack + 1));
        const scanner = new FakeScanner({ score, bound, chunks });
        const { items, result } = await collect(exactTopK(space, scanner, { ...options(seed, top), ...settings }));
        expect(genotypesOf(result.top)).toEqual(sortedTop(all, score, top));
        expect(result).toMatchObject({ exactTopK: true, stopped: "complete" });
        expect(new Set(genotypesOf(items)).size).toBe(items.length);
        expect(result.evaluated).toBe(items.length);
        expect(result.evaluated + result.skippedByBound).toBe(all.length);
      },
    );
    await fc.assert(property, { seed: 7, numRuns: 150 });
  });

  it("skips most of the space when bounds are tight", async () => {
    const score = noise(3, 100_000);
    const { result } = await collect(exactTopK(space, new FakeScanner({ score, bound: score }), options(3)));
    expect(genotypesOf(result.top)).toEqual(sortedTop(all, score, 5));
    expect(result.skippedByBound).toBeGreaterThan(50);
  });

  it("scans with a threshold that starts high and only rises", async () => {
    const score = noise(4, 100_000);
    const scanner = new FakeScanner({ score, bound: score });
    await collect(exactTopK(space, scanner, options(4)));
    const primedFifth = scanner.primed.map(score).sort((a, b) => b - a)[4];
    expect(scanner.thresholds[0]).toBe(primedFifth);
    expect([...scanner.thresholds].sort((a, b) => a - b)).toEqual(scanner.thresholds);
    const unprimed = new FakeScanner({ score, bound: score });
    await collect(exactTopK(space, unprimed, { ...options(4), primeCount: 0 }));
    expect(unprimed.thresholds[0]).toBe(-Infinity);
  });

  it("climbs from the best primed members: later rounds prime their neighbours", async () => {
    const score = noise(5, 100_000);
    const scanner = new FakeScanner({ score, bound: score });
    await collect(exactTopK(space, scanner, { ...options(5), primeCount: 10, climbRounds: 1 }));
    const best = sortedTop(scanner.primed.slice(0, 10), score, 2);
    const around = new Set(best.flatMap((genotype) => space.neighbours(genotype)));
    const climbed = scanner.primed.slice(10);
    expect(climbed.length).toBeGreaterThan(0);
    for (const genotype of climbed) expect(around.has(genotype)).toBe(true);
    expect(new Set(scanner.primed).size).toBe(scanner.primed.length);
  });

  it("never reports more skipped than it may, on the way", async () => {
    const score = noise(6, 100_000);
    const scanner = new FakeScanner({ score, bound: score });
    const { events, result } = await collect(exactTopK(space, scanner, options(6)));
    let last = 0;
    for (const event of events) {
      if (event.type !== "evaluated") continue;
      const { evaluated, skippedByBound, total } = event.progress;
      expect(total).toBe(170n);
      expect(evaluated + skippedByBound).toBeLessThanOrEqual(170);
      expect(skippedByBound).toBeGreaterThanOrEqual(last);
      last = skippedByBound;
    }
    expect(last).toBe(result.skippedByBound);
  });

  it("is the same with the same key", async () => {
    const score = noise(8, 1000);
    const run = async (seed: number) =>
      collect(exactTopK(space, new FakeScanner({ score, bound: (g) => score(g) + 30 }), options(seed)));
    const first = await run(1);
    expect((await run(1)).events).toEqual(first.events);
    const other = await run(2);
    expect(other.items).not.toEqual(first.items);
    expect(other.result.top).toEqual(first.result.top);
  });

  it("does not claim exactness when the signal is aborted, even in the last round", async () => {
    const score = noise(9, 1000);
    for (const abortAt of [1, 2, 3]) {
      const controller = new AbortController();
      const onScan = (round: number): void => {
        if (round === abortAt) controller.abort();
      };
      const scanner = new FakeScanner({ score, bound: score, onScan });
      const { items, result } = await collect(
        exactTopK(space, scanner, { ...options(9), signal: controller.signal, roundSize: 6 }),
      );
      expect(scanner.thresholds).toHaveLength(abortAt);
      expect(result).toMatchObject({ exactTopK: false, stopped: "cancelled", evaluated: items.length });
      expect(genotypesOf(result.top)).toEqual(sortedTop(genotypesOf(items), score, 5));
    }
  });

  it("ends at once with a signal aborted before", async () => {
    const score = noise(9, 1000);
    const scanner = new FakeScanner({ score, bound: score });
    const { result } = await collect(exactTopK(space, scanner, { ...options(9), signal: AbortSignal.abort() }));
    expect(result).toEqual({ top: [], evaluated: 0, skippedByBound: 0, exactTopK: false, stopped: "cancelled" });
    expect(scanner.primed).toEqual([]);
  });

  it("does not claim exactness when an evaluation failed", async () => {
    const score = noise(10, 1000);
    const failure = (genotype: string): string | undefined => (genotype === "relu+relu" ? "overflow" : undefined);
    const scanner = new FakeScanner({ score, bound: () => Infinity, failure });
    const { result } = await collect(exactTopK(space, scanner, options(10, 200)));
    expect(result.exactTopK).toBe(false);
    expect(genotypesOf(result.top)).toEqual(
      sortedTop(
        all.filter((g) => g !== "relu+relu"),
        score,
        200,
      ),
    );
  });

  it("refuses scores of which lower is better", async () => {
    const score = noise(1);
    const run = collect(exactTopK(space, new FakeScanner({ score, bound: score }), { ...options(1), better: "lower" }));
    await expect(run).rejects.toMatchObject({ code: "usage" });
  });

  it("finds out a scanner that leaves members out", async () => {
    const score = noise(11);
    const check = async (scanner: BoundScanner<Evaluated>): Promise<unknown> =>
      collect(exactTopK(space, scanner, options(11))).catch((error: unknown) => error);

    const lossy = new FakeScanner({ score, bound: score });
    const lossless = lossy.scan.bind(lossy);
    lossy.scan = async (chunks, threshold) =>
      (await lossless(chunks, threshold)).map((result) => ({ ...result, skipped: Math.max(0, result.skipped - 1) }));
    expect(await check(lossy)).toMatchObject({ code: "internal", message: expect.stringContaining("once each") });

    const forgetful = new FakeScanner({ score, bound: score });
    const complete = forgetful.scan.bind(forgetful);
    forgetful.scan = async (chunks, threshold) => (await complete(chunks, threshold)).slice(1);
    expect(await check(forgetful)).toMatchObject({ code: "internal", message: expect.stringContaining("chunks") });

    const scanner: BoundScanner<Evaluated> = {
      chunks: 1,
      total: 3n,
      prime: () => Promise.resolve([]),
      scan: () => Promise.resolve([]),
    };
    expect(await check(scanner)).toMatchObject({ code: "internal", message: expect.stringContaining("170 members") });
  });
});
