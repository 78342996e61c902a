import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { summarise } from "../../src/study/summary.js";
import type { SplitRecord } from "../../src/study/split-record.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());

const rows = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");

describe("eigennas study tables", () => {
  const folder = shop.path("tables");
  mkdirSync(folder);
  writeFileSync(
    join(folder, "kinds.csv"),
    `a,b,kind\n${rows(40, (i) => `${Math.sin(i)},${Math.cos(2 * i)},${Math.sin(i) > 0 ? "up" : "down"}`)}`,
  );
  writeFileSync(
    join(folder, "line.csv"),
    `u,v,z\n${rows(30, (i) => `${Math.sin(7 * i)},${i % 3},${3 * Math.sin(7 * i) + 1}`)}`,
  );
  writeFileSync(join(folder, "short.csv"), "x,y\n1,2\n3,4\n");
  const flags = ["study", "tables", "tables", "--splits", "2", "--pool", "12", "--threads", "1", "--quiet"];

  it("tests every method, skips bad tables with the reason, and goes on where it was stopped", async () => {
    const whole = await shop.run(...flags, "--out", "one");
    expect(whole.code).toBe(0);
    expect(whole.out).toMatch(/2 tables, 2 splits each, 12 networks/);
    expect(whole.out).toMatch(/skipped short\.csv: Expected at least 10 rows/);
    const lines = readFileSync(shop.path("one/results.jsonl"), "utf8").trimEnd().split("\n");
    const records = lines
      .map((line) => (JSON.parse(line) as { record?: SplitRecord }).record)
      .filter((record) => record !== undefined);
    expect(records).toHaveLength(4);
    for (const record of records) {
      expect(record.pool).toBe(12);
      expect(record.train + record.test).toBe(record.kind === "classes" ? 40 : 30);
      expect(record.hindsight.loss).toBeLessThanOrEqual(
        Math.min(...Object.values(record.choices).map((choice) => choice?.loss ?? Infinity)),
      );
      expect(record.relu.map(({ depth }) => depth)).toEqual([2, 3, 3, 4, 4, 5, 5]);
    }
    // z is linear in x: ridge regression finds it, and kernels nearly do
    const line = records.find(({ kind }) => kind === "regression")!;
    expect(line.baselines["linear"]).toBeLessThan(1e-6 * line.trivial);
    expect(line.choices["loo_error"]!.loss).toBeLessThan(0.1 * line.trivial);

    expect((await shop.run(...flags, "--out", "one", "--reference", "random")).out).toMatch(/against random/);
    expect((await shop.run(...flags, "--out", "one", "--reference", "chance")).code).toBe(2);

    mkdirSync(shop.path("two"));
    writeFileSync(shop.path("two/results.jsonl"), `${lines.slice(0, 2).join("\n")}\n`);
    appendFileSync(shop.path("two/results.jsonl"), lines[2].slice(0, 40)); // killed while writing
    const resumed = await shop.run(...flags, "--out", "two");
    expect(resumed.out).toBe(whole.out);
    expect(readFileSync(shop.path("two/results.jsonl"), "utf8").trimEnd().split("\n").sort()).toEqual(lines.toSorted());
  });

  it("names what is wrong with a folder or its description", async () => {
    expect((await shop.run("study", "tables", "nowhere")).err).toMatch(/expected a folder that can be read/);
    shop.write("entries.json", '{"other.csv": {}}');
    const unknown = await shop.run(...flags, "--tables", "entries.json");
    expect(unknown.code).toBe(2);
    expect(unknown.err).toMatch(/other\.csv is not in/);
    shop.write("entries.json", '{"line.csv": {"goal": "z"}}');
    expect((await shop.run(...flags, "--tables", "entries.json")).code).toBe(2);
  });
});

describe("the summary of a study", () => {
  it("ranks methods by skill over tables and tests them against the reference", () => {
    const record = (loss: number, random: number): SplitRecord => ({
      split: 0,
      kind: "regression",
      classes: 0,
      rows: 20,
      train: 16,
      test: 4,
      inputs: 1,
      pool: 2,
      failed: 0,
      trivial: 1,
      choices: { loo_error: { genotype: "relu", loss } },
      agreement: { loo_error: 0.5 },
      random,
      hindsight: { genotype: "relu", loss },
      relu: [{ depth: 2, skips: false, genotype: "relu", loss: random, looError: 1 }],
      baselines: { linear: random, nearest: random },
      notes: [],
    });
    const results = [0.1, 0.2, 0.3, 0.4, 0.5].map((loss, t) => ({
      table: `t${t}`,
      records: [record(loss, loss + 0.1)],
    }));
    const summary = summarise(results);
    expect(summary.methods[0]).toMatchObject({ method: "loo_error", rank: 1, p: null });
    expect(summary.methods[0].skill).toBeCloseTo(0.7, 12);
    const random = summary.methods.find(({ method }) => method === "random")!;
    expect(random.skill).toBeCloseTo(0.6, 12);
    expect(random.against).toEqual([0, 0, 5]);
    // 2 / 2^5 = 0.0625 by itself, corrected to at most 1 over all others
    expect(random.p).toBe(Math.min(1, 0.0625 * (summary.methods.length - 1)));
    expect(summary.hindsight).toBeCloseTo(0.7, 12);
  });
});
