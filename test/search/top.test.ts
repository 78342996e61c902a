import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSkips, TopK } from "../../src/search/top.js";
import type { Evaluated } from "../../src/search/types.js";

const item = (genotype: string, score: number): Evaluated => ({ genotype, score });
const topOf = (items: readonly Evaluated[], k: number, better: "higher" | "lower" = "higher"): string[] => {
  const top = new TopK(k, better);
  for (const one of items) top.add(one);
  return top.items.map((one) => one.genotype);
};

describe("countSkips", () => {
  it("counts joiners and not signs in brackets", () => {
    expect(countSkips("relu-relu+silu+tanh")).toBe(2);
    expect(countSkips("leaky_relu(1e+2)-leaky_relu(+0.1)+relu")).toBe(1);
  });
});

describe("TopK", () => {
  it("puts the best first in both directions", () => {
    const items = [item("a", 2), item("b", 3), item("c", 1)];
    expect(topOf(items, 2)).toEqual(["b", "a"]);
    expect(topOf(items, 2, "lower")).toEqual(["c", "a"]);
  });

  it.each(["higher", "lower"] as const)("breaks ties by fewer skips, then lexicographically (%s)", (better) => {
    const items = [item("relu+relu", 1), item("tanh-relu", 1), item("relu-tanh", 1), item("relu-tanh+relu", 1)];
    expect(topOf(items, 3, better)).toEqual(["relu-tanh", "tanh-relu", "relu+relu"]);
  });

  it("ranks infinities and leaves out NaN and failures", () => {
    const items = [
      item("finite", 5),
      item("up", Infinity),
      item("down", -Infinity),
      item("nan", NaN),
      { genotype: "failed", score: 9, failure: "overflow" },
    ];
    expect(topOf(items, 10)).toEqual(["up", "finite", "down"]);
    expect(topOf(items, 10, "lower")).toEqual(["down", "finite", "up"]);
  });

  it("tells the score to reach only when it is full", () => {
    const top = new TopK(2, "higher");
    expect(top.add(item("a", 1))).toBe(true);
    expect(top.threshold).toBeUndefined();
    top.add(item("b", 4));
    expect(top.threshold).toBe(1);
    expect(top.add(item("c", 0))).toBe(false);
    top.add(item("d", 3));
    expect(top.threshold).toBe(3);
  });

  it("holds a genotype once", () => {
    expect(topOf([item("a", 1), item("a", 1), item("b", 0)], 3)).toEqual(["a", "b"]);
  });

  it("does not depend on the order of adding", () => {
    const scores = fc.constantFrom(0, 1, 2, -Infinity, Infinity, NaN);
    const made = fc
      .array(scores, { maxLength: 30 })
      .map((values) => values.map((score, i) => item(i % 3 === 0 ? `a+${i}` : `a-${i}`, score)));
    fc.assert(
      fc.property(
        made.chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length }))),
        fc.integer({ min: 1, max: 8 }),
        ([items, shuffled], k) => {
          const found = topOf(shuffled, k);
          expect(found).toEqual(topOf(items, k));
          expect(found).toHaveLength(Math.min(k, items.filter((one) => !Number.isNaN(one.score)).length));
        },
      ),
      { seed: 6 },
    );
  });
});
