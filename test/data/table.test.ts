import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyTable, fitTable, readTableFile } from "../../src/data/table-file.js";
import type { FitTableOptions } from "../../src/data/table-file.js";
import { errorOf } from "./error-of.js";

let cwd = "";
beforeAll(async () => (cwd = await mkdtemp(join(tmpdir(), "eigennas-table-"))));
afterAll(() => rm(cwd, { recursive: true }));

let count = 0;
async function put(content: string | Uint8Array): Promise<string> {
  const name = `t${count++}.csv`;
  await writeFile(join(cwd, name), content);
  return name;
}
const fit = async (content: string | Uint8Array, options: FitTableOptions = {}) =>
  fitTable(await put(content), { cwd, ...options });
const plain = { standardize: false } as const;
const rowsOf = ({ inputs, d }: { inputs: Float64Array; d: number }): number[][] =>
  Array.from({ length: inputs.length / d }, (_, i) => [...inputs.subarray(i * d, (i + 1) * d)]);

describe("fitTable", () => {
  it("turns two words into 0/1, more into one column each, and fills gaps in", async () => {
    const text = "size,colour,sex,y\n1,red,m,up\n,blue,f,down\n4,,m,up\n7,red,,up\n8,green,m,down\n";
    const { dataset, preprocessing } = await fit(text, plain);
    expect(preprocessing.inputNames).toEqual(["size", "colour=blue", "colour=green", "colour=red", "sex=m"]);
    expect(rowsOf(dataset)).toEqual([
      [1, 0, 0, 1, 1],
      [5, 1, 0, 0, 0], // mean of 1, 4, 7, 8
      [4, 0, 0, 1, 1], // most frequent: red
      [7, 0, 0, 1, 1],
      [8, 0, 1, 0, 1],
    ]);
    expect(dataset.notes.join()).toContain("Missing values (3)");
    const indicated = await fit(text, { ...plain, missing: "indicate" });
    expect(indicated.preprocessing.inputNames).toContain("colour is missing");
    expect(rowsOf(indicated.dataset).map((row) => row[1])).toEqual([0, 1, 0, 0, 0]);
    expect((await fit(text, { ...plain, missing: "drop" })).dataset.n).toBe(2);
    expect((await errorOf(() => fit(text, { missing: "refuse" }))).message).toMatch(/line 3, column 1 \("size"\)/);
  });

  it("standardises by the rows of the fit alone", async () => {
    const text = "x,y\n1,0.5\n3,0.25\n100,7.5\n";
    const { dataset, preprocessing } = await fit(text, { fitRows: [0, 1] });
    expect([...dataset.inputs]).toEqual([-1, 1, 98]);
    expect(preprocessing).toMatchObject({ mean: [2], scale: [1], target: { mean: 0.375, scale: 0.125 } });
    expect([...dataset.targets!]).toEqual([0.5, 0.25, 7.5]);
  });

  it("reads a new file in the same way: other order, further columns, new words, without target", async () => {
    const text = "a,c,k,y\n1,red,u,0.5\n3,blue,v,1.5\n5,green,u,2.5\n7,red,v,3.5\n";
    const { preprocessing } = await fit(text, { target: "y" });
    const stored = JSON.parse(JSON.stringify(preprocessing)) as typeof preprocessing;
    const file = await put("extra,k,c,a\nx,v,red,3\nx,u,pink,\n");
    const applied = await applyTable(stored, file, { cwd });
    // a has mean 4 and variance 5.
    expect(applied.inputs[0]).toBeCloseTo(-1 / Math.sqrt(5), 14);
    expect(applied.inputs[applied.d]).toBeCloseTo(0, 14);
    expect(applied.targets).toBeUndefined();
    expect([...applied.lines]).toEqual([2, 3]);
    expect(applied.notes.join()).toMatch(/1 cells of c hold words .*"pink"/);
    const error = await errorOf(async () => applyTable(stored, await put("a,colour,k\n1,red,u\n"), { cwd }));
    expect(error.message).toContain("these are not there: c");
  });

  it("finds columns by position where there was no header", async () => {
    const { preprocessing } = await fit("1,a,2\n3,b,4\n5,a,7\n", { target: 2, ...plain });
    const without = await applyTable(preprocessing, await put("9,8\n"), { cwd });
    expect(rowsOf(without)).toEqual([[9, 8]]);
    const full = await applyTable(preprocessing, await put("9,b,8\n1,zzz,1\n"), { cwd });
    expect([...full.labels!]).toEqual([1, -1]);
    expect((await errorOf(async () => applyTable(preprocessing, await put("1\n"), { cwd }))).message).toMatch(
      /expected 3 columns \(2 without the target\), it has 1/,
    );
  });

  it("decides between classes and values, or is told", async () => {
    const integers = "x,y\n" + Array.from({ length: 30 }, (_, i) => `${i},${i % 5}`).join("\n");
    expect((await fit(integers)).dataset.classNames).toEqual(["0", "1", "2", "3", "4"]);
    expect((await fit(integers, { task: "regression" })).dataset.targets).toHaveLength(30);
    const decimals = "x,y\n1,0.5\n2,0.5\n3,1.5\n";
    expect((await fit(decimals)).dataset.targets).toEqual(Float64Array.of(0.5, 0.5, 1.5));
    expect((await fit(decimals, { task: "classification" })).dataset.classNames).toEqual(["0.5", "1.5"]);
    const sparse = "x,y\n" + [60, 101, 37, 60, 25, 40, 37].map((y, i) => `${i}.5,${y}`).join("\n");
    expect((await fit(sparse)).dataset.targets).toHaveLength(7);
    const error = await errorOf(() => fit("x,y\n1,a\n2,b\n", { task: "regression" }));
    expect(error.message).toContain('line 2: expected a number in the target "y"');
  });

  it("leaves out row numbers and words that never repeat, and says so", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${i + 1},person ${i},${i % 3},${i % 2 ? "a" : "b"}`);
    const { dataset, preprocessing } = await fit(["Id,name,x,y", ...rows].join("\n"));
    expect(preprocessing.inputNames).toEqual(["x"]);
    expect(dataset.notes.join()).toContain("numbers its rows");
    expect(dataset.notes.join()).toContain("another word in every row");
  });

  it("reads decimal commas between semicolons, and R's header without a name for the row names", async () => {
    const commas = await fit("x;y\n1,5;2,25\n-2,5;3,5\n", { ...plain, target: null });
    expect([...commas.dataset.inputs]).toEqual([1.5, 2.25, -2.5, 3.5]);
    const named = await fit("a b\nr1 1 2\nr2 3 5\nr3 4 9\n", { ...plain, target: null });
    expect(rowsOf(named.dataset)).toEqual([
      [1, 2],
      [3, 5],
      [4, 9],
    ]);
  });

  it("pastes files of as many rows", async () => {
    const [x, y, short] = [await put("1 2\n3 4\n5 7\n"), await put("0.5\n1.5\n9.25\n"), await put("1\n2\n")];
    const { dataset } = await fitTable(`${x}+${y}`, { cwd, ...plain });
    expect(rowsOf(dataset)[2]).toEqual([5, 7]);
    expect([...dataset.targets!]).toEqual([0.5, 1.5, 9.25]);
    expect((await errorOf(() => fitTable(`${x}+${short}`, { cwd }))).message).toMatch(/has 3 and .* 2/);
  });
});

describe("bad tables", () => {
  it("reads 10 columns of one name, apart", async () => {
    const header = Array.from({ length: 10 }, () => "a").join(",");
    const text = `${header}\n1,2,3,4,5,6,7,8,9,0.5\n2,4,6,8,1,3,5,7,9,1.5\n`;
    const { dataset, preprocessing } = await fit(text, plain);
    expect([dataset.d, dataset.targets![1]]).toEqual([9, 1.5]);
    expect(dataset.notes.join()).toContain("more than once: a");
    const again = await applyTable(preprocessing, await put(text), { cwd });
    expect(again.inputs).toEqual(dataset.inputs);
    expect((await errorOf(() => fit(text, { target: "a" }))).message).toContain("more than one column");
  });

  it("keeps HTML in names as it is and takes control characters out", async () => {
    const { preprocessing } = await fit("<b>x</b>,\u001b[31mz,y\n1,2,<script>alert(1)</script>\n2,5,b\n");
    expect(preprocessing.inputNames).toEqual(["<b>x</b>", " [31mz"]);
    expect(preprocessing.target!.classNames).toEqual(["<script>alert(1)</script>", "b"]);
  });

  const many = (distinct: number, rows: number) =>
    "x,k,y\n" + Array.from({ length: rows }, (_, i) => `${i}.5,w${i % distinct},${i % 2}`).join("\n");
  const cases: readonly [name: string, text: string, message: RegExp, hint: RegExp, options?: FitTableOptions][] = [
    [
      "5,000 classes",
      "x,y\n" + Array.from({ length: 10000 }, (_, i) => `${i},w${i % 5000}`).join("\n"),
      /at most 1000 classes, the target "y" has 5000 different values in 10000 rows/,
      /another target/,
    ],
    [
      "too many categories",
      many(60, 300),
      /column 2 \("k"\): expected at most 50 different words, it has 60/,
      /drop "k"/,
    ],
    ["dates", "d,y\n2020-01-02,1\n2021-03-04,0\n", /dates such as "2020-01-02"/, /--drop "d"/],
    ["times", "d,y\n12:30,1\n3:45 pm,0\n", /dates such as/, /drop/],
    ["all missing", "x,y\n,1\nNA,0\n", /at least one column of numbers besides the target/, /target/],
    ["no target value", "x,y\n1,\n2,NA\n", /values in the target "y", it has none/, /another target/],
    ["no rows left", "x,z,y\n1,,1\n,2,0\n", /none is left/, /Fill gaps in/, { missing: "drop" }],
    ["zero bytes", "x,y\n1,\0\0\0\0\0\n", /zero bytes/, /\.xlsx/],
    ["dropped target", "x,y\n1,2\n3,5\n", /among the columns to drop/, /another target/, { drop: ["y"] }],
    ["unknown column to drop", "x,y\n1,2\n", /expected the column to drop to be a column/, /./, { drop: ["xx"] }],
  ];
  it.each(cases)("%s", async (_, text, message, hint, options = {}) => {
    const error = await errorOf(() => fit(text, options));
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it("leaves dates out when asked to, and allows more categories", async () => {
    const { dataset } = await fit("d,x,y\n2020-01-02,1,1\n2021-03-04,2,0\n", { drop: ["d"] });
    expect(dataset.d).toBe(1);
    expect((await fit(many(60, 300), { maxCategories: 60 })).dataset.d).toBe(61);
  });

  it("reads one row", async () => {
    const { dataset } = await fit("x,y\n3,a\n");
    expect([...dataset.inputs]).toEqual([0]);
  });
});

describe("encodings", () => {
  const text = "größe,art\n1,höhe\n2,tür\n4,höhe\n";
  const wide = (bigEndian: boolean, mark: boolean): Uint8Array => {
    const bytes = Buffer.from(mark ? `\uFEFF${text}` : text, "utf16le");
    return bigEndian ? bytes.swap16() : bytes;
  };
  it("reads UTF-8 with and without mark, and UTF-16 of both orders", async () => {
    const files = [text, `\uFEFF${text}`, wide(false, true), wide(true, true), wide(false, false), wide(true, false)];
    for (const content of files) {
      const { dataset, preprocessing } = await fit(content);
      expect(preprocessing.inputNames).toEqual(["größe"]);
      expect(dataset.classNames).toEqual(["höhe", "tür"]);
      expect(dataset.notes).toEqual([]);
    }
  });

  it("reads Latin-1, and files that mix it with UTF-8, with a note", async () => {
    const latin = await fit(Buffer.from(text, "latin1"));
    expect(latin.dataset.classNames).toEqual(["höhe", "tür"]);
    expect(latin.dataset.notes).toEqual([
      "4 lines (the first is line 1) are not UTF-8 and were read as Latin-1 (Windows-1252).",
    ]);
    const lines = text.split("\n");
    const mixed = Buffer.concat([
      Buffer.from(`${lines[0]}\n${lines[1]}\n`),
      Buffer.from(`${lines[2]}\n`, "latin1"),
      Buffer.from(`${lines[3]}\n`),
    ]);
    const { dataset } = await fit(mixed);
    expect(dataset.classNames).toEqual(["höhe", "tür"]);
    expect(dataset.notes.join()).toMatch(/Line 3 is not UTF-8 .* mixes encodings/);
  });
});

describe("large files", () => {
  const long = (rows: number, end = "\n") =>
    "x,note,y\n" + Array.from({ length: rows }, (_, i) => `${i},"a${i % 3},\n""q""",${i % 2}${end}`).join("");

  it("keeps a random sample in file order, with the line numbers of the file", async () => {
    const file = await put(long(5000));
    const read = (seed: number, sampleAbove = 20_000) => readTableFile(file, { cwd, seed, sampleAbove });
    const table = await read(1);
    expect(table.notes.join()).toMatch(/has 5,000 rows .* drawn at random \(seed 1\)/);
    expect(table.names).toEqual(["x", "note", "y"]);
    const numbers = table.rows.map(({ cells }) => Number(cells[0]));
    expect(numbers.length).toBeGreaterThan(500);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    for (const { line, cells } of table.rows) {
      expect(cells[1]).toBe(`a${Number(cells[0]) % 3},\n"q"`);
      expect(line).toBe(3 + 2 * Number(cells[0]));
    }
    // Uniform: the mean of k of 0..4999 has deviation 1443 / sqrt(k).
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    expect(Math.abs(mean - 2499.5)).toBeLessThan((5 * 1443) / Math.sqrt(numbers.length));
    expect((await read(1)).rows).toEqual(table.rows);
    expect((await read(2)).rows).not.toEqual(table.rows);
    expect((await read(1, 1e9)).rows).toHaveLength(5000);
  });

  it("reads the first rows under a limit, in all line ends and in UTF-16", async () => {
    const expected = (await readTableFile(await put(long(400)), { cwd })).rows.slice(0, 50).map(({ cells }) => cells);
    for (const content of [long(400), long(400, "\r\n"), Buffer.from(`\uFEFF${long(400)}`, "utf16le")]) {
      const table = await readTableFile(await put(content), { cwd, limit: 50, sampleAbove: 3000 });
      expect(table.rows.map(({ cells }) => cells)).toEqual(expected);
      expect(table.notes).toEqual([]);
    }
  });
});
