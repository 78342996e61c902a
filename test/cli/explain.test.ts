import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Effects, Explanation } from "../../src/explain/index.js";
import type { Run } from "../../src/store/index.js";
import { wellFormed } from "../report/well-formed.js";
import { all, parse, textOf } from "../report/page.js";
import { Workshop } from "./support.js";

interface Explained extends Explanation {
  readonly run: string | null;
  readonly effects: Effects | null;
  readonly sample: string;
  readonly why: readonly string[];
}

const workshop = new Workshop();
afterAll(() => workshop.close());

/** Names that a page must print as text. */
const evil = `<script>alert("1")</script>`;
const file = `it's ${evil.replaceAll("/", "-").replaceAll('"', "'")}.csv`;
const table = [`"a ""${evil.replaceAll('"', "'")}""",b,kind`]
  .concat(
    Array.from({ length: 24 }, (_, i) => {
      const kind = ["<b>one</b>", "two & 'three'"][i % 2];
      return `${(i * 7) % 24},${Math.sin(i).toFixed(3)},"${kind}"`;
    }),
  )
  .join("\n");

const search = ["--depth", "3", "--activations", "relu,tanh", "--threads", "1", "--quiet"];
let first = "";
let second = "";

beforeAll(async () => {
  workshop.write(file, table);
  const run = async (...flags: string[]): Promise<string> =>
    ((await workshop.json("search", ...search, ...flags)) as { run: string }).run;
  first = await run("--data", "sphere:n=12,d=5", "--strategy", "exhaustive");
  second = await run("--data", `csv:${file}`, "--target", "kind");
});

describe("explain", () => {
  it("explains the best of a run: terms sum to lambda_min, neighbours are those of the space, effects those of its rows", async () => {
    const found = (await workshop.json("explain", first)) as Explained;
    expect(found.run).toBe(first);
    expect(found.terms.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(found.lambdaMin, 10);
    expect(found.neighbours).toHaveLength(3); // another activation on two layers, and the skip
    expect(found.effects).toMatchObject({ count: 8 });
    expect(found.sample).toBe("all");
    expect(found.why).toHaveLength(3);
    const { out } = await workshop.run("explain", first);
    expect(out).toContain("What carries λmin");
    expect(out).toContain("Which inputs nearly coincide");
    expect(out).toMatch(/What one change does: 3 neighbours/);
    expect(out).toContain("the whole space was evaluated");
  });

  it("is what the run keeps and its report shows", async () => {
    const page = workshop.path("whole.html");
    await workshop.run("report", first, "--out", page);
    const stored = (JSON.parse(readFileSync(workshop.path("whole.json"), "utf8")) as Run).artifacts!.explanation!;
    const found = (await workshop.json("explain", first)) as Explained;
    expect(stored).toMatchObject({ genotype: found.genotype, neighbours: found.neighbours, inputs: found.inputs });
    expect(all(parse(readFileSync(page, "utf8")), ".why p")).toHaveLength(3);
  });

  it("takes another network of the run's data, and writes a page", async () => {
    const { out, code } = await workshop.run("explain", "latest", "--network", "tanh-tanh", "--report", "why.html");
    expect(code).toBe(0);
    expect(out.startsWith("tanh-tanh: λmin")).toBe(true);
    const page = readFileSync(workshop.path("why.html"), "utf8");
    expect(textOf(parse(page), "h1")).toBe("tanh-tanh");
    expect(all(parse(page), "script")).toHaveLength(1); // the page's own
    expect(textOf(parse(page), "#figure-inputs")).toContain("alert(");
  });

  it("takes a genotype with data", async () => {
    const found = (await workshop.json(
      "explain",
      "sin+relu",
      "--data",
      "sphere:n=10,d=4",
      "--activations",
      "relu",
    )) as Explained;
    expect(found).toMatchObject({ run: null, genotype: "sin+relu", effects: null });
    expect(found.neighbours.map(({ genotype }) => genotype).sort()).toEqual(["relu+relu", "sin+sin", "sin-relu"]);
    expect(found.why).toHaveLength(2);
  });

  it("refuses what contradicts itself, and data that has changed", async () => {
    for (const [argv, words] of [
      [["explain", "relu-tanh"], "a genotype is explained on data"],
      [["explain", "relu-tanh", "--data", "sphere:n=4", "--network", "relu"], "is a genotype already"],
      [["explain", "latest", "--data", "sphere:n=4"], "--data: a run says this itself"],
      [["explain", "latest", "--c", "1"], "--c: a run says this itself"],
      [["explain", "rleu"], "relu"],
    ] as const) {
      const { code, err } = await workshop.run(...argv);
      expect([code, err.includes(words)]).toEqual([2, true]);
    }
    writeFileSync(workshop.path(file), `${table}\n3,4,"<b>one</b>"`);
    const { code, err } = await workshop.run("explain", second);
    writeFileSync(workshop.path(file), table);
    expect(code).toBe(1);
    expect(err).toContain("is not the data of the search any more");
  });
});

describe("report", () => {
  it("prints names of files, columns and classes as text, keeps the cross-validated figure", async () => {
    const { out } = await workshop.run("report", second, "--out", "evil.html", "--figures", "drawn");
    const page = readFileSync(workshop.path("evil.html"), "utf8");
    const root = parse(page);
    expect(all(root, "script")).toHaveLength(1);
    expect(all(root, "main b").map((bold) => bold.textContent)).not.toContain("one");
    expect(textOf(root, "#protocol")).toContain(file);
    expect(textOf(root, "#why")).toContain("target <b>one</b>");
    const json = JSON.parse(readFileSync(workshop.path("evil.json"), "utf8")) as Run;
    expect(json.artifacts!.crossValidation).toMatchObject({ measure: "accuracy", rows: 24, folds: 5 });
    expect(textOf(root, "#cross-validation")).toContain("Cross-validated accuracy");
    const files = readdirSync(workshop.path("drawn"));
    expect(files.length).toBeGreaterThan(8);
    expect(out.trim().split("\n")).toHaveLength(3 + files.length);
    for (const name of files) {
      const svg = readFileSync(workshop.path(`drawn/${name}`), "utf8");
      expect([name, wellFormed(svg)]).toEqual([name, true]);
    }
  });

  it("compares runs on a page", async () => {
    const { out, code } = await workshop.run("report", first, second, "--out", "both.html");
    expect(code).toBe(0);
    expect(out.trim()).toBe(workshop.path("both.html"));
    const root = parse(readFileSync(workshop.path("both.html"), "utf8"));
    expect(textOf(root, "#headline")).toContain("Different data");
    expect(textOf(root, "#headline")).toContain("Different scores");
    expect(textOf(root, "#pair-B figcaption")).toContain("of 8 common architectures");
    expect(textOf(root, "#differences")).toMatch(/score · name\s*lambda_min\s*log_evidence/);
    expect(all(root, "#best tbody tr")).toHaveLength(2);
    expect(all(root, "script")).toHaveLength(1);
  });

  it("refuses to compare a run with itself, and folders that cannot be made", async () => {
    const { code, err } = await workshop.run("report", first, first);
    expect([code, err]).toEqual([2, expect.stringContaining("expected different runs")]);
    workshop.write("taken", "");
    const refused = await workshop.run("report", first, "--out", "x.html", "--figures", "taken");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--figures: expected a place")]);
    expect(existsSync(workshop.path("x.html"))).toBe(false);
  });
});
