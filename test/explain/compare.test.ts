import { describe, expect, it } from "vitest";
import { differencesOf, pairScores, parameterRule, sameData, type ComparedRun } from "../../src/explain/index.js";

const row = (genotype: string, score: number | null) => ({ genotype, score });

const run = (rows: ComparedRun["rows"], name = "lambda_min", batchHash = "b", dataHash = "d"): ComparedRun => ({
  id: "x",
  rows,
  protocol: { batch: { dataHash, batchHash }, score: { name, better: name === "loo_error" ? "lower" : "higher" } },
});

describe("a comparison of runs", () => {
  it("pairs what both have scored, and ranks it", () => {
    const a = run([row("relu", 1), row("tanh", 2), row("sin", 3), row("elu", null), row("gelu", 4)]);
    const b = run([row("sin", 20), row("relu", 10), row("tanh", 30), row("elu", 5), row("erf", 1)]);
    expect(pairScores(a, b)).toEqual({
      sameScore: true,
      pairs: [
        { genotype: "relu", a: 1, b: 10 },
        { genotype: "tanh", a: 2, b: 30 },
        { genotype: "sin", a: 3, b: 20 },
      ],
      tau: expect.closeTo(1 / 3, 12), // two pairs in order, one not
    });
    expect(pairScores(a, run([row("relu", 1)])).tau).toBeNull();
    expect(pairScores(a, run([])).pairs).toEqual([]);
  });

  it("pairs each run's own score where they are different ones, best first in both", () => {
    const a = run([row("relu", 0.1), row("tanh", 0.2), row("sin", 0.3)], "loo_error");
    const b = run([row("relu", 7), row("tanh", 9), row("sin", 5)]);
    expect(pairScores(a, b)).toMatchObject({ sameScore: false, pairs: [{ a: 0.1, b: 7 }, {}, {}] });
    expect(pairScores(a, b).tau).toBeCloseTo(1 / 3, 12); // tanh and relu are the other way round, sin is last in both
  });

  it("knows same inputs, same data, and neither", () => {
    expect(sameData([run([]), run([])])).toBe("batch");
    expect(sameData([run([]), run([], "", "other")])).toBe("data");
    expect(sameData([run([]), run([], "", "other", "other")])).toBe("none");
  });

  it("finds the fields that differ, wherever they are, but not those that say nothing", () => {
    const protocol = {
      version: "1",
      command: "a",
      model: { c: 2, tau: 1 },
      batch: { seed: 1, batchHash: "x", notes: [] },
    };
    const other = {
      ...protocol,
      command: "b",
      model: { c: 1, tau: 1 },
      batch: { ...protocol.batch, batchHash: "y" },
      top: 3,
    };
    expect(differencesOf([protocol, other])).toEqual([
      { field: "model.c", values: [2, 1] },
      { field: "top", values: [null, 3] },
    ]);
    expect(differencesOf([protocol, protocol])).toEqual([]);
  });
});

describe("parameters as a score", () => {
  it("rank by depth alone", () => {
    const rows = [row("relu", 1), row("relu-tanh", 2), row("tanh+tanh", 4), row("sin", null)];
    expect(parameterRule(rows, "higher")).toEqual({
      tau: expect.closeTo(2 / Math.sqrt(2 * 3), 12),
      depth: 3,
      count: 2,
      mean: 3,
    });
    expect(parameterRule(rows, "lower")!.tau).toBeCloseTo(-2 / Math.sqrt(6), 12);
    expect(parameterRule(rows.slice(1, 3), "higher")!.tau).toBeNull();
    expect(parameterRule([], "higher")).toBeNull();
  });
});
