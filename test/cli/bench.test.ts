import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import {
  parseCell,
  pruneCell,
  topologyArch,
  topologyClass,
  topologyCost,
  topologySize,
} from "../../src/spaces/index.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());

/** Answers that are a made function of the class, and images of noise. */
beforeAll(() => {
  const lines = ["index,arch,c10_test,c10v_valid,c100_test,in16_valtest,train_s_c10v,slow"];
  for (let index = 0; index < topologySize; index++) {
    const accuracy = 60 + ((topologyClass(index) * 7919) % 3001) / 100;
    lines.push(
      [index, topologyArch(index), accuracy, accuracy - 1, accuracy - 20, accuracy / 2, 1000, index % 10].join(","),
    );
  }
  shop.write("answers.csv", lines.join("\n"));
  shop.write("few.csv", lines.slice(0, 61).join("\n"));
  const generator = rng(1, "pixels");
  const records = new Uint8Array(40 * 3073);
  for (let at = 0; at < records.length; at++) records[at] = at % 3073 === 0 ? (at / 3073) % 10 : generator.integer(256);
  shop.write("data_batch_1.bin", records);
});

const quick = ["--threads", "1", "--quiet", "--draws", "8", "--repeats", "3"];
const small = ["--channels", "4", "--cells", "1", ...quick];
const bench = ["bench", "--table", "answers.csv", "--images", "data_batch_1.bin", "--limit", "12", ...small];

interface Printed {
  readonly scores: Record<
    string,
    Record<string, { tau: number; rho: number; ndcg: number; regret: Record<string, number> }>
  >;
  readonly eigenNas: Record<string, { k: number; mean: number; std: number; c10: { random: { trained: number } } }>;
  readonly seconds: number;
}

it("needs images for what is measured, and answers for a page", async () => {
  const measured = await shop.run("bench", "--table", "answers.csv", "--score", "naswot");
  expect([measured.code, measured.err]).toEqual([2, expect.stringContaining("expected images for the score naswot")]);
  const page = await shop.run("bench", "--report", "page.html");
  expect([page.code, page.err]).toEqual([2, expect.stringContaining("give --table too")]);
});

describe("without images and answers", () => {
  it.each([[[]], [["--json"]], [["--join", "latencies.csv"]]])("there is nothing to tell: bench %j", async (flags) => {
    shop.write("latencies.csv", "index,slow\n0,1\n1,2\n");
    const { code, out, err } = await shop.run("bench", ...quick, ...flags);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/--table: expected answers.* or --images .*\nhint: .*--scores-csv/);
  });

  it("sizes are written, and a front of sizes is shown", async () => {
    const sizes = await shop.run("bench", "--limit", "5", "--scores-csv", "sizes.csv", ...quick);
    expect([sizes.code, sizes.err]).toEqual([0, ""]);
    const [header, ...rows] = readFileSync(shop.path("sizes.csv"), "utf8").trim().split("\n");
    expect(header).toBe("index,arch,flops,params,layers,skips");
    expect(rows).toHaveLength(5);
    const [index, arch, , params] = rows[0].split(",");
    expect(arch).toBe(topologyArch(Number(index)));
    expect(Number(params)).toBe(topologyCost(pruneCell(parseCell(arch))).params);
    expect((await shop.run("bench", "--pareto", "flops,params", ...quick)).out).toContain("Pareto front of flops");
  });

  it("a page needs a table that has accuracies", async () => {
    shop.write("latencies.csv", "index,slow\n0,1\n1,2\n");
    const { code, err } = await shop.run("bench", "--table", "latencies.csv", "--report", "page.html");
    expect([code, err]).toEqual([2, expect.stringContaining("the table has no test accuracies")]);
    expect(existsSync(shop.path("page.html"))).toBe(false);
  });
});

it("--top 1 trains nothing: one row a search, as --validate none", async () => {
  const few = ["bench", "--table", "answers.csv", "--limit", "12", ...quick];
  const rows = async (...flags: string[]): Promise<string[]> =>
    (await shop.run(...few, ...flags)).out.split("\n").filter((line) => /^flops, k = /.test(line));
  const one = await rows("--top", "1");
  expect(one).toEqual(await rows("--validate", "none"));
  expect(one).toHaveLength(3);
  expect(await rows("--top", "2")).toHaveLength(6);
});

describe("eigennas bench", () => {
  it("scores cells, judges the scores on every data set of the table and searches with them", async () => {
    const printed = (await shop.json(...bench, "--top", "3", "--scores-csv", "scores.csv")) as Printed;
    for (const name of ["ntk_layer_lmin", "ntk_layer_logdet", "ntk_rank_sum", "flops", "params", "layers"]) {
      expect(Object.keys(printed.scores[name])).toEqual(["c10", "c100", "in16"]);
      const { c10, c100, in16 } = printed.scores[name];
      expect(in16.rho).toBeCloseTo(c10.rho, 12);
      expect(Math.abs(c10.tau)).toBeLessThanOrEqual(1);
      expect(c100.tau).toBeCloseTo(c10.tau, 12);
      expect(c10.regret["40"]).toBe(0);
      expect(printed.eigenNas[name].k).toBe(3);
      expect(printed.eigenNas[name].mean).toBeGreaterThanOrEqual(60);
      // Scoring is quicker than the 1,000 s of training that a cell of this table takes.
      expect(printed.eigenNas[name].c10.random.trained).toBe(3);
    }
    const [header, ...rows] = readFileSync(shop.path("scores.csv"), "utf8").trim().split("\n");
    expect(header.split(",").slice(0, 3)).toEqual(["index", "arch", "ntk_layer_lmin"]);
    for (const row of rows) {
      const [index, arch] = row.split(",");
      expect(arch).toBe(topologyArch(Number(index)));
    }
  });

  it("measures nothing twice, goes on after lines that were cut off, and gives the same numbers", async () => {
    const first = (await shop.json(...bench)) as Printed;
    const folder = shop.path(".eigennas/scores");
    const [file] = readdirSync(folder);
    const whole = readFileSync(`${folder}/${file}`, "utf8");
    shop.write(`.eigennas/scores/${file}`, whole.slice(0, whole.length - 40));
    const again = (await shop.json(...bench)) as Printed;
    expect(again.scores).toEqual(first.scores);
    const lines = readFileSync(`${folder}/${file}`, "utf8").split("\n");
    expect(lines.length).toBeLessThanOrEqual(whole.split("\n").length + 4);
    // What is kept of other cells plays no part.
    await shop.json(...bench.map((word) => (word === "12" ? "20" : word)));
    expect(((await shop.json(...bench)) as Printed).scores).toEqual(first.scores);
    rmSync(folder, { recursive: true });
    const anew = (await shop.json(...bench)) as Printed;
    expect(anew.scores).toEqual(first.scores);
  });

  it("without a table writes scores only; several seeds have a column each", async () => {
    const images = ["--images", "data_batch_1.bin", "--limit", "3", "--seeds", "2", ...small];
    const { code, out } = await shop.run("bench", ...images, "--score", "ntk_lmin", "--scores-csv", "two.csv");
    expect(code).toBe(0);
    expect(out).toContain("No table of answers");
    const [header, row] = readFileSync(shop.path("two.csv"), "utf8").split("\n");
    const fields = header.split(",");
    const of = (name: string): number => Number(row.split(",")[fields.indexOf(name)]);
    expect(of("ntk_lmin")).toBeCloseTo((of("ntk_lmin_s0") + of("ntk_lmin_s1")) / 2, 12);
  });

  it("--fast measures smaller networks on fewer images; sizes stay those of the whole network", async () => {
    const args = [
      "bench",
      "--images",
      "data_batch_1.bin",
      "--limit",
      "2",
      ...quick,
      "--scores",
      "ntk_layer_lmin,lambda_min",
    ];
    const same = ["--channels", "8", "--cells", "3", "--batch", "16"];
    const rows = async (...flags: string[]): Promise<Record<string, number>[]> => {
      const { code, err } = await shop.run(...args, ...flags, "--scores-csv", "fast.csv");
      expect([code, err]).toEqual([0, ""]);
      const [header, ...lines] = readFileSync(shop.path("fast.csv"), "utf8").trim().split("\n");
      const fields = header.split(",");
      return lines.map((line) => Object.fromEntries(line.split(",").map((value, k) => [fields[k], Number(value)])));
    };
    const [fast, spelled] = [await rows("--fast"), await rows(...same)];
    for (const [k, row] of fast.entries()) {
      expect(row["ntk_layer_lmin"]).toBe(spelled[k]["ntk_layer_lmin"]);
      expect(row["ntk_lmin"]).toBe(spelled[k]["ntk_lmin"]);
      const full = topologyCost(pruneCell(parseCell(topologyArch(row["index"]))));
      expect(row["params"]).toBe(full.params);
      expect(spelled[k]["params"]).toBeLessThan(full.params);
    }
    const fewer = await rows("--fast", "--batch", "4");
    expect(fewer[0]["ntk_layer_lmin"]).not.toBe(fast[0]["ntk_layer_lmin"]);
  });

  it("draws only cells within the limits", async () => {
    const limits = ["--latency", "slow", "--max-latency", "2", "--score", "flops"];
    const { code, out } = await shop.run(
      "bench",
      "--table",
      "answers.csv",
      "--images",
      "data_batch_1.bin",
      ...limits,
      ...small,
    );
    expect(code).toBe(0);
    expect(out).toContain("4,689 cells by c10_test");
  });

  it("tells how many cells were drawn", async () => {
    const few = ["bench", "--table", "answers.csv", "--limit", "12", "--quiet"];
    const { code, out } = await shop.run(...few);
    expect(code).toBe(0);
    expect(out).toMatch(/by score of\s+12 drawn cells/);
    expect(out).toContain("best of the 12 drawn");
  });

  it("judges sizes and published scores without images, and searches for several objectives at once", async () => {
    shop.write("published.csv", `index,other\n${Array.from({ length: 300 }, (_, k) => `${k},${k % 7}`).join("\n")}`);
    const printed = (await shop.json(
      ...["bench", "--table", "answers.csv", "--published", "published.csv", "--draws", "9", "--repeats", "2"],
      ...["--pareto", "other,slow"],
    )) as Printed & { pareto: { objectives: unknown; cells: Record<string, number>[] } };
    expect(Object.keys(printed.scores)).toEqual(["other", "flops", "params", "layers", "skips"]);
    expect(printed.pareto.objectives).toEqual([
      { name: "other", better: "larger" },
      { name: "slow", better: "smaller" },
    ]);
    // Index 20 is the first with 6 of 6 and latency 0.
    expect(printed.pareto.cells).toMatchObject([{ index: 20, other: 6, slow: 0 }]);
  });

  it("knows lambda_min, sums of ranks, and writes a page", async () => {
    const flags = ["--scores", "lambda_min,ntk_lmin_norm+flops", "--seeds", "2", "--top", "2", "--bootstrap", "5"];
    const { code, out, err } = await shop.run(
      ...bench,
      ...flags,
      "--report",
      "out/bench.html",
      "--pareto",
      "ntk_lmin,params",
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^ntk_lmin_norm\+flops .* ± /m);
    expect(out).toMatch(/training \(table\) +random$/m);
    expect(out).toMatch(/Pareto front of ntk_lmin \(larger\), params \(smaller\): \d+ cells/);
    expect(out).toContain("Open out/bench.html in a browser.");
    const page = readFileSync(shop.path("out/bench.html"), "utf8");
    for (const id of ["tau-0", "tau-1", "scatter", "ranks", "pareto"]) expect(page).toContain(`id="figure-${id}"`);
    expect(page).toContain("each draw of weights and images");
    expect(page).toContain("CIFAR-100");
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it("stops at Ctrl-C and keeps what was measured", async () => {
    const stopped = new Workshop();
    stopped.write("data_batch_1.bin", readFileSync(shop.path("data_batch_1.bin")));
    stopped.interruptAtOnce = true;
    const { code, err } = await stopped.run("bench", "--images", "data_batch_1.bin", "--limit", "3", ...small);
    expect([code, existsSync(stopped.path(".eigennas/scores"))]).toEqual([130, true]);
    expect(err).toContain("goes on from there");
    stopped.close();
  });

  it.each([
    [["--score", "ntk_layer_lmn"], /Did you mean ntk_layer_lmin/, 2],
    [["--score", "ntk_lmin", "--scores", "all"], /not both/, 2],
    [["--max-flops", "0.001"], /leave 0 of 15625/, 2],
    [["--max-latency", "2"], /needs the column/, 2],
    [["--pareto", "flops"], /two names or more/, 2],
    [["--pareto", "flops,slwo"], /Did you mean slow/, 2],
    [["--score", "flops+ntk_lmn"], /Did you mean ntk_lmin/, 2],
    [["--batch", "64"], /at least 64 images, got 40/, 1],
    [["--validate", "e13"], /expected e12, e200, none/, 2],
  ])("refuses %j", async (flags, message, exit) => {
    const few = ["bench", "--table", "few.csv", "--images", "data_batch_1.bin", ...small];
    const { code, err } = await shop.run(...few, ...flags);
    expect(err).toMatch(message);
    expect(code).toBe(exit);
  });
});
