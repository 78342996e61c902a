import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCsv, type CsvOptions } from "../../src/data/csv.js";
import { errorOf } from "./error-of.js";

const read = (text: string, options: CsvOptions = {}) => readCsv("csv:a.csv", text, "a.csv", options);

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const tables = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([n, d]) => fc.array(fc.array(finite, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }));

describe("readCsv, points", () => {
  it("gives back every table of numbers, whatever delimiter, line end, header and byte order mark", () => {
    const styles = fc.record({
      delimiter: fc.constantFrom(",", ";", "\t", " ", "   ", ", "),
      newline: fc.constantFrom("\n", "\r\n", "\r"),
      header: fc.boolean(),
      mark: fc.constantFrom("", "\uFEFF"),
      last: fc.boolean(),
      quote: fc.constantFrom("", '"'),
    });
    fc.assert(
      fc.property(tables, styles, (table, style) => {
        const lines = table.map((row) => row.map((x) => `${style.quote}${x}${style.quote}`).join(style.delimiter));
        if (style.header) lines.unshift(table[0].map((_, j) => `x${j}`).join(style.delimiter));
        const data = read(style.mark + lines.join(style.newline) + (style.last ? style.newline : ""));
        expect([data.n, data.d]).toEqual([table.length, table[0].length]);
        expect([...data.inputs]).toEqual(table.flat().map((x) => Number(String(x))));
        expect(data.labels ?? data.targets).toBeUndefined();
      }),
    );
  });

  it("gives back text labels with delimiters, quotes and line ends inside", () => {
    const label = fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", ",", '"', "\n", ";", " x") });
    const named = label.map((text) => `k${text}k`);
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, named), { minLength: 2, maxLength: 8 }), (rows) => {
        const lines = rows.map(([x, text]) => `${x},"${text.replaceAll('"', '""')}"`);
        const data = read(["x,kind", ...lines].join("\n"), { target: "kind" });
        expect([...data.labels!].map((k) => data.classNames![k])).toEqual(rows.map(([, text]) => text));
        expect(data.classNames).toEqual([...new Set(rows.map(([, text]) => text))].sort());
      }),
    );
  });

  it("skips blank lines and reads one point", () => {
    expect(read("\n\n1,2\n  \n")).toMatchObject({ n: 1, d: 2, notes: [] });
  });

  it("leaves columns of text out when there is no target, and says so", () => {
    const data = read("a,name,b\n1,x,2\n3,y,4\n");
    expect([...data.inputs]).toEqual([1, 2, 3, 4]);
    expect(data.notes.join()).toContain("name");
  });

  it("takes a first line of the kind of the second one as data", () => {
    const data = read("5.1,3.5,setosa\n4.9,3.0,virginica\n", { target: -1 });
    expect(data).toMatchObject({ n: 2, d: 2, classNames: ["setosa", "virginica"] });
    expect(data.notes.join()).toContain("first line");
    expect(read("150,4,setosa\n5.1,3.5,0\n").n).toBe(1);
    expect(read("1,2\n3,4\n", { header: true })).toMatchObject({ n: 1 });
    expect((read("1,2\n3,4\n", { header: true }) as { inputs: Float64Array }).inputs).toEqual(Float64Array.of(3, 4));
  });

  it("notes constant columns and repeated names", () => {
    expect(read("a,b\n1,2\n1,3\n").notes).toEqual(["Columns with the same value in every row: a."]);
    expect(read("a,a\n1,2\n0,3\n").notes).toEqual(["Header names that occur more than once: a."]);
  });

  it("keeps the first rows under a limit", () => {
    expect(read("1\n2\n3\n", { limit: 2 }).hash).toBe(read("1\n2\n").hash);
    expect(read("1\n2\n3\n").hash).not.toBe(read("1\n2\n").hash);
  });

  it("hashes the float64 bytes", () => {
    // printf '\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40' | sha256sum
    expect(read("1,2").hash).toBe("dc91ce9a50ddc828740aa26743716897fdb2bb64f1db662fe263a59be56145ae");
  });
});

describe("readCsv, target", () => {
  const text = "x,y,kind\n1,2,up\n3,4,down\n5,6,up\n";

  it("finds the column by name, by number from 1 and from the end", () => {
    const byName = read(text, { target: "kind" });
    expect(byName.classNames).toEqual(["down", "up"]);
    expect([...byName.labels!]).toEqual([1, 0, 1]);
    expect([...byName.inputs]).toEqual([1, 2, 3, 4, 5, 6]);
    for (const target of [3, "3", -1, "-1"]) expect(read(text, { target })).toEqual(byName);
    expect(read("2,1\n5,6\n7,8\n", { header: true, target: "2" }).classNames).toEqual(["5", "7"]);
  });

  it("tells classes from regression targets", () => {
    expect(read("1,-1\n2,1\n3,1\n", { target: 2 }).classNames).toEqual(["-1", "1"]);
    expect(read("1,10\n2,9\n3,9\n", { target: 2 }).classNames).toEqual(["9", "10"]);
    expect(read("1,0.5\n2,1\n3,1\n", { target: 2 })).toMatchObject({ targets: Float64Array.of(0.5, 1, 1) });
    expect(read("1,7\n2,8\n3,9\n", { target: 2 })).toMatchObject({ targets: Float64Array.of(7, 8, 9) });
    const many = Array.from({ length: 42 }, (_, i) => `${i},${i % 21}`).join("\n");
    expect(read(many, { target: 2 }).labels).toBeUndefined();
  });

  it("notes one class, but reads it", () => {
    const data = read("1,a\n2,a\n", { target: 2, header: false });
    expect(data.classNames).toEqual(["a"]);
    expect(data.notes.join()).toContain("only one class (a)");
  });

  it("lists the columns and the nearest name when the target is missing", async () => {
    const error = await errorOf(() => read(text, { target: "kimd" }));
    expect(error.code).toBe("usage");
    expect(error.message).toContain("x, y, kind");
    expect(error.hint).toContain("kind");
    for (const target of [0, 4, -4, "0", 1.5]) {
      const wrong = await errorOf(() => read(text, { target }));
      expect(wrong.message).toContain("a number from 1 to 3");
    }
    expect((await errorOf(() => read("a,a\n1,2\n", { target: "a" }))).message).toContain("more than one");
  });

  it("leaves rows without target value out, or refuses them", async () => {
    const data = read("x,kind\n1,up\n2,\n3,down\n", { target: "kind" });
    expect([...data.inputs]).toEqual([1, 3]);
    expect(data.notes.join()).toContain('1 row without a value of the target "kind"');
    expect((await errorOf(() => read("x,kind\n1,\n2,\n", { target: "kind" }))).message).toContain("it has none");
    const error = await errorOf(() => read("x,kind\n1,up\n2,\n", { target: "kind", missing: "refuse" }));
    expect(error.message).toContain('line 3, column 2 ("kind")');
    expect(error.message).toContain("empty");
  });
});

describe("readCsv, bad tables", () => {
  const cases: readonly [name: string, text: string, message: RegExp, hint: RegExp, options?: CsvOptions][] = [
    ["empty", "", /a\.csv: .*empty/, /one row per input/],
    ["blank", "\n \r\n", /empty/, /one row per input/],
    ["header only", "x,y\n", /header line only/, /no header/],
    ["ragged", "x,y\n1,2\n\n3\n", /line 4: expected 2 cells .* got 1/, /delimiter/],
    ["ragged, CR LF", "x,y\r\n1,2\r\n3,4,5\r\n", /line 3: expected 2 cells .* got 3/, /delimiter/],
    ["ragged, blanks", "1 2 3\n4 5 6\n7 8\n", /line 3: expected 3 cells .* got 2/, /delimiter/],
    ["NaN", "x,y\n1,NaN\n2,3\n", /line 2, column 2 \("y"\): .*NaN/, /Remove the row/, { missing: "refuse" }],
    ["infinite", "1,2\n-Infinity,3\n", /line 2, column 1: .*-Infinity/, /Remove the row/],
    ["overflow", "1\n1e999\n", /line 2, column 1: .*1e999/, /Rescale|rescale/],
    ["missing", "x,y\n1,2\n,3\n", /line 3, column 1 \("x"\): .*empty/, /fill in/, { missing: "refuse" }],
    ["missing, R", "x,y\n1,NA\n2,3\n", /line 2, column 2 .*NA/, /fill in/, { missing: "refuse" }],
    ["one bad cell", "x,y\n1,2\n2,two\n", /line 3, column 2 \("y"\): .*"two"/, /0\/1 column/],
    ["decimal comma", 'x,y\n"1,5",2\n', /"1,5"/, /point/],
    ["thousands", "x;y\n1,500;2\n2,000;3\n", /"1,500"/, /thousands/],
    ["commas and points", "x;y\n1,5;2\n2.5;3\n", /"1,5"/, /point/],
    ["hexadecimal", "x,y\n0x10,1\n7,2\n", /"0x10"/, /0\/1/],
    ["text only", "a,b\nc,d\n", /at least one column of numbers/, /delimiter/],
    ["target only", "a\n1\n2\n", /besides the target/, /target/, { target: "a" }],
    ["open quote", 'x,y\n1,"2\n', /Quote Not Closed/, /quote/],
    ["UTF-16", "x\0,\0y\0", /zero bytes/, /UTF-8/],
  ];
  it.each(cases)("%s", async (_, text, message, hint, options = {}) => {
    const error = await errorOf(() => read(text, options));
    expect(error.code).toBe("data");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it("numbers lines after quoted line ends", async () => {
    const error = await errorOf(() => read('k,x\n"a\nb",1\nc,oops\n', { target: "k" }));
    expect(error.message).toContain("line 4");
  });
});
