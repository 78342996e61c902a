import { describe, expect, it } from "vitest";
import { effectsOf, sampleOf } from "../../src/explain/effects.js";
import { changeBetween, layersOf } from "../../src/explain/layers.js";
import { student95 } from "../../src/math/student.js";
import { studentCdf } from "../../src/math/estimate.js";

describe("quantiles of Student's t", () => {
  it("are those of the tables", () => {
    // Abramowitz and Stegun, table 26.10
    for (const [freedom, t] of [
      [1, 12.706],
      [2, 4.303],
      [5, 2.571],
      [10, 2.228],
      [30, 2.042],
      [60, 2.0],
      [120, 1.98],
    ]) {
      expect(student95(freedom)).toBeCloseTo(t, 3);
    }
  });

  it("invert the distribution function, on both sides of the change of method", () => {
    for (const freedom of [1, 7, 59, 60, 61, 500])
      expect(studentCdf(student95(freedom), freedom)).toBeCloseTo(0.975, 8);
  });
});

describe("layers of a text", () => {
  it("are found whatever stands in brackets", () => {
    expect(layersOf("relu-elu(1e-3)+my_own(a+b)")).toEqual([
      { activation: "relu", skip: false },
      { activation: "elu(1e-3)", skip: false },
      { activation: "my_own(a+b)", skip: true },
    ]);
    for (const text of ["", "relu+", "|skip~0|+|none~0|none~1|", "<b>", "16:8:64:32:8"])
      expect(layersOf(text)).toBeNull();
  });

  it("differ by one step in words, or not at all", () => {
    const change = (a: string, b: string): string | null => changeBetween(layersOf(a)!, layersOf(b)!);
    expect(change("relu+tanh", "relu+silu")).toBe("layer 2: silu instead of tanh");
    expect(change("relu+tanh", "relu-tanh")).toBe("layer 2: without its skip");
    expect(change("relu", "relu+sin")).toBe("one more layer at the end: sin with a skip");
    expect(change("relu-sin", "relu")).toBe("without the last layer");
    for (const other of ["relu+tanh", "silu-tanh", "relu+tanh+relu-relu", "silu+silu"])
      expect(change("relu+tanh", other)).toBeNull();
  });
});

describe("effects over a run", () => {
  const rows = [
    { genotype: "relu-relu", score: 1 },
    { genotype: "relu+tanh", score: 3 },
    { genotype: "tanh-relu", score: 5 },
    { genotype: "tanh+tanh", score: 9 },
    { genotype: "tanh", score: 2 },
    { genotype: "relu+relu", score: null },
  ];

  it("are means over all that make the choice, with Student's interval", () => {
    const effects = effectsOf(rows)!;
    expect(effects).toMatchObject({ count: 5, scale: "linear", overall: { mean: 4, count: 5 } });
    const [first, second] = effects.layers;
    expect(first.activations.map(({ activation, mean, count }) => [activation, mean, count])).toEqual([
      ["relu", 2, 2],
      ["tanh", 16 / 3, 3],
    ]);
    // relu first: 1 and 3, standard error 1, t of one degree of freedom 12.7062047
    expect(first.activations[0].interval![0]).toBeCloseTo(2 - 12.7062047, 6);
    expect(first.activations[0].interval![1]).toBeCloseTo(2 + 12.7062047, 6);
    expect(second.activations.map(({ activation, mean }) => [activation, mean])).toEqual([
      ["relu", 3],
      ["tanh", 6],
    ]);
    expect(second.skips.map(({ skip, mean }) => [skip, mean])).toEqual([
      [false, 3],
      [true, 6],
    ]);
    expect(effects.skipCounts.map(({ skips, mean }) => [skips, mean])).toEqual([
      [0, 8 / 3],
      [1, 6],
    ]);
    expect(effects.depths.map(({ depth, count }) => [depth, count])).toEqual([
      [2, 1],
      [3, 4],
    ]);
    expect(effects.depths[0].interval).toBeNull();
  });

  it("name activations in the order that is given", () => {
    const { layers } = effectsOf(rows, ["tanh", "relu"])!;
    expect(layers[0].activations.map(({ activation }) => activation)).toEqual(["tanh", "relu"]);
  });

  it("are geometric means where scores spread over decades", () => {
    const spread = [1e-4, 1e-2, 1, 100].map((score, i) => ({ genotype: i < 2 ? "relu" : "tanh", score }));
    const effects = effectsOf(spread)!;
    expect(effects.scale).toBe("log");
    expect(effects.layers[0].activations.map(({ mean }) => mean)).toEqual([
      expect.closeTo(1e-3, 12),
      expect.closeTo(10, 9),
    ]);
    expect(effects.layers[0].activations[0].interval![0]).toBeGreaterThan(0);
    expect(effectsOf([...spread, { genotype: "sin", score: -1 }])!.scale).toBe("linear");
  });

  it("of nothing, of failures and of cells are none", () => {
    expect(effectsOf([])).toBeNull();
    expect(effectsOf([{ genotype: "relu", score: null }])).toBeNull();
    expect(effectsOf([{ genotype: "|skip~0|", score: 1 }])).toBeNull();
  });

  it("know what they are a sample of", () => {
    expect(sampleOf("exhaustive", true)).toBe("all");
    expect(sampleOf("exhaustive", false)).toBe("chosen");
    expect(sampleOf("random", false)).toBe("random");
    for (const name of ["exact", "evolution", "local"]) expect(sampleOf(name, true)).toBe("chosen");
  });
});
