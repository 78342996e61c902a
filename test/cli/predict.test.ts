import { afterAll, describe, expect, it } from "vitest";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());

const at = (i: number): [number, number] => [Math.sin(5 * i), Math.cos(3 * i)];
const table = (count: number, target: (a: number, b: number) => string): string =>
  `a,b,colour,goal\n${Array.from({ length: count }, (_, i) => {
    const [a, b] = at(i);
    return `${a},${b},${i % 2 === 0 ? "red" : "blue"},${target(a, b)}\n`;
  }).join("")}`;
const small = ["--depth", "2-3", "--activations", "relu,erf", "--threads", "1", "--quiet"];

interface Searched {
  readonly run: string;
  readonly score: { readonly name: string };
  readonly batch: { readonly normalize: string };
  readonly crossValidation: {
    readonly measure: string;
    readonly value: number;
    readonly interval: [number, number];
    readonly candidates: number;
  };
}
interface Predicted {
  readonly task: string;
  readonly genotype: string;
  readonly learntFrom: number;
  readonly predictions: readonly {
    readonly prediction: string | number;
    readonly probabilities?: Record<string, number>;
  }[];
}

describe("a search on a table, and predictions from it", () => {
  it("classes: the default score is said, cross-validated, and new rows are predicted with probabilities", async () => {
    shop.write(
      "kinds.csv",
      table(80, (a, b) => (a + b > 0 ? '"high, up"' : "low")),
    );
    const text = await shop.run("search", "--data", "csv:kinds.csv", "--target", "goal", ...small.slice(0, -1));
    expect(text.err).toMatch(/score log_evidence: a target is given/);
    expect(text.out).toMatch(/cross-validated accuracy 0\.\d+ \(95 %: 0\.\d+ to [01]\.\d+; 5 folds of 80 rows\)/);
    const found = (await shop.json("search", "--data", "csv:kinds.csv", "--target", "goal", ...small)) as Searched;
    expect(found.score.name).toBe("log_evidence");
    expect(found.batch.normalize).toBe("affine");
    const { value, interval, measure, candidates } = found.crossValidation;
    expect([measure, candidates]).toEqual(["accuracy", 10]);
    expect(value).toBeGreaterThan(0.8);
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);

    // other column order, no target, a colour that was never seen
    shop.write("new.csv", "colour,b,a\nred,0.9,0.9\nblue,-0.9,-0.9\ngreen,0.8,0.7\n");
    const { code, out, err } = await shop.run("predict", found.run, "--data", "new.csv");
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe('prediction,"p(high, up)",p(low)');
    expect(lines.slice(1).map((line) => line.replace(/,[\d.]+,[\d.]+$/, ""))).toEqual([
      '"high, up"',
      "low",
      '"high, up"',
    ]);
    expect(err).toMatch(/learnt from 80 rows: leave-one-out accuracy/);
    const predicted = (await shop.json("predict", "latest", "--data", "new.csv", "--genotype", "erf")) as Predicted;
    expect(predicted).toMatchObject({ task: "classification", genotype: "erf", learntFrom: 80 });
    for (const { probabilities } of predicted.predictions) {
      expect(Object.values(probabilities!).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    }
    await shop.run("predict", "latest", "--data", "new.csv", "--out", "p.csv");
  });

  it("numbers: values in the units of the target, near the truth", async () => {
    shop.write(
      "values.csv",
      table(120, (a, b) => String(1000 + 100 * a * b)),
    );
    const found = (await shop.json("search", "--data", "csv:values.csv", "--target", "goal", ...small)) as Searched;
    expect(found.crossValidation.measure).toBe("R2");
    expect(found.crossValidation.value).toBeGreaterThan(0.9);
    shop.write("more.csv", "a,b,colour\n0.5,0.5,red\n-0.5,0.5,blue\n");
    const { predictions } = (await shop.json("predict", found.run, "--data", "more.csv")) as Predicted;
    expect(Math.abs(Number(predictions[0].prediction) - 1025)).toBeLessThan(10);
    expect(Math.abs(Number(predictions[1].prediction) - 975)).toBeLessThan(10);
  });

  it("refuses changed data, missing columns, and runs without a target", async () => {
    shop.write(
      "kinds.csv",
      table(79, (a) => (a > 0 ? "high" : "low")),
    );
    await shop.run("search", "--data", "csv:kinds.csv", "--target", "goal", ...small);
    shop.write("few.csv", "a,colour\n1,red\n");
    const absent = await shop.run("predict", "latest", "--data", "few.csv");
    expect(absent.err).toMatch(/these are not there: b/);
    shop.write(
      "kinds.csv",
      table(78, (a) => (a > 0 ? "high" : "low")),
    );
    const changed = await shop.run("predict", "latest", "--data", "few.csv");
    expect(changed.code).toBe(1);
    expect(changed.err).toMatch(/its contents have changed\nhint: Restore the file/);
    await shop.run("search", "--data", "sphere:n=8,d=4", ...small);
    expect((await shop.run("predict", "latest", "--data", "few.csv")).err).toMatch(
      /expected a search on a csv with --target/,
    );
  });
});
