import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { ScoredArchitecture } from "../../src/score/types.js";
import { openStore } from "../../src/store/index.js";
import { Workshop } from "./support.js";

interface Searched {
  readonly run: string;
  readonly status: string;
  readonly space: { readonly id: string; readonly size: number };
  readonly evaluated: number;
  readonly skippedByBound: number;
  readonly exactTopK: boolean;
  readonly strategy: { readonly name: string; readonly budget: number | null };
  readonly score: { readonly name: string };
  readonly results: readonly (ScoredArchitecture & { readonly score: number; readonly rank: number })[];
  readonly baselines: readonly { readonly genotype: string; readonly depth: number; readonly lambdaMin: number }[];
  readonly randomChoice: { readonly count: number; readonly lambdaMin: readonly number[] } | null;
  readonly seconds: number;
}

const workshop = new Workshop();
afterAll(() => workshop.close());

const small = ["--data", "sphere:n=12,d=5", "--depth", "2-4", "--activations", "relu,tanh,leaky_relu(0.2)"];
const here = ["--threads", "1", "--top", "5"];
const search = async (...flags: string[]): Promise<Searched> =>
  (await workshop.json("search", ...small, ...here, ...flags)) as Searched;

describe("search", () => {
  it("finds by bounds what an exhaustive search finds", async () => {
    const exact = await search();
    const all = await search("--strategy", "exhaustive");
    // |A|^(L-1) 2^(L-2): 3 + 18 + 108
    expect(exact.space).toMatchObject({ id: "fcn", size: 129 });
    expect(exact.strategy.name).toBe("exact");
    expect(exact.exactTopK && all.exactTopK).toBe(true);
    expect(all).toMatchObject({ evaluated: 129, skippedByBound: 0, status: "complete" });
    expect(exact.evaluated + exact.skippedByBound).toBe(129);
    expect(exact.skippedByBound).toBeGreaterThan(0);
    expect(exact.results.map(({ genotype }) => genotype)).toEqual(all.results.map(({ genotype }) => genotype));
    expect(exact.results.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    exact.results.forEach((item, i) => {
      expect(item.lambdaMin).toBeCloseTo(all.results[i].lambdaMin, 10);
      expect(item.score).toBeCloseTo(item.lambdaMin, 10);
      expect(item.bounds.LB).toBeLessThanOrEqual(item.lambdaMin);
      expect(item.bounds.UBpair).toBeGreaterThanOrEqual(item.lambdaMin);
    });
  });

  it("gives the same numbers with two threads, and stores every solved architecture", async () => {
    const one = await search();
    const two = await search("--threads", "2");
    expect({ ...two, run: "", seconds: 0, threads: 0 }).toEqual({ ...one, run: "", seconds: 0, threads: 0 });
    const store = openStore(workshop.path(".eigennas/runs.sqlite"));
    const run = store.load(two.run);
    store.close();
    expect(run.rows).toHaveLength(two.evaluated);
    expect(run).toMatchObject({ status: "complete", exactTopK: true, skippedByBound: two.skippedByBound });
    expect(run.protocol.command).toContain("eigennas search --data sphere:n=12,d=5");
    const { winner } = run.artifacts!;
    expect(winner!.genotype).toBe(two.results[0].genotype);
    expect(winner!.spectrum).toHaveLength(12);
    expect(winner!.spectrum[0]).toBeCloseTo(two.results[0].lambdaMin, 9);
    expect(winner!.kernel.size).toBe(12);
    const share = winner!.layers.reduce((sum, layer) => sum + layer.diagonalShare, 0);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
  });

  it("has every plain network as a baseline, and a seeded random choice in order", async () => {
    const { baselines, randomChoice } = await search();
    expect(baselines).toHaveLength(3 * 2 * 3);
    expect(baselines.map(({ genotype }) => genotype)).toContain("leaky_relu(0.2)+leaky_relu(0.2)+leaky_relu(0.2)");
    expect(randomChoice!.count).toBe(32);
    const values = randomChoice!.lambdaMin;
    expect([...values].sort((a, b) => a - b)).toEqual(values);
    expect((await search("--seed", "3")).randomChoice!.lambdaMin).not.toEqual(values);
  });

  it("compares by the score of the search, not always by lambda_min", async () => {
    const { baselines, randomChoice } = (await search("--score", "depth")) as unknown as {
      baselines: { depth: number; score: number }[];
      randomChoice: { score: number[] };
    };
    for (const { depth, score } of baselines) expect(score).toBe(depth);
    expect(randomChoice.score.every((value) => value >= 2 && value <= 4)).toBe(true);
    const { out } = await workshop.run("search", ...small, ...here, "--score", "depth");
    expect(out).toContain("Best plain network of depth 2: depth 2, leaky_relu(0.2) (it is the first of the list).");
  });

  it("keeps to a budget, and says that it proves nothing", async () => {
    const flags = ["--strategy", "random", "--budget", "20"];
    expect(await search(...flags)).toMatchObject({ evaluated: 20, exactTopK: false, strategy: { budget: 20 } });
    const { out, err } = await workshop.run("search", ...small, ...here, ...flags);
    expect(out).toContain("The budget is used up");
    expect(out).toContain("not proved best of the space");
    expect(out).not.toContain("Exact top");
    expect(err).toBe("");
  });

  it("ends when the time is up, with what was found, and without a result says so", async () => {
    const big = ["--data", "sphere:n=8,d=8", "--depth", "9", "--activations", "relu,tanh,silu,gelu", ...here];
    const limited = ["--strategy", "random", "--budget", "1000000"];
    const none = await workshop.run("search", ...big, ...limited, "--max-seconds", "0.000001", "--json");
    expect(none.code).toBe(1);
    expect(none.err).toContain("the time was up before one network was solved");
    expect(JSON.parse(none.out)).toMatchObject({ status: "interrupted", evaluated: 0, results: [], exactTopK: false });
    workshop.tick = 60_000; // the clock says that the comparisons are late, too
    const some = await workshop.run("search", ...big, ...limited, "--max-seconds", "1.5");
    workshop.tick = 1;
    expect(some.code).toBe(0);
    expect(some.out).toContain("The time is up");
    expect(some.out).toContain("Not compared with plain networks and a random choice: the time was up.");
  });

  it("chooses exhaustive for a small space whose score has no bound, and says why on stderr", async () => {
    const { out, err, code } = await workshop.run("search", ...small, ...here, "--score", "effective_rank");
    expect(code).toBe(0);
    expect(err).toContain("exhaustive: no bound of effective_rank is known");
    expect(out).toContain("129 eigenproblems solved");
    expect(out).toMatch(/eff\. rank ↑\*/);
  });

  it("uses label scores when there are labels", async () => {
    const flags = ["--data", "spirals:n=20", "--depth", "3", "--activations", "relu,tanh", "--score", "loo_error"];
    const { results } = (await workshop.json("search", ...flags, ...here)) as Searched;
    const errors = results.map(({ metrics }) => metrics["loo_error"]!);
    expect([...errors].sort((a, b) => a - b)).toEqual(errors);
  });

  it("takes a space file, and refuses flags that contradict it", async () => {
    workshop.write("mine.json", '{"name": "mine", "depth": 3, "activations": ["relu", "tanh"], "skips": "none"}');
    const flags = ["--data", "sphere:n=8,d=4", "--space", "mine.json"];
    expect(((await workshop.json("search", ...flags, ...here)) as Searched).space).toMatchObject({
      id: "mine",
      size: 4,
    });
    const refused = await workshop.run("search", ...flags, "--depth", "4");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("--depth");
  });

  it("stores what was found when interrupted, and exits with 130", async () => {
    workshop.interruptAtOnce = true;
    const { code, out, err } = await workshop.run("search", ...small, ...here, "--strategy", "exhaustive", "--json");
    workshop.interruptAtOnce = false;
    expect(code).toBe(130);
    expect(err).toContain("Interrupted");
    const result = JSON.parse(out) as Searched;
    expect(result).toMatchObject({ status: "interrupted", exactTopK: false });
    const { runs } = (await workshop.json("runs")) as { runs: { id: string; status: string }[] };
    expect(runs.find(({ id }) => id === result.run)!.status).toBe("interrupted");
  });
});

describe("runs and report", () => {
  it("lists runs and writes the report of the latest as HTML, CSV and JSON", async () => {
    const { run, evaluated } = await search();
    const listed = await workshop.run("runs");
    expect(listed.out).toContain(run);
    const written = await workshop.run("report", "latest", "--out", "out/page.html");
    expect(written.code).toBe(0);
    const paths = written.out.trim().split("\n");
    expect(paths).toEqual(["html", "csv", "json"].map((ending) => workshop.path(`out/page.${ending}`)));
    expect(paths.every(existsSync)).toBe(true);
    expect(readFileSync(paths[0], "utf8")).toContain(run);
    expect(readFileSync(paths[1], "utf8").trim().split("\r\n")).toHaveLength(evaluated + 1);
    expect(JSON.parse(readFileSync(paths[2], "utf8"))).toMatchObject({ id: run });
  });

  it("says so when there is nothing to list or to report", async () => {
    const empty = ["--store", "empty.sqlite"];
    const absent = await workshop.run("runs", ...empty);
    expect(absent).toMatchObject({ code: 1, out: "", err: expect.stringContaining("there is no store") as string });
    expect(existsSync(workshop.path("empty.sqlite"))).toBe(false);
    openStore(workshop.path("empty.sqlite")).close();
    expect((await workshop.run("runs", ...empty)).out).toContain("No runs yet");
    const { code, err } = await workshop.run("report", "latest", ...empty);
    expect(code).toBe(1);
    expect(err).toContain("hint: ");
  });
});

describe("doctor", () => {
  it("finds the golden kernel right and exits with 0", async () => {
    const { ok, checks } = (await workshop.json("doctor")) as {
      ok: boolean;
      checks: { name: string; ok: boolean; finding: string }[];
    };
    expect(ok).toBe(true);
    expect(checks.find(({ name }) => name === "golden kernel")!.finding).toContain("0.099079425");
    expect(checks.find(({ name }) => name === "WebAssembly SIMD")!.ok).toBe(true);
  });

  it("names the finite-width kernels in use and why, and exits with 1 when there are none", async () => {
    vi.stubEnv("EIGENNAS_KERNELS", "wasm");
    try {
      expect((await workshop.run("doctor")).out).toMatch(/ok +finite width +wasm kernels: EIGENNAS_KERNELS=wasm/);
      vi.stubEnv("EIGENNAS_KERNELS", "abacus");
      const { code, out } = await workshop.run("doctor");
      expect(code).toBe(1);
      expect(out).toMatch(/problem +finite width +EIGENNAS_KERNELS is one of native, wasm, reference; got "abacus"/);
      expect(out).toContain("-> Unset it");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("exits with 1 when the store cannot be used", async () => {
    workshop.write("text.sqlite", "this is not a database, but long enough to look like one".repeat(40));
    const { code, out } = await workshop.run("doctor", "--store", "text.sqlite");
    expect(code).toBe(1);
    expect(out).toMatch(/problem\s+store/);
    expect(out).toContain("->");
  });
});
