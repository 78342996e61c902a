import { afterAll, describe, expect, it } from "vitest";
import { customSpace, parseCustomSpace } from "../../src/spaces/index.js";
import { Workshop } from "./support.js";

const workshop = new Workshop();
afterAll(() => workshop.close());

const sphere = ["--data", "sphere:n=6,d=3"];

describe("what the command line says of what was typed", () => {
  it.each([
    [["search", ...sphere, "--depth", "5-2"], 2, /least first, got 5 to 2\nhint: Write 2-5/],
    [["search", ...sphere, "--depth", "300"], 2, /from 2 to 256, got 300\nhint: .*depths of 2 to 12/],
    [
      ["search", ...sphere, "--activations", ""],
      2,
      /--activations: expected activations such as relu,tanh, got nothing/,
    ],
    [["search", ...sphere, "--activations", "relu,,tanh"], 2, /--activations: .*an empty name in "relu,,tanh"/],
    [
      ["search", ...sphere, "--skips", "off", "--max-skips", "2"],
      2,
      /--max-skips: --skips off has none, got 2\nhint: /,
    ],
    [["search", ...sphere, "--target", ""], 2, /--target: expected a column, got nothing/],
    [["score", "-relu", ...sphere], 2, /hint: A genotype begins with an activation.*: relu/],
    [["score", "--", "-relu", ...sphere], 2, /--data: expected one of/],
    [["score", "relu", "--data", "sphere:n=1e9,d=3"], 1, /hint: Use at most [\d,]+ rows of 3 numbers/],
    [
      ["score", "relu", "--data", "sphere:n=4001,d=2", "--samples", "4001"],
      1,
      /at most 4,000 inputs, got 4,001.*\nhint: Use --samples 4000/,
    ],
  ] as const)("%j", async (argv, exit, words) => {
    const { code, err } = await workshop.run(...argv);
    expect(err).toMatch(words);
    expect(code).toBe(exit);
  });

  it("warns of a kernel of one number, and calls no width too small for it", async () => {
    const { code, out } = await workshop.run(
      "score",
      "relu",
      "--data",
      "sphere:n=1,d=3",
      "--width",
      "8",
      "--draws",
      "3",
    );
    expect(code).toBe(0);
    expect(out.replace(/\s+/g, " ")).toContain("There is one input: its kernel is one number");
    expect(out).not.toMatch(/biased down|NaN/);
  });

  it("counts one row as one", async () => {
    workshop.write("one.csv", "1,2\n1,2\n0,0\n3,1\n");
    const { out } = await workshop.run("score", "relu", "--data", "csv:one.csv");
    const text = out.replace(/\s+/g, " ");
    expect(text).toContain("1 row repeats another one: removed");
    expect(text).toContain("1 row has norm 0");
  });
});

describe("a space file", () => {
  it.each([
    [
      { name: "a", depth: "deep", activations: ["relu"] },
      'depth: expected an integer or [least, greatest], got "deep"',
    ],
    [{ name: "a", depth: 3, activations: "relu" }, 'activations: expected a list, got "relu"'],
    [{ name: "a", depth: 3 }, "activations: expected a list, got nothing"],
    [{ name: "a", depth: 3, activations: ["relu", 5] }, "activations.1: expected a string, got 5"],
    [{ name: "a", depth: 3, activations: ["relu"], skips: "some" }, 'skips: expected search, all, none, got "some"'],
    [{ name: "a", depth: 3, activations: ["relu"], maxSkips: 1.5 }, "maxSkips: expected an integer, got 1.5"],
    [{ name: "a", depth: 3, activations: ["relu"], layers: [] }, "layers: expected an object, got []"],
    [
      { name: "a", depth: 3, activations: ["relu"], layers: { zero: {} } },
      "layers.zero: expected a layer number from 1",
    ],
    [
      { name: "a", depth: 3, activations: ["relu"], layers: { "2": { skip: "yes" } } },
      'layers.2.skip: expected a boolean, got "yes"',
    ],
    [
      { name: "a", depth: 3, activations: ["relu"], dept: 3 },
      'unknown entry "dept", known are name, depth, activations, skips, maxSkips, layers',
    ],
    [[], "expected an object, got []"],
    [null, "expected an object, got null"],
  ])("%j says what was expected, what came, and where", (definition, words) => {
    expect(() => customSpace(definition, "mine.json")).toThrow(words);
    expect(() => parseCustomSpace(JSON.stringify(definition), "mine.json")).toThrow(/^mine\.json: /);
    expect(() => customSpace(definition)).not.toThrow(/Invalid|Unrecognized/);
  });
});
