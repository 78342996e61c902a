import { existsSync, readFileSync, readdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { meanText } from "../../src/cli/finite-text.js";
import { studentCdf } from "../../src/math/estimate.js";
import { renderReport } from "../../src/report/index.js";
import type { FiniteWidthScore } from "../../src/score/finite-width.js";
import type { ScoredArchitecture } from "../../src/score/types.js";
import { openStore } from "../../src/store/index.js";
import { Workshop } from "./support.js";

type Scored = ScoredArchitecture & { readonly finite?: FiniteWidthScore };

const workshop = new Workshop();
afterAll(() => workshop.close());

const sphere = ["--data", "sphere:n=8,d=5"];

describe("score --width", () => {
  it("adds mean, error, ratio, certificate and shares to the object", async () => {
    const flags = [...sphere, "--width", "96", "--draws", "4", "--seed", "2"];
    const { finite, ...rest } = (await workshop.json("score", "relu+tanh", ...flags)) as Scored;
    const { lambdaMin, certificate, shares, ratio, infinite } = finite!;
    expect(finite).toMatchObject({ width: 96, draws: 4, precision: "float32", warnings: [], certified: true });
    expect(finite!.options).toEqual({
      seed: 2,
      init: "ntk",
      params: "weights",
      parameterisation: "ntk",
      output: "sum",
      outputs: 1,
    });
    const { values, mean, standardError } = lambdaMin;
    expect(values).toHaveLength(4);
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value) / 4, 14);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(standardError).toBeCloseTo(Math.sqrt(variance / 4), 14);
    certificate!.values.forEach((value, k) => expect(value).toBeLessThanOrEqual(values[k]));
    expect(shares.map(({ parameter }) => parameter)).toEqual(["g1.weight", "g2.weight", "out.weight"]);
    expect(infinite).toBeCloseTo(rest.lambdaMin, 13);
    expect(ratio).toBeCloseTo(mean / rest.lambdaMin, 12);
    expect((await workshop.json("score", "relu+tanh", ...flags)) as Scored).toMatchObject({ finite: { lambdaMin } });
    expect(await workshop.json("score", "relu+tanh", ...sphere)).not.toHaveProperty("finite");
  });

  it("has the reference's numbers on every engine, and says which and in what precision", async () => {
    const flags = [...sphere, "--width", "96", "--draws", "2"];
    const by = async (...more: string[]) =>
      ((await workshop.json("score", "relu+tanh", ...flags, ...more)) as Scored).finite!;
    const reference = await by("--engine", "reference");
    expect(reference).toMatchObject({ engine: "reference", precision: "float64", notes: [] });
    const wasm = await by("--engine", "wasm");
    expect(wasm).toMatchObject({ engine: "wasm", precision: "float32", certified: true });
    const products = await by("--matrix-free");
    expect(products).toMatchObject({ engine: "reference", certificate: null, certified: false });
    expect(products.products).toMatchObject({ converged: true });
    const small = await by("--engine", "wasm", "--memory", "1MB");
    expect(small.lambdaMin.mean).toBeCloseTo(wasm.lambdaMin.mean, 12);
    for (const found of [wasm, products]) {
      expect(Math.abs(found.lambdaMin.mean / reference.lambdaMin.mean - 1)).toBeLessThan(1e-5);
      found.shares.forEach(({ parameter, share }, p) => {
        expect(parameter).toBe(reference.shares[p].parameter);
        expect(share).toBeCloseTo(reference.shares[p].share, 4);
      });
    }
    // the certificate comes from the Gram matrices that the compiled kernel is made of
    wasm.certificate!.values.forEach((value, k) => expect(value).toBeCloseTo(reference.certificate!.values[k], 5));
  });

  it("compares networks that follow each other", async () => {
    const flags = [...sphere, "--width", "64", "--draws", "4"];
    const names = ["relu+relu", "sigmoid", "tanh"];
    const { results, comparisons } = (await workshop.json("score", ...names, ...flags)) as {
      results: Scored[];
      comparisons: { a: string; b: string; probability: number }[];
    };
    expect(comparisons.map(({ a, b }) => [a, b])).toEqual([
      ["relu+relu", "sigmoid"],
      ["sigmoid", "tanh"],
    ]);
    // Welch's t of the two means, by hand
    const [a, b] = results.map(({ finite }) => finite!.lambdaMin);
    const [va, vb] = [a.standardError ** 2, b.standardError ** 2];
    const freedom = (va + vb) ** 2 / (va ** 2 / 3 + vb ** 2 / 3);
    const expected = studentCdf((a.mean - b.mean) / Math.sqrt(va + vb), freedom);
    expect(comparisons[0].probability).toBeCloseTo(expected, 10);
    expect(comparisons[0].probability).toBeGreaterThan(0.95);

    const { out } = await workshop.run("score", ...names, ...flags);
    expect(out).toMatch(/relu\+relu beats sigmoid with probability (> )?0\.\d+/);
    const once = await workshop.run("score", "relu", "tanh", ...sphere, "--width", "16", "--draws", "1");
    expect(once.out).toContain("relu against tanh: one draw cannot tell");
    expect(await workshop.json("score", "relu", "tanh", ...sphere)).not.toHaveProperty("comparisons");
  });

  it("prints the block beside the infinite value and its bounds, with a warning for small widths", async () => {
    const { out, code } = await workshop.run("score", "relu-tanh", ...sphere, "--width", "4", "--draws", "2");
    expect(code).toBe(0);
    const block = out.slice(out.indexOf("At width 4:"));
    expect(block).toMatch(/λmin +[\d.e-]+ ± [\d.e-]+ \(mean ± standard error\)/);
    expect(block).toMatch(/infinite width +[\d.]+, between [\d.e-]+ \(LB\) and [\d.]+ \(UBpair\)/);
    expect(block).toMatch(/What carries λmin: layer 1 [\d.]+ %, layer 2 [\d.]+ %, output layer [\d.]+ %/);
    expect(block).toMatch(/warning: Width 4 is below the number of inputs 8/);
    expect(block).toMatch(/warning: 2 draws give no reliable standard error/);
  });

  it("takes the classes of the data as outputs, and other weights and gradients", async () => {
    const data = ["--data", "spirals:n=10", "--width", "48", "--draws", "2"];
    for (const output of ["label", "trace", "each"]) {
      const { finite } = (await workshop.json("score", "relu", ...data, "--output", output)) as Scored;
      expect(finite!.options).toMatchObject({ output, outputs: 2 });
      expect(finite!.infinite).toBeGreaterThan(0);
    }
    const flags = ["--init", "pytorch", "--parameterisation", "standard", "--params", "all", "--outputs", "3"];
    const { finite } = (await workshop.json("score", "relu", ...data, ...flags)) as Scored;
    expect(finite).toMatchObject({ infinite: null, ratio: null, options: { init: "pytorch", outputs: 3 } });
  });

  it.each([
    ["width 0", ["--width", "0"], 2, /--width: expected an integer of at least 1, got "0"/],
    ["a fractional width", ["--width", "1.5"], 2, /--width: expected an integer/],
    ["too many draws", ["--width", "8", "--draws", "1001"], 2, /--draws: expected an integer from 1 to 1000, got 1001/],
    ["no draws", ["--width", "8", "--draws", "0"], 2, /--draws: expected an integer of at least 1/],
    ["draws without a width", ["--draws", "3"], 2, /--draws: .*expected --width too/],
    ["an output without a width", ["--output", "trace"], 2, /--output: .*expected --width too/],
    ["a memory without a number", ["--width", "8", "--memory", "much"], 2, /--memory: expected bytes such as 500MB/],
    ["an unknown engine", ["--width", "8", "--engine", "cuda"], 2, /--engine: expected auto, native, wasm, reference/],
    ["an engine without a width", ["--engine", "wasm"], 2, /--engine: .*expected --width too/],
    ["too little memory", ["--width", "100000", "--memory", "1MB"], 1, /limit is 1\.00 MB[^]*hint: Width \d+ fits/],
    [
      "products of each output",
      ["--width", "8", "--matrix-free", "--output", "each"],
      2,
      /--matrix-free: expected --output/,
    ],
    ["labels that are not there", ["--width", "8", "--output", "label"], 2, /--output label: .*has none/],
    ["a word with a slip", ["--width", "8", "--init", "pytroch"], 2, /--init: .*did you mean pytorch/],
    ["more than the memory", ["--width", "3000000000"], 1, /needs \S+ GB .*limit is 2\.00 GB[^]*hint: Width \d+ fits/],
  ] as const)("refuses %s", async (_, flags, exit, words) => {
    const { code, out, err } = await workshop.run("score", "relu", ...sphere, ...flags);
    expect(out).toBe("");
    expect(err).toMatch(words);
    expect(code).toBe(exit);
  });

  it("refuses fewer outputs than classes", async () => {
    const flags = ["--data", "spirals:n=10", "--width", "8", "--output", "label", "--outputs", "1"];
    const { code, err } = await workshop.run("score", "relu", ...flags);
    expect(code).toBe(2);
    expect(err).toContain("expected an output for each of the 2 classes");
  });

  it("names no layer for a singular kernel", async () => {
    workshop.write("twice.csv", "1,2\n1,2\n2,1\n");
    const flags = ["--data", "csv:twice.csv", "--keep-duplicates", "--width", "40"];
    const { out } = await workshop.run("score", "relu+relu", ...flags);
    expect(out).toContain("What carries λmin: - (it is zero to rounding)");
  });

  it("rounds a mean to its error", () => {
    expect(meanText({ mean: 1.08454972, standardError: 0.0123 })).toBe("1.085 ± 0.012");
    expect(meanText({ mean: 1.5, standardError: NaN })).toBe("1.5000");
    expect(meanText({ mean: 0.0004, standardError: 0.12 })).toBe("0.00040 ± 0.12");
  });
});

describe("search --width", () => {
  const flags = [
    ...sphere,
    "--depth",
    "3",
    "--activations",
    "relu,tanh",
    "--top",
    "4",
    "--width",
    "32",
    "--draws",
    "3",
  ];

  it("scores the best too, in the infinite order, the same with any number of threads, and stores it", async () => {
    const run = async (...more: string[]) =>
      (await workshop.json("search", ...flags, "--quiet", ...more)) as {
        run: string;
        results: (ScoredArchitecture & { finite: FiniteWidthScore })[];
      };
    const one = await run("--threads", "1");
    const two = await run("--threads", "2", "--store", "two/runs.sqlite");
    expect(two.results).toEqual(one.results);
    expect(one.results).toHaveLength(4);
    for (const { genotype, lambdaMin, finite } of one.results) {
      expect(finite).toMatchObject({ genotype, width: 32, draws: 3 });
      expect(finite.infinite).toBeCloseTo(lambdaMin, 12);
    }
    const infinite = one.results.map(({ lambdaMin }) => lambdaMin);
    expect([...infinite].sort((a, b) => b - a)).toEqual(infinite);
    const alone = (await workshop.json("score", one.results[1].genotype, ...sphere, ...flags.slice(-4))) as Scored;
    expect(alone.finite!.lambdaMin).toEqual(one.results[1].finite.lambdaMin);

    const store = openStore(workshop.path("two/runs.sqlite"));
    const stored = store.load(two.run);
    store.close();
    expect(stored.artifacts!.finite).toEqual(two.results.map(({ finite }) => finite));
    expect(renderReport(stored)).toContain("Finite against infinite");
  });

  it("keeps each score when it is there: a search that is ended and repeated takes it from there", async () => {
    const search = ["search", ...flags, "--quiet", "--threads", "1", "--store", "kept/runs.sqlite"];
    const results = async () =>
      ((await workshop.json(...search)) as { results: { finite: FiniteWidthScore }[] }).results.map(({ finite }) =>
        JSON.stringify(finite),
      );
    const whole = await results();
    const [name] = readdirSync(workshop.path("kept/finite"));
    const file = `kept/finite/${name}`;
    const [protocol, first, second] = readFileSync(workshop.path(file), "utf8").split("\n");
    // Ended in the third of four; the first is told from a new one by a mark.
    workshop.write(file, [protocol, first.replace('"draws":3', '"draws":7'), second, second.slice(0, 40)].join("\n"));
    expect(await results()).toEqual([whole[0].replace('"draws":3', '"draws":7'), ...whole.slice(1)]);
    expect(readFileSync(workshop.path(file), "utf8").trimEnd().split("\n")).toHaveLength(1 + 2 + 1 + 2);
    expect((await workshop.json(...search, "--seed", "1")) as object).toBeDefined();
    expect(readdirSync(workshop.path("kept/finite"))).toHaveLength(2);
  });

  it("shows a column and says that the ranking stays the infinite one", async () => {
    const { out, err } = await workshop.run("search", ...flags, "--threads", "1");
    expect(out).toContain("λmin at width 32 ± s.e.");
    expect(out.match(/ ± /g)!.length).toBeGreaterThan(4);
    expect(out).toContain("The ranking stays that of infinite width.");
    expect(out).toContain("warning: Width 32 is below 10 n = 80");
    expect(err).toContain("Scoring the best at width 32, 3 draws each.");
  });

  it("leaves the width out when interrupted, and refuses too much memory before a run is stored", async () => {
    const store = ["--store", "stopped.sqlite", "--threads", "1"];
    workshop.interruptAtOnce = true;
    const { out, code } = await workshop.run("search", ...flags, ...store, "--strategy", "exhaustive");
    workshop.interruptAtOnce = false;
    expect(code).toBe(130);
    expect(out).toContain("Width 32 was not computed");
    const huge = await workshop.run("search", ...sphere, "--width", "100000", "--store", "huge.sqlite");
    expect(huge).toMatchObject({ code: 1, out: "", err: expect.stringContaining("the limit is 2.00 GB") as string });
    expect(await workshop.json("runs", "--store", "huge.sqlite")).toEqual({ runs: [] });
  });
});

describe("width", () => {
  const widths = ["--widths", "64,8,8", "--draws", "3", "--threads", "1"];

  it("has every width in order, the limit and its bounds, as JSON, table and page", async () => {
    const { networks } = (await workshop.json("width", "relu+relu", "tanh", ...sphere, ...widths)) as {
      networks: { genotype: string; lambdaMin: number; LB: number; UBpair: number; points: FiniteWidthScore[] }[];
    };
    expect(networks.map(({ genotype }) => genotype)).toEqual(["relu+relu", "tanh"]);
    for (const { lambdaMin, LB, UBpair, points } of networks) {
      expect(points.map(({ width }) => width)).toEqual([8, 64]);
      expect(points[1].ratio).toBeCloseTo(points[1].lambdaMin.mean / lambdaMin, 12);
      expect(LB).toBeLessThan(lambdaMin);
      expect(lambdaMin).toBeLessThan(UBpair);
    }
    const two = await workshop.json("width", "relu+relu", "tanh", ...sphere, ...widths.slice(0, 4), "--threads", "2");
    expect((two as { networks: unknown }).networks).toEqual(networks);

    const { out, code } = await workshop.run("width", "relu+relu", ...sphere, ...widths, "--out", "deep/width.html");
    expect(code).toBe(0);
    expect(out).toMatch(/relu\+relu +∞/);
    const page = workshop.path("deep/width.html");
    expect(out).toContain(page);
    expect(existsSync(page)).toBe(true);
    const html = readFileSync(page, "utf8");
    expect(html).toContain('id="figure-width"');
    expect(html).toContain("eigennas width relu+relu --data sphere:n=8,d=5");
    expect(html.match(/https?:\/\/|\b(undefined|NaN|\[object)/)).toBeNull();
  });

  it.each([
    ["a width of 0", ["--widths", "8,0"], 2, /--widths: expected integers of at least 1/],
    ["an empty list", ["--widths", ""], 2, /--widths: expected integers/],
    ["too much memory", ["--widths", "8,1000000"], 1, /the limit is 2\.00 GB/],
    ["a file that cannot be written", [...widths, "--out", "/dev/null/page.html"], 2, /--out: expected a place/],
  ] as const)("refuses %s", async (_, flags, exit, words) => {
    const { code, out, err } = await workshop.run("width", "relu-relu", ...sphere, ...flags);
    expect(out).toBe("");
    expect(err).toMatch(words);
    expect(code).toBe(exit);
  });
});
