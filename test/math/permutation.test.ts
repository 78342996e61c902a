import { describe, expect, it } from "vitest";
import { meanDifferenceTest, rankCorrelationTests } from "../../src/math/permutation.js";
import { kendallTau, rankVariable, spearmanRho } from "../../src/math/rank.js";
import { rng } from "../../src/rng.js";

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length <= 1) yield [...items];
  else
    for (let i = 0; i < items.length; i++)
      for (const rest of permutations(items.filter((_, j) => j !== i))) yield [items[i], ...rest];
}

/** Share of all orders of y whose statistic is as far from 0: what the drawn permutations estimate. */
function exactP(x: number[], y: number[], statistic: typeof spearmanRho): number {
  const observed = Math.abs(statistic(rankVariable(x), rankVariable(y)));
  let [as, all] = [0, 0];
  for (const order of permutations(y)) {
    all++;
    if (Math.abs(statistic(rankVariable(x), rankVariable(order))) >= observed - 1e-12) as++;
  }
  return as / all;
}

describe("permutation tests", () => {
  const x = [3, 1, 4, 1.5, 5, 9, 2.6];
  const y = [2, 1, 5, 1.2, 4, 8, 7];

  it("estimate the share of all orders", () => {
    const { rho, tau } = rankCorrelationTests(x, y, rng("p"), 20_000);
    expect(rho.value).toBeCloseTo(spearmanRho(rankVariable(x), rankVariable(y)), 12);
    expect(tau.value).toBeCloseTo(kendallTau(rankVariable(x), rankVariable(y)), 12);
    // standard error of a share p of 20,000: at most 0.0035
    expect(Math.abs(rho.p - exactP(x, y, spearmanRho))).toBeLessThan(0.01);
    expect(Math.abs(tau.p - exactP(x, y, kendallTau))).toBeLessThan(0.01);
  });

  it("of a difference of means: 2 of the 20 ways to choose three of six are as far apart", () => {
    const { value, p } = meanDifferenceTest([10, 11, 12], [1, 2, 3], rng("d"), 20_000);
    expect(value).toBeCloseTo(9, 12);
    expect(Math.abs(p - 0.1)).toBeLessThan(0.01);
  });

  it("say nothing of too few values or constants", () => {
    expect(rankCorrelationTests([1, 2], [1, 2], rng(0)).rho.p).toBeNaN();
    expect(rankCorrelationTests([1, 1, 1], [1, 2, 3], rng(0)).tau.p).toBeNaN();
    expect(meanDifferenceTest([], [1], rng(0)).p).toBeNaN();
  });

  it("are rarely significant for values without a relation", () => {
    let small = 0;
    for (let k = 0; k < 200; k++) {
      const random = rng("null", k);
      const [a, b] = [0, 1].map(() => Array.from({ length: 10 }, () => random.normal()));
      if (rankCorrelationTests(a, b, random, 199).rho.p < 0.05) small++;
    }
    expect(small).toBeLessThan(22); // binomial(200, 0.05): mean 10, deviation 3.1
  });
});
