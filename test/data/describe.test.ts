import { afterAll, describe, expect, it } from "vitest";
import { readCsv } from "../../src/data/csv.js";
import { describeData, type DataDescription } from "../../src/data/describe.js";
import { sourceOf } from "../../src/data/source.js";
import { Workshop } from "../cli/support.js";

const workshop = new Workshop();
afterAll(() => workshop.close());

const text = "x,y,one,k\n3,0,1,a\n0,2,1,b\n3,0,1,b\n3,0,1,a\n1,1.01,1,a\n";

describe("describeData", () => {
  it("counts classes, repeated rows, contradictions and constant columns, and finds the nearest pair", () => {
    const source = sourceOf(readCsv("csv:a", text, "a.csv", { target: "k" }));
    const data = describeData(source);
    expect(data).toMatchObject({ n: 5, d: 3, duplicates: 2, conflicts: 1, constantColumns: 1, zeroRows: 0 });
    expect(data.classes).toEqual([
      { name: "a", rows: 3 },
      { name: "b", rows: 2 },
    ]);
    expect(data.values.mean).toBeCloseTo(18.01 / 15, 12);
    expect([data.values.least, data.values.largest]).toEqual([0, 3]);
    expect(data.hash).toBe(source.hash);
    // Rows 1 (0, 2, 1) and 4 (1, 1.01, 1): cosine 3.02 / (sqrt(5) sqrt(3.0201)).
    const cosine = 3.02 / Math.sqrt(5 * 3.0201);
    expect(data.nearestPair!.rows.toSorted((a, b) => a - b)).toEqual([1, 4]);
    expect(data.nearestPair!.correlation).toBeCloseTo(cosine, 12);
    expect(data.nearestPair!.degrees).toBeCloseTo((Math.acos(cosine) * 180) / Math.PI, 10);
    expect(data.nearestPair!.distance).toBeCloseTo(Math.sqrt(2 - 2 * cosine), 12);
  });

  it("describes targets, one row and rows of zeros", () => {
    const data = describeData(sourceOf(readCsv("csv:a", "1,0.5\n0,1.5\n", "a.csv", { target: 2, header: false })));
    expect(data.targets).toEqual({ least: 0.5, mean: 1, largest: 1.5, deviation: 0.5 });
    expect([data.zeroRows, data.nearestPair]).toEqual([1, undefined]);
    expect(describeData(sourceOf(readCsv("csv:a", "0,0\n", "a.csv")))).toMatchObject({ n: 1, constantColumns: 0 });
  });
});

describe("eigennas data describe", () => {
  it("prints what there is, as text and as JSON", async () => {
    workshop.write("a.csv", text);
    const flags = ["data", "describe", "csv:a.csv", "--target", "k"];
    const { out, code } = await workshop.run(...flags);
    expect(code).toBe(0);
    expect(out).toMatch(/rows +5\n/);
    expect(out).toMatch(/classes +2 \(a: 3, b: 2\)/);
    expect(out).toMatch(/repeated rows +2, 1 with another label/);
    const json = (await workshop.json(...flags)) as DataDescription;
    expect(json).toMatchObject({ spec: "csv:a.csv", n: 5, duplicates: 2 });
    const dropped = (await workshop.json(...flags, "--drop", "y,one")) as DataDescription;
    expect(dropped.d).toBe(1);
  });

  it("passes the options of tables on, and explains dates and gaps", async () => {
    workshop.write("dates.csv", "day,x,k\n2020-01-01,1,a\n2020-01-02,,b\n2020-01-03,4,b\n");
    const run = (...flags: string[]) => workshop.run("data", "describe", "csv:dates.csv", "--target", "k", ...flags);
    const refused = await run();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--drop");
    expect((await run("--drop", "day")).out).toContain("Missing values (1)");
    expect((await run("--drop", "day", "--missing", "refuse")).err).toContain("line 3");
    expect((await run("--drop", "day", "--task", "regression")).err).toContain("expected a number in the target");
    expect((await run("--missing", "guess")).code).toBe(2);
  });

  it("scores tables with words, gaps and ids through the same options", async () => {
    workshop.write("words.csv", "c,x,k\nred,1,a\nblue,,b\nred,3,a\nblue,5,b\n");
    const flags = ["score", "relu", "--data", "csv:words.csv", "--target", "k"];
    const { code, err } = await workshop.run(...flags, "--drop", "c", "--missing", "drop");
    expect([code, err.includes("error")]).toEqual([0, false]);
    const page = await workshop.run(...flags, "--missing", "indicate", "--json");
    expect(JSON.parse(page.out)).toMatchObject({ batch: { rowsInData: 4 } });
  });
});
