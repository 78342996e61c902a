import { describe, expect, it } from "vitest";
import {
  bounds,
  eigenvalues,
  evaluator,
  exhaustive,
  lambdaMin,
  modelPresets,
  ntk,
  rng,
  search,
  spaces,
  type Rows,
} from "../../src/index.js";
import { appErrorOf as errorOf } from "../support/app-error.js";

const angles = [0, 0.7, 1.3, 2.6];
const rows = angles.map((angle) => [Math.cos(angle), Math.sin(angle)]);

describe("ntk", () => {
  it("one ReLU layer is the arc-cosine kernel (Cho and Saul 2009), c1 = 1, c0 = 1: k1 + rho k0", () => {
    const { data, rows: n } = ntk("relu", rows, { model: "lecun" });
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const theta = Math.abs(angles[i] - angles[j]);
        const [k0, k1] = [
          (Math.PI - theta) / (2 * Math.PI),
          (Math.sin(theta) + (Math.PI - theta) * Math.cos(theta)) / (2 * Math.PI),
        ];
        expect(data[i * n + j]).toBeCloseTo(k1 + Math.cos(theta) * k0, 12);
      }
    }
  });

  it("takes lists, typed arrays and rows side by side alike", () => {
    const flat = { n: 4, d: 2, inputs: Float64Array.from(rows.flat()) };
    const typed = rows.map((row) => Float64Array.from(row));
    for (const other of [flat, typed] satisfies Rows[]) expect(ntk("relu+tanh", other)).toEqual(ntk("relu+tanh", rows));
    expect(ntk("relu+tanh", rows, { model: modelPresets.he })).toEqual(ntk("relu+tanh", rows));
  });

  it("says what is wrong with the inputs", () => {
    expect(errorOf(() => ntk("relu", [])).message).toMatch(/n = 0/);
    expect(errorOf(() => ntk("relu", [[1, 2], [1]])).message).toMatch(/row 0 has 2 numbers, row 1 has 1/);
    expect(
      errorOf(() =>
        ntk("relu", [
          [1, 2],
          [1, NaN],
        ]),
      ).message,
    ).toMatch(/row 1, column 1 is NaN/);
    expect(errorOf(() => ntk("relu", { n: 2, d: 2, inputs: new Float64Array(3) })).code).toBe("data");
    expect(errorOf(() => ntk("rellu", rows)).code).toBe("genotype");
    expect(errorOf(() => ntk("relu", rows, { model: "hee" as "he" }))).toMatchObject({
      code: "usage",
      hint: 'Did you mean "he"?',
    });
  });
});

describe("lambdaMin, eigenvalues and bounds", () => {
  it("read a kernel as it comes, and agree with each other", () => {
    const kernel = ntk("relu-gelu", rows);
    const { value } = lambdaMin(kernel);
    expect(value).toBe(lambdaMin(kernel.data, 4).value);
    expect(eigenvalues(kernel)[0]).toBeCloseTo(value, 12);
    const { LB, LBmat, UBpair } = bounds("relu-gelu", rows).numbers;
    expect(LB).toBeLessThanOrEqual(LBmat);
    expect(LBmat).toBeLessThanOrEqual(value);
    expect(value).toBeLessThanOrEqual(UBpair);
  });

  it("refuse what is no square matrix", () => {
    expect(errorOf(() => lambdaMin(new Float64Array(5), 2)).code).toBe("data");
    expect(errorOf(() => eigenvalues({ rows: 2, columns: 3, data: new Float64Array(6) })).code).toBe("data");
  });
});

describe("evaluator", () => {
  const space = spaces.fcn({ depth: [2, 3], activations: ["relu", "tanh"] });
  const options = { top: 3, better: "higher", rng: rng(0) } as const;

  it("a search by it finds the best of solving each alone", async () => {
    const all = [...space.enumerate()].map((genotype) => ({ genotype, value: lambdaMin(ntk(genotype, rows)).value }));
    all.sort((a, b) => b.value - a.value);
    for await (const event of search(space, evaluator(rows), exhaustive(), options)) {
      if (event.type !== "done") continue;
      expect(event.result.top.map(({ genotype }) => genotype)).toEqual(all.slice(0, 3).map(({ genotype }) => genotype));
      event.result.top.forEach(({ score }, i) => expect(score).toBeCloseTo(all[i].value, 10));
      expect(event.result.exactTopK).toBe(true);
    }
  });

  it("uses labels where the metric does, and asks for them", async () => {
    const [row] = await evaluator(rows, { metric: "loo_accuracy", labels: [0, 0, 1, 1] })(["relu+relu"]);
    expect(row.score).toBeGreaterThanOrEqual(0);
    expect(row.score).toBeLessThanOrEqual(1);
    expect(errorOf(() => evaluator(rows, { metric: "loo_accuracy" })).message).toMatch(/needs labels/);
    expect(errorOf(() => evaluator(rows, { labels: [0, 1] })).message).toBe("labels: expected 4, one a row; got 2.");
    expect(errorOf(() => evaluator(rows, { metric: "lambda" })).code).toBe("usage");
  });

  it("hears a signal", async () => {
    await expect(evaluator(rows)(["relu"], AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
