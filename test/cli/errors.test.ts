import { gzipSync } from "node:zlib";
import Database from "libsql";
import { afterAll, describe, expect, it } from "vitest";
import { Workshop } from "./support.js";

const workshop = new Workshop();
afterAll(() => workshop.close());

async function failing(...argv: string[]): Promise<{ code: number; err: string }> {
  const { code, out, err } = await workshop.run(...argv);
  expect(out).toBe("");
  return { code, err };
}

describe("bad data", () => {
  it.each([
    ["an empty file", "", [], 1, /empty/i],
    ["a NaN", "1,2\nNaN,3\n", ["--missing", "refuse"], 1, /line 2, column 1/],
    ["a target that is not there", "x,y\n1,2\n3,4\n", ["--target", "z"], 2, /expected the target to be a column/],
    ["ragged rows", "1,2\n3\n", [], 1, /line 2/],
  ] as const)("refuses %s", async (_, text, flags, exit, words) => {
    workshop.write("bad.csv", text);
    const { code, err } = await failing("score", "relu", "--data", "csv:bad.csv", ...flags, "--json");
    expect(code).toBe(exit);
    expect(err).toMatch(/^error: /);
    expect(err).toMatch(words);
  });

  it("refuses a score with labels when there is one class, a number, or none", async () => {
    workshop.write("one.csv", "x,y,kind\n1,2,a\n3,4,a\n5,1,a\n");
    workshop.write("number.csv", "x,y,t\n1,2,0.5\n3,4,0.25\n5,1,1.5\n");
    const search = (file: string, target: string[], score: string) =>
      failing("search", "--data", `csv:${file}`, ...target, "--score", score, "--threads", "1");
    const one = await search("one.csv", ["--target", "kind"], "loo_error");
    expect(one).toMatchObject({ code: 2, err: expect.stringContaining("all the same") as string });
    const number = await search("number.csv", ["--target", "t"], "loo_accuracy");
    expect(number).toMatchObject({ code: 2, err: expect.stringContaining("is a number") as string });
    const none = await search("number.csv", [], "label_complexity");
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("has none") as string });
  });

  it("scores one class, a constant column, duplicate rows and n = 1 with a warning where one is due", async () => {
    workshop.write("plain.csv", "x,y,kind\n1,2,a\n1,4,a\n1,2,a\n");
    const card = await workshop.run("score", "relu", "--data", "csv:plain.csv", "--target", "kind");
    expect(card.code).toBe(0);
    expect(card.out).toContain("1 row repeats another one: removed");
    expect(card.out).toContain("Columns with the same value in every row: x");
    expect(card.out).toMatch(/one class/i);

    const kept = ["score", "relu", "--data", "csv:plain.csv", "--target", "kind", "--keep-duplicates"];
    const { lambdaMin, batch } = (await workshop.json(...kept)) as { lambdaMin: number; batch: { samples: number } };
    expect(batch.samples).toBe(3);
    expect(Math.abs(lambdaMin)).toBeLessThan(1e-12);

    workshop.write("single.csv", "3,4\n");
    const single = (await workshop.json("score", "relu-relu-relu", "--data", "csv:single.csv", "--c", "1")) as {
      lambdaMin: number;
    };
    expect(single.lambdaMin).toBeCloseTo(0.5, 12); // docs/theory.md 2, sanity identities
  });

  it("refuses a truncated IDX file", async () => {
    const header = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2]);
    workshop.write("cut.idx", Buffer.concat([header, Buffer.alloc(7)]));
    workshop.write("cut.idx.gz", gzipSync(Buffer.concat([header, Buffer.alloc(7)])));
    for (const file of ["cut.idx", "cut.idx.gz"]) {
      const { code, err } = await failing("score", "relu", "--data", `idx:${file}`);
      expect(code).toBe(1);
      expect(err).toMatch(/expected .*(bytes|20)/);
    }
  });
});

describe("bad questions", () => {
  const sphere = ["--data", "sphere:n=6,d=3", "--threads", "1"];

  it.each([
    ["depth 1", ["--depth", "1"], 2, /depth counts the output layer/],
    ["a depth that is a word", ["--depth", "deep"], 2, /--depth: expected a depth such as 6/],
    ["an unknown activation", ["--activations", "relu,tahn"], 2, /did you mean .*tanh/i],
    ["an unknown space", ["--space", "fnc"], 2, /did you mean "fcn"/i],
    ["an unknown score", ["--score", "lambda_mim"], 2, /did you mean lambda_min/i],
    ["a strategy with a slip", ["--strategy", "exhaustiv"], 2, /--strategy: .*did you mean exhaustive/],
    ["a budget for exact", ["--strategy", "exact", "--budget", "9"], 2, /--budget/],
    [
      "exact with a score that has no bound",
      ["--strategy", "exact", "--score", "trace"],
      2,
      /expected --score lambda_min/,
    ],
    ["a space file that is not there", ["--space", "no.json"], 2, /--space: .*no\.json/],
    ["two wrong numbers at once", ["--top", "0", "--c1", "-1"], 2, /--c1: expected a number above 0, got "-1"/],
    ["an unknown flag", ["--dept", "4"], 2, /Did you mean --depth/],
  ] as const)("refuses %s", async (_, flags, exit, words) => {
    const { code, err } = await failing("search", ...sphere, ...flags);
    expect(err).toMatch(words);
    expect(code).toBe(exit);
  });

  it("refuses exact with unequal norms, with a hint", async () => {
    workshop.write("norms.csv", "1,2\n3,4\n5,1\n");
    const flags = ["--data", "csv:norms.csv", "--normalize", "none", "--strategy", "exact"];
    const { code, err } = await failing("search", ...flags);
    expect(code).toBe(2);
    expect(err).toContain("expected inputs of one norm");
    expect(err).toContain("hint: Use --normalize unit");
  });

  it("says how large a huge space is, what to do, and stores no run", async () => {
    const flags = ["--depth", "16", "--activations", "relu,tanh,silu,gelu,sin", "--strategy", "exhaustive"];
    const { code, err } = await failing("search", ...sphere, ...flags, "--store", "huge.sqlite");
    expect(code).toBe(2);
    // 5^15 2^14
    expect(err).toContain((5n ** 15n * 2n ** 14n).toLocaleString("en-US"));
    expect(err).toContain("--max-skips");
    const exact = await failing("search", ...sphere, ...flags.slice(0, -1), "exact", "--store", "huge.sqlite");
    expect(exact).toMatchObject({ code: 2, err: expect.stringContaining("at most 50,000,000") as string });
    expect((await workshop.run("runs", "--store", "huge.sqlite")).err).toContain("there is no store");
  });

  it("points at the character of a bad genotype", async () => {
    const { code, err } = await failing("score", "relu+rela", "--data", "sphere:n=6,d=3");
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "relu"?');
    expect(err).toContain("\n       ^\n");
  });

  it("asks for data by listing what there is", async () => {
    const { code, err } = await failing("search");
    expect(code).toBe(2);
    expect(err).toContain("--data: expected one of mnist");
  });

  it("suggests the nearest command", async () => {
    const { code, err } = await failing("serch");
    expect(code).toBe(2);
    expect(err).toContain("Did you mean search?");
  });

  it("refuses a store of a newer version and leaves it as it was", async () => {
    const path = workshop.path("newer.sqlite");
    const database = new Database(path);
    database.exec("CREATE TABLE future (a); PRAGMA user_version = 999");
    database.close();
    const { code, err } = await failing("search", ...sphere, "--depth", "2", "--store", "newer.sqlite");
    expect(code).toBe(1);
    expect(err).toContain("version 999");
    expect(err).toContain("hint: ");
  });
});
