import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { holdOut, stratifiedFolds } from "../../src/study/splits.js";

const options = { share: 0.2, mostTrain: 1000, mostTest: 1000 };
const labels = [
  ...Array<string>(60).fill("a"),
  ...Array<string>(30).fill("b"),
  ...Array<string>(9).fill("c"),
  "single",
];

describe("rows that are held out", () => {
  it("are a fifth of each class, the rest is learnt from, a class of one row is never held out", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { train, test } = holdOut(100, labels, rng(seed), options);
      expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
      expect(test).toHaveLength(20);
      const held = (name: string): number => test.filter((row) => labels[row] === name).length;
      expect(Math.abs(held("a") - 12)).toBeLessThanOrEqual(1);
      expect(Math.abs(held("b") - 6)).toBeLessThanOrEqual(1);
      expect(Math.abs(held("c") - 2)).toBeLessThanOrEqual(1);
      expect(held("single")).toBe(0);
    }
  });

  it("depend on the key alone; both sides are cut in the proportion of the classes", () => {
    expect(holdOut(100, labels, rng(1), options)).toEqual(holdOut(100, labels, rng(1), options));
    expect(holdOut(100, labels, rng(1), options)).not.toEqual(holdOut(100, labels, rng(2), options));
    const { train, test } = holdOut(100, labels, rng(1), { share: 0.2, mostTrain: 20, mostTest: 5 });
    expect([train.length, test.length]).toEqual([20, 5]);
    expect(Math.abs(train.filter((row) => labels[row] === "a").length - 12)).toBeLessThanOrEqual(2);
    const plain = holdOut(50, undefined, rng(1), options);
    expect([plain.train.length, plain.test.length]).toEqual([40, 10]);
    expect(() => holdOut(9, undefined, rng(1), options)).toThrow(/at least 10 rows/);
  });

  it("folds hold every row once, classes spread over them", () => {
    const numbers = labels.map((name) => ["a", "b", "c", "single"].indexOf(name));
    const parts = stratifiedFolds(numbers, 5, rng(1));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    for (const part of parts) expect(part.filter((row) => numbers[row] === 0)).toHaveLength(12);
    expect(stratifiedFolds(undefined, 3, rng(1), 7).map((part) => part.length)).toEqual([3, 2, 2]);
  });
});
