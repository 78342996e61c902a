import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averageRanks,
  kendallTau,
  ndcg,
  partialCorrelation,
  rankVariable,
  regretAt,
  spearmanRho,
  topPrecision,
  topWeights,
} from "../../src/math/rank.js";

interface Golden {
  readonly name: string;
  readonly x: number[];
  readonly y: number[];
  readonly z: number[];
  readonly weights: number[];
  readonly tau: number;
  readonly rho: number;
  readonly partial: number;
  readonly ndcg: number;
  readonly precision: number;
  readonly regret: number[];
  readonly tauBest: number;
}

const golden = JSON.parse(readFileSync(new URL("../golden/rank.json", import.meta.url), "utf8")) as Golden[];

// scipy 1.10 (kendalltau, spearmanr, rankdata) on the items repeated by their weights; test/golden/rank.py.
describe.each(golden)("rank statistics of $name", (want) => {
  const [x, y, z] = [want.x, want.y, want.z].map(rankVariable);
  const { weights } = want;

  it("are scipy's", () => {
    expect(kendallTau(x, y, weights)).toBeCloseTo(want.tau, 12);
    const rho = spearmanRho(x, y, weights);
    expect(rho).toBeCloseTo(want.rho, 12);
    expect(partialCorrelation(rho, spearmanRho(x, z, weights), spearmanRho(y, z, weights))).toBeCloseTo(
      want.partial,
      10,
    );
  });

  it("agree with plain definitions at the top", () => {
    expect(ndcg(x, y, 50, weights)).toBeCloseTo(want.ndcg, 12);
    expect(topPrecision(x, y, 0.1, weights)).toBeCloseTo(want.precision, 12);
    [1, 5, 10].forEach((k, i) => expect(regretAt(x, y, k, weights)).toBeCloseTo(want.regret[i], 12));
    const count = weights.reduce((sum, weight) => sum + weight, 0);
    expect(kendallTau(x, y, topWeights(y, Math.round(0.2 * count), weights))).toBeCloseTo(want.tauBest, 12);
  });
});

describe("rank statistics", () => {
  it("leave out items of weight 0 and take infinities as values", () => {
    const x = rankVariable([-Infinity, 1, 2, 3, 99]);
    const y = rankVariable([0, 1, 2, 3, -5]);
    expect(kendallTau(x, y, [1, 1, 1, 1, 0])).toBe(1);
    expect(spearmanRho(x, y, [1, 1, 1, 1, 0])).toBeCloseTo(1, 14);
    expect(regretAt(x, y, 1)).toBe(8);
    expect(averageRanks(rankVariable([-Infinity, 3, -Infinity]))).toEqual(Float64Array.of(1.5, 3, 1.5));
  });

  it("have no correlation with a constant, and no order for NaN", () => {
    expect(kendallTau(rankVariable([1, 1, 1]), rankVariable([1, 2, 3]))).toBeNaN();
    expect(spearmanRho(rankVariable([1, 1, 1]), rankVariable([1, 2, 3]))).toBeNaN();
    expect(() => rankVariable([1, NaN])).toThrow("Item 1 is NaN");
  });

  it("break ties at the top by the smaller index", () => {
    const tied = rankVariable([5, 7, 7, 7]);
    expect(regretAt(tied, rankVariable([0, 1, 2, 3]), 1)).toBe(2);
    expect(regretAt(tied, rankVariable([0, 1, 2, 3]), 2)).toBe(1);
  });
});
