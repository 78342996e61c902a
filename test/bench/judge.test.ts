import { describe, expect, it } from "vitest";
import { bootstrapIntervals } from "../../src/bench/bootstrap.js";
import { judge } from "../../src/bench/judge.js";
import { rankSum, type ScoreColumn } from "../../src/bench/score-column.js";
import { rng } from "../../src/rng.js";

const column = (values: number[], more: Partial<ScoreColumn> = {}): ScoreColumn => ({
  name: "made",
  label: "made",
  kind: "measured",
  direction: "larger",
  values: Float64Array.from(values),
  seeds: [],
  failures: new Map(),
  secondsPerCell: 0,
  card: "",
  ...more,
});

const size = 300;
const made = rng(5, "judge");
const accuracy = Float64Array.from({ length: size }, () => 80 + 10 * made.uniform());
const noisy = [...accuracy].map((value) => value + 3 * made.normal());
const options = {
  clusters: Int32Array.from({ length: size }, (_, index) => index),
  sizes: { flops: accuracy.map((value) => value + made.normal()) },
  bootstrap: 0,
  seed: 1,
};

describe("judge", () => {
  it("of the accuracy itself is perfect, of its negative the opposite, whatever the direction says", () => {
    const perfect = judge(column([...accuracy]), accuracy, options)!;
    expect(perfect).toMatchObject({
      cells: size,
      failed: 0,
      precision: 1,
      regret: { 1: 0, 5: 0, 10: 0, 20: 0, 40: 0 },
    });
    for (const value of [perfect.tau, perfect.rho, perfect.ndcg, perfect.bestFifth.tau, perfect.bestFifth.rho])
      expect(value).toBeCloseTo(1, 12);
    expect(perfect.partial["flops"]).toBeCloseTo(1, 9);
    const turned = [...accuracy].map((value) => -value);
    expect(judge(column(turned, { direction: "smaller" }), accuracy, options)!.tau).toBeCloseTo(1, 12);
    expect(judge(column(turned), accuracy, options)!.tau).toBeCloseTo(-1, 12);
  });

  it("ranks failed cells last whatever their defined value, and leaves out those without a score", () => {
    const values = [...accuracy];
    const worst = accuracy.indexOf(Math.min(...accuracy));
    values[worst] = 1e9;
    const failed = judge(column(values, { failures: new Map([[worst, "dead"]]) }), accuracy, options)!;
    expect(failed).toMatchObject({ cells: size, failed: 1 });
    expect(failed.tau).toBeCloseTo(1, 12);
    values[worst] = NaN;
    expect(judge(column(values), accuracy, options)!.cells).toBe(size - 1);
    expect(judge(column(values.map(() => NaN)), accuracy, options)).toBeUndefined();
  });

  it("has intervals around its values, wider when cells come in clusters", () => {
    const alone = judge(column(noisy), accuracy, { ...options, bootstrap: 100 })!;
    const clusters = options.clusters.map((index) => index % 30);
    const together = judge(column(noisy), accuracy, { ...options, bootstrap: 100, clusters })!;
    const [low, high] = alone.intervals["tau"];
    expect(low).toBeLessThan(alone.tau);
    expect(high).toBeGreaterThan(alone.tau);
    // Asymptotic standard error of tau without correlation: sqrt(2 (2 n + 5) / (9 n (n - 1))) = 0.0387 at n = 300.
    expect(high - low).toBeGreaterThan(2 * 0.015);
    expect(high - low).toBeLessThan(4 * 0.0387);
    expect(together.intervals["tau"]).not.toEqual(alone.intervals["tau"]);
    expect(judge(column(noisy), accuracy, { ...options, bootstrap: 100 })!.intervals).toEqual(alone.intervals);
  });

  it("judges every seed alone", () => {
    const seeds = [accuracy, accuracy.map((value) => -value)];
    const { tau } = judge(column(noisy, { seeds }), accuracy, options)!.seeds;
    expect(tau[0]).toBeCloseTo(1, 12);
    expect(tau[1]).toBeCloseTo(-1, 12);
  });
});

describe("rankSum", () => {
  it("of several draws has a sum for each: of that draw's ranks, and of the one rank of what is not drawn", () => {
    const [first, second] = [Float64Array.of(1, 2, 3, 4), Float64Array.of(4, 3, NaN, 1)];
    const drawn = column([2.5, 2.5, 3, 2.5], { name: "a", seeds: [first, second] });
    const sum = rankSum("a+b", [drawn, column([1, 2, 3, 4], { name: "b" })]);
    const expected = [1, 2, 3, 4].map((rank) => 2 * Math.log(rank / 4));
    sum.seeds[0].forEach((value, index) => expect(value).toBeCloseTo(expected[index], 12));
    // The cell that the second draw lacks is its last.
    const ranks = [4, 3, 1, 2];
    sum.seeds[1].forEach((value, index) =>
      expect(value).toBeCloseTo(Math.log(ranks[index] / 4) + Math.log((index + 1) / 4), 12),
    );
    const judged = judge(sum, Float64Array.of(1, 2, 3, 4), {
      ...options,
      clusters: Int32Array.of(0, 1, 2, 3),
      sizes: {},
    })!;
    expect(judged.seeds.tau[0]).toBe(1);
    expect(judged.seeds.tauMean).toBeCloseTo((judged.seeds.tau[0] + judged.seeds.tau[1]) / 2, 12);
    expect(judged.seeds.tauDeviation).toBeCloseTo(Math.abs(judged.seeds.tau[0] - judged.seeds.tau[1]) / Math.SQRT2, 12);
  });

  it("adds logarithms of ranks over the cells that all scores have", () => {
    const a = column([1, 2, 3, NaN]);
    const b = column([30, 10, 20, 5], { direction: "smaller" });
    const { values } = rankSum("a+b", [a, b]);
    // Ranks of a: 1, 2, 3; of b, where smaller is better: 1, 3, 2; of 3 cells.
    const want = [Math.log(1 / 3) * 2, Math.log(2 / 3), Math.log(2 / 3)];
    want.forEach((value, index) => expect(values[index]).toBeCloseTo(value, 14));
    expect(values[3]).toBeNaN();
  });
});

describe("bootstrapIntervals", () => {
  it("of a mean of n(0, 1) are 3.92 / sqrt(n) wide", () => {
    const generator = rng(1, "normals");
    const values = Float64Array.from({ length: 400 }, () => generator.normal());
    const mean = (weights: Int32Array) => ({ mean: values.reduce((sum, v, i) => sum + v * weights[i], 0) / 400 });
    const all = bootstrapIntervals(
      Int32Array.from(values, (_, i) => i),
      1000,
      rng(2),
      mean,
    ).mean;
    expect((all[1] - all[0]) / (3.92 / 20)).toBeCloseTo(1, 0.7);
    // One cluster: always everything.
    const [low, high] = bootstrapIntervals(new Int32Array(400), 10, rng(2), mean).mean;
    expect(high).toBe(low);
  });
});
