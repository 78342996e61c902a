import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chiSquaredTail, friedman, holm, ranks, signedRank, wilsonInterval } from "../../src/math/rank-tests.js";

/** scipy's figures (test/golden/rank_tests.py). */
interface Golden {
  readonly signed: readonly { readonly d: number[]; readonly p: number }[];
  readonly friedman: readonly {
    readonly blocks: number[][];
    readonly statistic: number;
    readonly p: number;
    readonly ranks: number[];
  }[];
  readonly chi2: readonly { readonly x: number; readonly k: number; readonly p: number }[];
}
const golden = JSON.parse(readFileSync(new URL("../golden/rank_tests.json", import.meta.url), "utf8")) as Golden;

describe("rank tests against scipy", () => {
  it.each(golden.signed)("signed-rank of $d.length pairs", ({ d, p }) => {
    const found = signedRank(d);
    expect(Math.abs(found.p / p - 1)).toBeLessThan(1e-10);
    expect(found.positive + found.negative).toBe((found.n * (found.n + 1)) / 2);
    expect(signedRank(d.map((value) => -value)).p).toBe(found.p);
  });

  it.each(golden.friedman)("Friedman: statistic $statistic", ({ blocks, statistic, p, ranks: expected }) => {
    const found = friedman(blocks);
    expect(found.statistic).toBeCloseTo(statistic, 10);
    expect(found.p).toBeCloseTo(p, 12);
    expected.forEach((rank, t) => expect(found.meanRanks[t]).toBeCloseTo(rank, 12));
  });

  it("chi-squared tails", () => {
    for (const { x, k, p } of golden.chi2) expect(Math.abs(chiSquaredTail(x, k) / p - 1)).toBeLessThan(1e-12);
    expect(chiSquaredTail(0, 4)).toBe(1);
  });

  it("ties, zeros, nothing that differs", () => {
    expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
    expect(signedRank([0, 0])).toMatchObject({ n: 0, p: 1 });
    expect(signedRank([1, 2, 3, 4, -0.5]).p).toBeCloseTo(0.125, 14); // sums 0 and 1 of 32 sign patterns, twice
    expect(
      friedman([
        [1, 1],
        [2, 2],
      ]).p,
    ).toBe(1);
  });

  it("Holm: the textbook example", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });

  it("Wilson's interval: 0 of 10 and 8 of 10 (Brown, Cai and DasGupta 2001)", () => {
    expect(wilsonInterval(0, 10)[1]).toBeCloseTo(0.2775, 4);
    const [low, high] = wilsonInterval(8, 10);
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });
});
