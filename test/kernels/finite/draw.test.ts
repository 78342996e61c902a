import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawNumbers, drawnNumbers, type Distribution } from "../../../src/kernels/finite/engine/draw.js";

interface Golden {
  readonly indices: readonly number[];
  readonly cases: readonly {
    readonly key: readonly [number, number];
    readonly kind: Distribution;
    readonly values: readonly number[];
  }[];
}

/** Made by test/golden/draws.py: Philox in Python's integers, Box-Muller in float64. */
const golden = JSON.parse(readFileSync("test/golden/draws.json", "utf8")) as Golden;

describe("keyed random numbers", () => {
  it.each(golden.cases)("$kind of key $key: Philox 4x32-10, to float32 rounding", ({ key, kind, values }) => {
    const drawn = drawNumbers(key, kind, 1, 100_010);
    // Uniform numbers are exact; ln, sqrt, sine and cosine in float32 lose a few units of the last place.
    const tolerance = kind === "uniform" ? 0 : 1e-6;
    golden.indices.forEach((index, k) => {
      expect(Math.abs(drawn[index] - values[k]), `${index}`).toBeLessThanOrEqual(tolerance);
    });
  });

  it("are the first ones of a longer draw, float32, scaled, and changed by either half of the key", () => {
    const long = drawNumbers([5, 6], "normal", 0.5, 1000);
    expect(drawNumbers([5, 6], "normal", 0.5, 37)).toEqual(long.subarray(0, 37));
    expect(long.every((value) => Math.fround(value) === value)).toBe(true);
    const unit = drawnNumbers([5, 6], "normal", 1, 1000);
    expect(unit.every((value, index) => value === 2 * long[index])).toBe(true);
    for (const key of [[6, 6] as const, [5, 7] as const]) {
      const other = drawNumbers(key, "normal", 0.5, 1000);
      expect(other.filter((value, index) => value === long[index])).toHaveLength(0);
    }
  });

  it("have the moments and tails of the normal distribution", () => {
    const count = 2 ** 20;
    const drawn = drawNumbers([1, 2], "normal", 1, count);
    const moment = (power: number): number => drawn.reduce((sum, value) => sum + value ** power, 0) / count;
    // Five standard errors: sqrt(Var x^p / count) with Var x = 1, Var x^2 = 2, Var x^3 = 15, Var x^4 = 96.
    [0, 1, 0, 3].forEach((expected, p) => {
      expect(Math.abs(moment(p + 1) - expected)).toBeLessThan(5 * Math.sqrt([1, 2, 15, 96][p] / count));
    });
    // P(|x| > 1.959964) = 0.05, P(|x| > 3.290527) = 0.001.
    for (const [limit, share] of [
      [1.959964, 0.05],
      [3.290527, 0.001],
    ]) {
      const beyond = drawn.filter((value) => Math.abs(value) > limit).length;
      expect(Math.abs(beyond - share * count)).toBeLessThan(5 * Math.sqrt(share * count));
    }
    const products = drawn.subarray(1).reduce((sum, value, index) => sum + value * drawn[index], 0);
    expect(Math.abs(products)).toBeLessThan(5 * Math.sqrt(count));
  });
});
