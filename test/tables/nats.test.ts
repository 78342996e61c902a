import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import {
  costInfo,
  importNats,
  moreInfo,
  natsDatasets,
  needColumn,
  openNats,
  readArchitectureFile,
  readMetaFile,
  readTable,
  seeds,
  simulateTrainEval,
  type ImportProgress,
} from "../../src/tables/index.js";
import golden from "../golden/nats.json" with { type: "json" };
import { Workshop } from "../cli/support.js";

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));
const read = (base64: string) => readArchitectureFile(bytesOf(base64), "000000.pickle.pbz2");
const root = mkdtempSync(join(tmpdir(), "eigennas-nats-"));
const workshop = new Workshop();
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  workshop.close();
});

/** A folder with the given files besides meta. */
function folderOf(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, bytes] of Object.entries({ meta: bytesOf(golden.meta), ...files })) {
    writeFileSync(join(folder, `${file}.pickle.pbz2`), bytes);
  }
  return folder;
}

const [first, second] = golden.architectures.map(bytesOf);

describe("answers by the benchmark's rules", () => {
  it.each([0, 1])("are means over all seeds: architecture %i", (index) => {
    const recipes = read(golden.architectures[index]);
    for (const recipe of ["12", "200"] as const) {
      for (const dataset of natsDatasets) {
        const info = moreInfo(recipes.get(recipe)!, dataset);
        const expected = golden.answers[index][recipe][dataset];
        expect(Object.keys(info).sort()).toEqual(Object.keys(expected).sort());
        for (const [word, { accuracy, loss, allSeconds }] of Object.entries(expected)) {
          const answer = info[word as keyof typeof info]!;
          expect(answer.accuracy).toBeCloseTo(accuracy, 12);
          expect(answer.loss).toBeCloseTo(loss, 12);
          expect(answer.allSeconds).toBeCloseTo(allSeconds, 11);
          expect(answer.perSeconds).toBeCloseTo(allSeconds / (recipe === "12" ? 2 : 4), 11);
        }
      }
    }
  });

  it("answer for one seed, for an epoch, and say what is not there", () => {
    const results = read(golden.architectures[0]).get("200")!;
    expect(seeds(results, "cifar100")).toEqual([777, 888, 999]);
    const each = [777, 888, 999].map((seed) => moreInfo(results, "cifar100", { seed }).valid!.accuracy);
    const mean = each.reduce((sum, value) => sum + value, 0) / 3;
    expect(moreInfo(results, "cifar100").valid!.accuracy).toBeCloseTo(mean, 12);
    expect(moreInfo(results, "cifar100", { epoch: 1 }).valid).toBeUndefined();
    const early = moreInfo(results, "cifar100", { epoch: 1, seed: 888 }).train;
    expect(early.accuracy).toBe(results.trials.get("cifar100")![1].train.accuracy[1]);
    expect(() => moreInfo(results, "cifar100", { seed: 111 })).toThrow(/no seed 111 on cifar100/);
    expect(() => moreInfo(results, "cifar100", { epoch: 4 })).toThrow(/epoch from 0 to 3/);
  });

  it("take the cost of seed 888 where the trials contradict each other, and the mean latency", () => {
    const [clean, legacy] = golden.architectures.map((base64) => read(base64).get("200")!);
    expect(costInfo(legacy, "cifar10").params).toBe(golden.costs.legacyParams);
    expect(costInfo(legacy, "cifar10").latency).toBe(golden.costs.latency);
    expect(costInfo(clean, "cifar10").latency).toBeUndefined();
    const { train } = golden.answers[0]["200"].cifar10;
    expect(costInfo(clean, "cifar10").trainSeconds).toBeCloseTo(train.allSeconds, 11);
    expect(costInfo(clean, "cifar10").trainEpochSeconds).toBeCloseTo(train.allSeconds / 4, 11);
  });

  it("simulate training and one look at the validation set", () => {
    const results = read(golden.architectures[1]).get("12")!;
    const { train, valid } = golden.answers[1]["12"]["cifar10-valid"];
    const simulated = simulateTrainEval(results, "cifar10");
    expect(simulated.accuracy).toBeCloseTo(valid.accuracy, 12);
    expect(simulated.seconds).toBeCloseTo(train.allSeconds + valid.allSeconds / 2, 11);
  });
});

describe("importNats", () => {
  it("makes one table; bad files are skipped and named", async () => {
    const folder = folderOf("mixed", { "000000": first, "000001": bytesOf(golden.hostile), "2": bytesOf(golden.bomb) });
    const out = join(root, "mixed.csv.gz");
    const seen: ImportProgress[] = [];
    const summary = await importNats(folder, out, { onProgress: (progress) => seen.push(progress) });
    expect(summary).toMatchObject({ space: "topology", rows: 1, resumed: 0, absent: 0 });
    expect(summary.skipped.map(({ file }) => file)).toEqual(["000001.pickle.pbz2", "2.pickle.pbz2"]);
    expect(summary.skipped[0].reason).toMatch(/asks for posix\.system/);
    expect(summary.skipped[1].reason).toMatch(/at most 16777216 bytes/);
    expect(seen.at(-1)).toEqual({ done: 3, total: 3, skipped: 2 });
    const table = await readTable(out);
    expect(table.count).toBe(1);
    const { cifar100, "ImageNet16-120": in16 } = golden.answers[0]["200"];
    expect(needColumn(table, "c100_valid")[0]).toBeCloseTo(cifar100.valid.accuracy, 6);
    expect(needColumn(table, "in16_valtest")[0]).toBeCloseTo(in16.valtest.accuracy, 6);
    expect(needColumn(table, "in16_test_e12")[0]).toBeCloseTo(
      golden.answers[0]["12"]["ImageNet16-120"].test.accuracy,
      6,
    );
    expect(needColumn(table, "params_c10")[0]).toBe(129306);
    expect(existsSync(`${out}.partial`)).toBe(false);
  });

  it("goes on after an interruption and gives the same bytes", async () => {
    const folder = folderOf("resumed", { "000000": first, "000001": second });
    const [whole, out] = [join(root, "whole.csv"), join(root, "resumed.csv")];
    await importNats(folder, whole);
    const abort = new AbortController();
    const cut = importNats(folder, out, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(cut).rejects.toMatchObject({ code: "cancelled" });
    expect(existsSync(out)).toBe(false);
    // A kill in the middle of a line.
    const partial = readFileSync(`${out}.partial`, "utf8");
    writeFileSync(`${out}.partial`, `${partial}1,|avg_pool`);
    const summary = await importNats(folder, out);
    expect(summary).toMatchObject({ rows: 2, resumed: 1 });
    expect(readFileSync(out, "utf8")).toBe(readFileSync(whole, "utf8"));
    // Rows of another folder are not taken over.
    writeFileSync(`${out}.partial`, partial);
    const other = folderOf("other", { "000001": second });
    expect(await importNats(other, out)).toMatchObject({ rows: 1, resumed: 0, absent: 2 });
  });

  it("reads the whole benchmark in one file", async () => {
    const file = join(root, "NATS.pickle.pbz2");
    writeFileSync(file, bytesOf(golden.wholeBenchmark));
    const out = join(root, "one-file.csv");
    expect(await importNats(file, out)).toMatchObject({ rows: 2, absent: 1, skipped: [] });
    expect(readFileSync(out, "utf8")).toBe(readFileSync(join(root, "whole.csv"), "utf8"));
  });

  it("says what is wrong with a source or a name", async () => {
    await expect(importNats(join(root, "none"), "a.csv")).rejects.toThrow(/cannot be listed/);
    await expect(importNats(root, "a.csv")).rejects.toThrow(/there is no meta\.pickle\.pbz2/);
    await expect(importNats(root, "a.sqlite")).rejects.toThrow(/end in \.csv or \.csv\.gz/);
    const empty = folderOf("empty", { "000001": first });
    const hint = expect.stringMatching(/expected architecture 1 .* it holds 0/);
    await expect(importNats(empty, join(root, "empty.csv"))).rejects.toMatchObject({ code: "data", hint });
    await expect(importNats(empty, join(root, "no/such/a.csv"))).rejects.toThrow(/cannot be written/);
    const hostile = join(root, "hostile.pickle.pbz2");
    writeFileSync(hostile, bytesOf(golden.hostile));
    await expect(importNats(hostile, join(root, "h.csv"))).rejects.toThrow(/asks for posix\.system/);
    // Python: bz2.compress(b"\x80\x04}(u."), an empty dict into which nothing is put.
    writeFileSync(hostile, bytesOf("QlpoOTFBWSZTWaLSjFwAAALQwAQAAEECAkAAIAAwwAhhoBaYXckU4UJCi0oxcA=="));
    await expect(importNats(hostile, join(root, "h.csv"))).rejects.toThrow(/list of architectures/);
  });

  it("is a command", async () => {
    const folder = folderOf("command", { "000000": first, "000001": bytesOf(golden.hostile) });
    const { code, out } = await workshop.run("data", "import", "nats", folder, "--out", "t.csv.gz");
    expect(code).toBe(0);
    expect(out).toMatch(/t\.csv\.gz: 1 architecture of the topology space/);
    expect(out).toMatch(/1 file could not be used:\n {2}000001\.pickle\.pbz2: .*posix\.system/);
    expect(await workshop.json("data", "import", "nats", folder)).toMatchObject({
      rows: 1,
      absent: 1,
      space: "topology",
    });
    workshop.interruptAtOnce = true;
    expect((await workshop.run("data", "import", "nats", folder)).code).toBe(130);
    workshop.interruptAtOnce = false;
    expect((await workshop.run("data", "import", "nats", "nowhere")).code).toBe(1);
  });

  it("takes no damaged file for a good one: 300 mutations", () => {
    const whole = bytesOf(golden.architectures[0]);
    for (let k = 0; k < 300; k++) {
      const bytes = whole.slice();
      bytes[(k * 7919) % bytes.length] ^= 1 << (k % 8);
      try {
        expect(moreInfo(readArchitectureFile(bytes, "a").get("200")!, "cifar10").test!.accuracy).toBeCloseTo(
          golden.answers[0]["200"].cifar10.test.accuracy,
          12,
        );
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
  });
});

const samples = fileURLToPath(new URL("../../../shared/data/nats_bench_samples/", import.meta.url));
const published = fileURLToPath(new URL("../../../shared/data/nasbench201/nasbench201.csv.gz", import.meta.url));

describe.skipIf(!existsSync(samples))("official files (skipped without ../shared/data)", () => {
  it("give the values of the benchmark's own reader", async () => {
    const folder = await openNats(`${samples}NATS-tss-v1_0-3ffb9-simple`);
    expect([...folder.files.keys()]).toEqual([0, 11]);
    expect(folder.archs).toHaveLength(15625);
    // Percent, mean over trials, as the benchmark's API gave them.
    const expected = [
      [0, 85.863333, 81.982667, 52.7, 52.913333, 28.211111, 26.633333, 69.55, 63.364],
      [11, 91.583333, 87.94, 67.453333, 67.606667, 30.411111, 30.166667, 74.0, 63.278],
    ];
    for (const [index, ...values] of expected) {
      const recipes = await folder.read(index);
      const [short, long] = [recipes.get("12")!, recipes.get("200")!];
      const received = [
        moreInfo(long, "cifar10").test,
        moreInfo(long, "cifar10-valid").valid,
        moreInfo(long, "cifar100").valid,
        moreInfo(long, "cifar100").test,
        moreInfo(long, "ImageNet16-120").valid,
        moreInfo(long, "ImageNet16-120").test,
        moreInfo(short, "cifar10").test,
        moreInfo(short, "cifar10-valid").valid,
      ].map((answer) => answer!.accuracy);
      received.forEach((value, k) => expect(value).toBeCloseTo(values[k], 6));
    }
    const results = (await folder.read(0)).get("200")!;
    const cost = costInfo(results, "cifar10");
    expect(cost.flops).toBeCloseTo(15.64737, 10);
    expect(cost.params).toBeCloseTo(0.129306, 12);
    expect(cost.latency).toBeCloseTo(0.0139359758611311, 15);
    expect(cost.trainEpochSeconds).toBeCloseTo(14.442186, 6);
    expect(costInfo(results, "cifar10-valid").trainEpochSeconds).toBeCloseTo(7.221093, 6);
    await expect(folder.read(1)).rejects.toMatchObject({ code: "not-found" });
  });

  it("give the size space too", async () => {
    const folder = await openNats(`${samples}NATS-sss-v1_0-50262-simple`);
    expect(folder.space).toBe("size");
    for (const [index, accuracy] of [
      [0, 76.888],
      [11, 83.724],
    ]) {
      const results = (await folder.read(index)).get("90")!;
      expect(moreInfo(results, "cifar10-valid").valid!.accuracy).toBeCloseTo(accuracy, 6);
    }
    const meta = readMetaFile(readFileSync(`${samples}NATS-sss-v1_0-50262-simple/meta.pickle.pbz2`), "meta");
    expect(meta).toHaveLength(32768);
  });

  it("agree with the published table in every column that both have", async () => {
    const out = join(root, "official.csv.gz");
    await importNats(`${samples}NATS-tss-v1_0-3ffb9-simple`, out);
    const [made, known] = [await readTable(out), await readTable(published)];
    const common = made.columns.filter((name) => known.columns.includes(name));
    expect(common).toEqual(expect.arrayContaining(["iso", "trials", "c10_test", "c10v_valid_e12", "params_c10"]));
    expect(common.length).toBe(known.columns.length);
    for (const name of common) {
      made.indices.forEach((index, row) => {
        // The published seconds have 3 decimals.
        const digits = name.startsWith("train_s") ? 3 : 6;
        expect(made.column(name)![row], `${name} of ${index}`).toBeCloseTo(known.column(name)![index], digits - 0.31);
      });
    }
  });
});
