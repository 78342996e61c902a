import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { joinTable, needColumn, parseTable, readTable } from "../../src/tables/index.js";
import { topologyArch } from "../../src/spaces/topology.js";

const rows = (...lines: string[]): string => `${lines.join("\n")}\n`;

describe("parseTable", () => {
  it("takes every column of numbers, in order of the index", () => {
    const text = rows(`index,arch,c100_test,note`, `7,${topologyArch(7)},70.5,x`, `2,${topologyArch(2)},,y`);
    const table = parseTable(text, "t.csv");
    expect(table).toMatchObject({ space: "topology", count: 2, columns: ["c100_test"] });
    expect([...table.indices]).toEqual([2, 7]);
    expect(table.archs).toEqual([topologyArch(2), topologyArch(7)]);
    expect([...table.column("c100_test")!]).toEqual([NaN, 70.5]);
    expect(table.column("c10_test")).toBeUndefined();
    expect(() => needColumn(table, "c100_tset")).toThrow(/no such column/);
    expect(() => needColumn(table, "note")).toThrow(/expected numbers, it holds "y"/);
    expect(table.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("does without arch, takes quotes, Windows lines, and the words for no value and infinity", () => {
    const table = parseTable('\uFEFF"index","score"\r\n1,-inf\r\n0,NaN\r\n3,1e-3\r\n', "t.csv");
    expect([...table.column("score")!]).toEqual([NaN, -Infinity, 0.001]);
    expect(table.archs[2]).toBe(topologyArch(3));
    const size = parseTable("index,arch,c10_test\n0,8:8:8:8:8,80\n", "t.csv");
    expect(size.space).toBe("size");
    expect(parseTable("index,latency\n32767,3\n", "t.csv", { space: "size" }).archs).toEqual(["64:64:64:64:64"]);
  });

  it.each([
    ["", /column named index/],
    ["arch,c10_test\n", /column named index/],
    ["index,c10_test\n", /line 2: expected rows, got none/],
    ["index,c10_test\n1,2\n1,3\n", /line 3: expected index 1 once/],
    ["index,c10_test\n1\n", /line 2: expected 2 cells, got 1/],
    ["index,c10_test\n-1,3\n", /line 2: expected an index from 0 to 15624, got "-1"/],
    ["index,c10_test\n15625,3\n", /got "15625"/],
    ["index,c10_test,c10_test\n1,2,3\n", /every column once, got c10_test twice/],
    [`index,arch\n0,${topologyArch(1)}\n`, /line 2: expected arch/],
    ['index,"a\n1,2\n', /expected CSV/],
  ])("refuses %j", (text, message) => {
    expect(() => parseTable(text, "t.csv")).toThrow(message);
  });
});

describe("joinTable", () => {
  const table = parseTable("index,c10_test\n0,80\n1,90\n2,85\n", "t.csv");

  it("adds columns by index", () => {
    const joined = joinTable(table, parseTable("index,latency\n2,3.5\n0,1.5\n9,7\n", "l.csv"));
    expect(joined.columns).toEqual(["c10_test", "latency"]);
    expect([...joined.column("latency")!]).toEqual([1.5, NaN, 3.5]);
    expect(joined.hash).not.toBe(table.hash);
  });

  it("never overwrites", () => {
    const other = parseTable("index,c10_test\n0,1\n", "l.csv");
    expect(() => joinTable(table, other)).toThrow(/both tables have c10_test/);
    expect(joinTable(table, other, { prefix: "old_" }).columns).toEqual(["c10_test", "old_c10_test"]);
    expect(() => joinTable(table, parseTable("index,arch\n0,8:8:8:8:8\n", "s.csv"))).toThrow(/one space/);
  });
});

const folder = fileURLToPath(new URL("../../../shared/data/nasbench201/", import.meta.url));

describe.skipIf(!existsSync(folder))("published tables (skipped without ../shared/data)", () => {
  it("reads all 15,625 rows with their official strings, and joins latencies", async () => {
    const table = await readTable(`${folder}nasbench201.csv.gz`);
    expect(table.count).toBe(15625);
    expect(table.column("c10_test")![0]).toBe(85.863333);
    const best = needColumn(table, "c10_test").reduce((most, value) => Math.max(most, value));
    // NATS-Bench, table of optimal values: 94.37.
    expect(best).toBeCloseTo(94.37, 2);
    const joined = joinTable(table, await readTable(`${folder}hwnasbench.csv.gz`));
    expect(joined.column("raspi4_latency_c10")![0]).toBe(10.481977);
    const trials = await readTable(`${folder}trials.csv.gz`);
    expect([...trials.textColumns.keys()]).toEqual(["c10_test_v11", "c10v_valid"]);
  });
});
