import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import { afterAll, describe, expect, it } from "vitest";
import { Workshop } from "./support.js";

const workshop = new Workshop();
afterAll(() => workshop.close());

const space = ["--depth", "2", "--activations", "relu", "--threads", "1", "--quiet"];
const lines = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i)).join("\n");
const search = (data: string, ...more: string[]) => workshop.run("search", "--data", data, ...more, ...space);

describe("data as people have it", () => {
  it("has ten columns of one name", async () => {
    const row = (i: number): string =>
      [...Array.from({ length: 10 }, (_, j) => (i * 7 + j * 3) % 11), "pq"[i % 2]].join(",");
    workshop.write("same.csv", `${"a,".repeat(10)}y\n${lines(30, row)}`);
    const { code, out } = await search("csv:same.csv", "--target", "y");
    expect([code, out]).toEqual([0, expect.stringContaining("Header names that occur more than once: a.")]);
    const unclear = await search("csv:same.csv", "--target", "a");
    expect([unclear.code, unclear.err]).toEqual([2, expect.stringContaining("more than one column")]);
  });

  it.each([
    [
      "5,000 classes",
      `x,z,y\n${lines(10_000, (i) => `${i % 97},${i % 89},c${i % 5000}`)}`,
      /at most 1000 classes.* 5000 different/,
    ],
    ["one row", "x,y\n3,a\n", /labels, those of csv:bad\.csv are all the same/],
    [
      "repeats of one input",
      "x,z,y\n1,2,a\n1,2,a\n1,2,b\n",
      /without repeated rows \(2 were removed\) one input of csv:bad/,
    ],
    ["nothing in any cell", `x,z,y\n${lines(20, () => ",,")}`, /expected values in the target "y", it has none/],
    ["nothing but labels", `x,z,y\n${lines(20, (i) => `,,${"ab"[i % 2]}`)}`, /at least one column of numbers/],
  ])("is refused with %s, in one sentence and a hint", async (_, text, message) => {
    workshop.write("bad.csv", text);
    const { code, out, err } = await search("csv:bad.csv", "--target", "y");
    expect(out).toBe("");
    expect(code).toBeGreaterThan(0);
    expect(err).toMatch(message);
    expect(err).toMatch(/^error: .*\nhint: .*\n$/);
  });

  it.each([
    ["words", lines(6, (i) => `${i},a`), /There is only one class \(a\)/],
    ["numbers", lines(6, (i) => `${i},2.5`), /The target "y" is the same in every row/],
  ])(
    "has a target of %s that is the same in every row: scores with labels are refused, others warn",
    async (_, rows, note) => {
      workshop.write("constant.csv", `x,y\n${rows}`);
      const { code, out, err } = await search("csv:constant.csv", "--target", "y");
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(
        /those of csv:constant\.csv are all the same\nhint: Use a target with at least two values, or .* --score lambda_min\.\n$/,
      );
      const without = await search("csv:constant.csv", "--target", "y", "--score", "lambda_min");
      expect([without.code, without.out]).toEqual([0, expect.stringMatching(note)]);
    },
  );

  it.each([
    [
      "with zero bytes, such as a spreadsheet",
      Buffer.from("504b030414000600", "hex"),
      /holds zero bytes\nhint: .*\.xlsx/,
    ],
    ["without", Buffer.from("1b5b324a9bff80feff0a1b5b324a9bff80", "hex"), /^error: bin\.csv/],
  ])(
    "is a binary file %s: refused by every reader of tables, without its bytes on the terminal",
    async (_, bytes, message) => {
      workshop.write("bin.csv", bytes);
      for (const { code, out, err } of [
        await search("csv:bin.csv", "--target", "y"),
        await workshop.run("bench", "--table", "bin.csv"),
        await workshop.run("bench", "--pareto", "flops,params", "--join", "bin.csv"),
      ]) {
        expect([code > 0, out]).toEqual([true, ""]);
        expect(err).toMatch(message);
        expect(err).toMatch(/^error: .*\nhint: .*\n$/);
        expect(err.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      }
    },
  );

  it("mixes encodings", async () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      Buffer.from(`${(i * i) % 7},${i % 2 ? "café" : "süd"}\n`, i % 2 ? "latin1" : "utf8"),
    );
    workshop.write("mixed.csv", Buffer.concat([Buffer.from("näme,y\n"), ...rows]));
    const { code, out } = await search("csv:mixed.csv", "--target", "y");
    expect([code, out]).toEqual([0, expect.stringContaining("the file mixes encodings")]);
  });

  it("has HTML in names, which a report shows as text", async () => {
    const evil = "<script>alert(1)</script>";
    const name = "<img src=x onerror=alert(2)>.csv";
    workshop.write(
      name,
      `"<b onclick=alert(3)>",z,y\n${lines(40, (i) => `${i % 7},${(i * i) % 5},${[evil, "b"][i % 2]}`)}`,
    );
    expect((await search(`csv:${name}`, "--target", "y")).code).toBe(0);
    expect((await workshop.run("report", "latest", "--out", "page.html")).code).toBe(0);
    const page = readFileSync(workshop.path("page.html"), "utf8");
    expect(page).toContain("&lt;img src=x");
    for (const raw of [evil, "<img src=x", "<b onclick"]) expect(page).not.toContain(raw);
  });

  it("is a folder with one class, or with a picture that is none", async () => {
    const picture = (seed: number): Buffer => {
      const png = new PNG({ width: 4, height: 4 });
      for (let k = 0; k < png.data.length; k++) png.data[k] = k % 4 === 3 ? 255 : (k * seed * 37) % 256;
      return PNG.sync.write(png);
    };
    mkdirSync(workshop.path("one/<i>only"), { recursive: true });
    for (let k = 1; k < 6; k++) writeFileSync(workshop.path(`one/<i>only/${k}.png`), picture(k));
    const one = await search("images:one");
    expect([one.code, one.out]).toEqual([0, expect.stringContaining("<i>only")]);
    mkdirSync(workshop.path("none/a"), { recursive: true });
    workshop.write("none/a/x.png", "not a picture");
    const none = await search("images:none");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("expected a PNG or JPEG picture")]);
  });
});
