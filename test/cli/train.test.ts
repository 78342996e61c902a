import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";
import { afterAll, describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/index.js";
import { byFigure } from "../../src/cli/choose.js";
import { amendRun } from "../../src/cli/stored-run.js";
import { openStore, type Choice, type TrainingStudy } from "../../src/store/index.js";
import { openTrainings } from "../../src/store/trainings.js";
import { makeProtocol } from "../report/fixture.js";
import { madeTable } from "../support/killed-runs.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());
shop.write("table.csv", madeTable(120));

const small = ["--epochs", "8", "--lr", "0.02", "--width", "16", "--threads", "1", "--batch", "32", "--quiet"];

interface Trained {
  readonly networks: readonly { name: string; group: string; score: number; mean: number; figures: number[] }[];
  readonly verdict: { spearman: { value: number; p: number }; networks: number; means: { top: number } };
  readonly trainings: readonly { network: string; seed: number; seconds: number; failure?: string }[];
  readonly file?: string;
}

interface Reported {
  readonly files: { readonly html: string; readonly json: string };
}

describe("train", () => {
  it("trains the best of a run, random ones and plain ReLU, judges the score, and keeps the results", async () => {
    const search = ["--depth", "2-3", "--activations", "relu,tanh,silu", "--threads", "1", "--quiet"];
    await shop.run("search", "--data", "csv:table.csv", "--target", "kind", ...search);
    const argv = ["train", "latest", "--top", "2", "--random", "3", "--seeds", "2", ...small];
    const first = (await shop.json(...argv, "--out", "training.html")) as Trained;
    const groups = first.networks.map(({ group }) => group).sort();
    expect(groups).toEqual(["plain", "plain", "random", "random", "random", "top", "top"]);
    expect(first.trainings).toHaveLength(14);
    expect(first.verdict.networks).toBe(7);
    expect(Math.abs(first.verdict.spearman.value)).toBeLessThanOrEqual(1);
    expect(first.verdict.spearman.p).toBeGreaterThan(0);
    for (const { mean, figures, score } of first.networks) {
      expect(mean).toBeCloseTo((figures[0] + figures[1]) / 2, 12);
      expect(mean).toBeGreaterThan(1 / 3);
      expect(score).toBeLessThan(0); // log evidence
    }
    const page = readFileSync(shop.path("training.html"), "utf8");
    expect(page).toContain("Was the score right?");
    expect(page).toMatch(/aria-label="Training loss by epoch/);
    expect(page).toMatch(/aria-label="test accuracy, % against/);

    // stored: the same trainings, with the seconds that they took
    const again = (await shop.json(...argv)) as Trained;
    expect(again.trainings).toEqual(first.trainings);
    const text = await shop.run(...argv);
    expect(text.out).toMatch(/^network +chosen as +log evid\./m);
    expect(text.out).toMatch(/Spearman -?\d\.\d{3} \(p = \d\.\d+\), Kendall/);
    expect(text.out).toMatch(/(Not decided|The score was (right|wrong)): /);
  });

  it("trains networks of one's own, and writes weights that numpy reads", async () => {
    const argv = ["train", "relu+tanh", "silu", "--data", "csv:table.csv", "--target", "kind", "--seeds", "1"];
    const { networks } = (await shop.json(...argv, ...small, "--weights", "w.npz")) as Trained;
    expect(networks.map(({ name }) => name).sort()).toEqual(["relu+tanh", "silu"]);
    const weights = await loadDataset("npz:w.npz,x=g2.weight", { cwd: shop.folder });
    expect([weights.n, weights.d]).toEqual([16, 16]);
    const { out } = await shop.run(...argv, ...small);
    expect(out).toMatch(/test %/);
    expect(out).not.toMatch(/chosen as/);
  });

  it("trains on targets that are numbers, and cells on images", async () => {
    const teacher = ["train", "tanh-tanh", "--data", "teacher:n=200,d=4", "--seeds", "1", ...small];
    const numbers = (await shop.json(...teacher, "--epochs", "60", "--lr", "0.01")) as Trained;
    expect(numbers.networks[0].mean).toBeGreaterThan(0.5); // R²
    const record = (label: number): number[] => [
      label,
      ...Array.from({ length: 3072 }, (_, i) => (label === 0 ? (i * 7) % 120 : 130 + ((i * 5) % 120))),
    ];
    shop.write("batch.bin", Uint8Array.from(Array.from({ length: 24 }, (_, i) => record(i % 2)).flat()));
    const cell = "|conv3~0|+|skip~0|none~1|+|avg~0|none~1|conv1~2|";
    const official = "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|";
    const image = ["--data", "cifar10:batch.bin", "--channels", "4", "--cells", "1", "--seeds", "1", ...small];
    const images = (await shop.json("train", official, ...image, "--augment", "flip,crop=2")) as Trained;
    expect(images.networks[0].mean).toBeGreaterThanOrEqual(0.5);
    expect((await shop.run("train", cell, ...image)).code).not.toBe(0);
    const beyond = await shop.run("train", "topology:99999", ...image);
    expect(beyond).toMatchObject({ code: 2 });
    expect(beyond.err).toContain("expected an index from 0 to 15624");
  });

  it("refuses a target that is the same in all rows to learn from", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${i},0.1`);
    shop.write("same.csv", `a,b,y\n${rows.join("\n")}\n`);
    const { code, err } = await shop.run(
      "train",
      "relu",
      "--data",
      "csv:same.csv",
      "--target",
      "y",
      ...small,
      "--task",
      "regression",
    );
    expect(code).toBe(1);
    expect(err).toMatch(/same in every row|expected targets that differ/);
  });

  it("stores a training that diverges as failed, and says why", async () => {
    const argv = ["train", "relu+relu", "--data", "csv:table.csv", "--target", "kind", "--seeds", "1"];
    const { code, out } = await shop.run(...argv, ...small, "--optimizer", "sgd", "--lr", "1e9");
    expect(code).toBe(0);
    expect(out).toMatch(/failed: relu\+relu, seed 0: The training diverges: the loss is \S+ in epoch 1/);
  });

  it("makes the folder of weights, and says when there are none to write", async () => {
    const argv = ["train", "relu", "--data", "csv:table.csv", "--target", "kind", "--seeds", "1", ...small];
    expect((await shop.run(...argv, "--weights", "new/folder/w.npz")).code).toBe(0);
    expect(existsSync(shop.path("new/folder/w.npz"))).toBe(true);
    const file = await shop.run(...argv, "--weights", "table.csv/w.npz");
    expect(file).toMatchObject({ code: 2 });
    expect(file.err).toContain("--weights: ");
    const failed = await shop.run(...argv, "--weights", "none.npz", "--optimizer", "sgd", "--lr", "1e9");
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.err).toContain("--weights: the training of relu failed");
    expect(existsSync(shop.path("none.npz"))).toBe(false);
  });

  it("refuses a run whose data is another one by now, and test rows of other classes", async () => {
    shop.write("moving.csv", madeTable(60));
    const search = ["--depth", "2", "--activations", "relu,tanh", "--threads", "1", "--quiet", "--store", "moving.db"];
    await shop.run("search", "--data", "csv:moving.csv", "--target", "kind", ...search);
    shop.write("moving.csv", madeTable(61));
    const moved = await shop.run("train", "latest", ...small, "--store", "moving.db");
    expect(moved).toMatchObject({ code: 1 });
    expect(moved.err).toContain("is not the data of the search any more");
    for (const [folder, kinds] of [
      ["seen", ["cat", "dog"]],
      ["other", ["bird", "dog"]],
    ] as const) {
      for (const kind of kinds)
        for (let k = 1; k <= 4; k++) {
          mkdirSync(shop.path(`${folder}/${kind}`), { recursive: true });
          const png = new PNG({ width: 4, height: 4 });
          png.data.forEach((_, i) => (png.data[i] = i % 4 === 3 ? 255 : (i * 7 * k) % 255));
          shop.write(`${folder}/${kind}/${k}.png`, PNG.sync.write(png));
        }
    }
    const images = ["train", "relu", "--data", "images:seen", "--seeds", "1", ...small];
    const other = await shop.run(...images, "--test", "images:other");
    expect(other).toMatchObject({ code: 1 });
    expect(other.err).toContain('--test: expected the classes of images:seen, got "bird" where that has "cat"');
  });

  it("chooses by figures however far below 0 they are, failed networks last", () => {
    const network = (place: number, mean: number) => ({ genotype: `n${place}`, place, mean, standardError: 0 });
    const sorted = [network(1, NaN), network(2, -Infinity), network(3, -5), network(4, -5), network(5, NaN)];
    expect(
      sorted
        .reverse()
        .sort(byFigure)
        .map(({ place }) => place),
    ).toEqual([3, 4, 2, 1, 5]);
  });

  it("stores the last study with its run: the same after Ctrl-C, another by another recipe, none of genotypes", async () => {
    const stored = async (): Promise<TrainingStudy | undefined> => {
      const { files } = (await shop.json("report", run, "--out", "study.html", "--figures", "drawn")) as Reported;
      return (JSON.parse(readFileSync(files.json, "utf8")) as { artifacts: { training?: TrainingStudy } }).artifacts
        .training;
    };
    const table = ["--data", "csv:table.csv", "--target", "kind"];
    const space = ["--depth", "2", "--activations", "relu,tanh", "--threads", "1", "--quiet"];
    const { run } = (await shop.json("search", ...table, ...space, "--seed", "6")) as { run: string };
    const argv = ["train", run, "--top", "2", "--random", "1", "--seeds", "1", ...small];
    expect(await stored()).toBeUndefined();
    shop.interruptAtOnce = true;
    expect((await shop.run(...argv)).code).toBe(130);
    shop.interruptAtOnce = false;
    expect(await stored()).toBeUndefined();
    await shop.run(...argv);
    const study = (await stored())!;
    expect(readFileSync(shop.path("study.html"), "utf8")).toMatch(/id="trained"[^]*aria-label="Training loss by epoch/);
    expect(study.records).toHaveLength(study.verdict.networks.length);
    expect(study.records.map(({ history }) => history.length)).toEqual(study.records.map(() => 8));
    expect(Object.keys(study.score!)).toEqual(["label", "better"]);
    expect(readdirSync(shop.path("drawn"))).toEqual(
      expect.arrayContaining(["figure-contest.svg", "figure-losses.svg"]),
    );
    const { verdict } = (await shop.json(...argv)) as Trained;
    expect(study.verdict).toMatchObject({ ranked: verdict.networks, means: verdict.means });
    expect(await stored()).toEqual({ ...study, command: `${study.command} --json` });
    await shop.run("train", "relu", ...table, "--seeds", "1", ...small);
    expect((await stored())!.records).toEqual(study.records);
    await shop.run(...argv, "--epochs", "2");
    const other = (await stored())!;
    expect(other.records.map(({ history }) => history.length)).toEqual(study.records.map(() => 2));
  });

  it("says so when a run is being searched again and takes nothing", () => {
    const path = shop.path("searched.sqlite");
    const store = openStore(path);
    const id = store.create(makeProtocol(), "2026-11-24T04:19:02.123Z");
    store.close();
    let told = "";
    amendRun(id, path, {}, { err: (text) => (told += text) });
    expect(told).toBe(
      `note: run ${id} is being searched again; this is not stored with it. The same command does so later.\n`,
    );
  });

  it("stores the choice of a search with its run", async () => {
    const space = ["--depth", "3", "--activations", "relu,tanh", "--top", "3", "--threads", "1", "--quiet"];
    const table = ["--data", "csv:table.csv", "--target", "kind"];
    const search = ["search", ...table, ...space, "--validate", "2", "--seed", "4"];
    const { choice, run } = (await shop.json(...search)) as { choice: Choice; run: string };
    const { files } = (await shop.json("report", run, "--out", "choice.html")) as Reported;
    expect(readFileSync(files.html, "utf8")).toMatch(/id="trained"[^]*Chosen by a short training/);
    const { err } = await shop.run("export", run, "--to", "json", "--out", "best.json");
    const { place } = choice.networks[0];
    expect(err).toBe(
      place === 1 ? "" : `note: the best by score; training chose number ${place}, ${choice.chosen}: --rank ${place}\n`,
    );
    const later = (await shop.json("train", run, "--choose", "--epochs", "3", ...small.slice(2))) as { choice: Choice };
    const { files: after } = (await shop.json("report", run, "--out", "later.html")) as Reported;
    const { artifacts } = JSON.parse(readFileSync(after.json, "utf8")) as { artifacts: { choice: Choice } };
    expect(artifacts.choice).toEqual(later.choice);
  });

  it("prints what the search found where no training is possible", async () => {
    const argv = ["search", "--data", "csv:few.csv", "--target", "kind", "--depth", "2", "--activations", "relu"];
    shop.write("few.csv", madeTable(2));
    const { code, out, err } = await shop.run(...argv, "--validate", "1", "--width", "4", "--draws", "1", "--quiet");
    expect(code, err).toBe(1);
    expect(out).toContain("Run ");
    expect(err).toContain("expected more rows to learn from");
  });

  it("goes on after Ctrl-C, with the same result", async () => {
    const argv = ["train", "relu", "tanh", "--data", "csv:table.csv", "--target", "kind", ...small, "--seed", "9"];
    shop.interruptAtOnce = true;
    const stopped = await shop.run(...argv);
    shop.interruptAtOnce = false;
    expect(stopped.code).toBe(130);
    const resumed = (await shop.json(...argv)) as Trained;
    expect(resumed.trainings).toHaveLength(6);
    expect(readdirSync(shop.path(".eigennas/training")).some((name) => name.endsWith(".training"))).toBe(false);
  });

  it("chooses among the best by a short training, after a search or later", async () => {
    const search = ["--data", "csv:table.csv", "--target", "kind", "--depth", "2-3", "--activations", "relu,tanh"];
    const argv = [
      "search",
      ...search,
      "--threads",
      "1",
      "--top",
      "3",
      "--validate",
      "3",
      "--width",
      "16",
      "--draws",
      "1",
    ];
    const found = (await shop.json(...argv, "--quiet")) as {
      run: string;
      top: { genotype: string }[];
      choice: {
        chosen: string;
        changed: boolean;
        figure: string;
        networks: { genotype: string; place: number; mean: number }[];
      };
    };
    const { choice, run } = found;
    expect(choice.networks.map(({ place }) => place).sort()).toEqual([1, 2, 3]);
    const means = choice.networks.map(({ mean }) => mean);
    expect(means).toEqual([...means].sort((a, b) => b - a));
    expect(choice.chosen).toBe(choice.networks[0].genotype);
    expect(choice.changed).toBe(choice.networks[0].place !== 1);
    const later = ["train", run, "--choose", "--epochs", "3", "--width", "16", "--threads", "1", "--quiet"];
    expect(((await shop.json(...later)) as typeof found).choice).toEqual(choice);
    expect((await shop.run(...later)).out).toMatch(/Training (keeps the choice of the score|prefers \S+ \(number \d)/);
    expect((await shop.run("train", "relu", "--choose")).err).toMatch(/--choose: expected a run/);
  });

  it("begins again where a checkpoint is damaged", async () => {
    const argv = [
      "train",
      "silu",
      "--data",
      "csv:table.csv",
      "--target",
      "kind",
      "--seeds",
      "1",
      ...small,
      "--seed",
      "21",
    ];
    shop.interruptAtOnce = true;
    await shop.run(...argv);
    shop.interruptAtOnce = false;
    const folder = shop.path(".eigennas/training");
    const newest = readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => ({ name, lines: readFileSync(`${folder}/${name}`, "utf8").trimEnd().split("\n") }))
      .find(({ lines }) => lines.length === 1 && lines[0].includes('"seed":21'));
    const file = openTrainings(
      folder,
      (JSON.parse(newest!.lines[0]) as { protocol: Record<string, unknown> }).protocol,
    );
    writeFileSync(
      file.checkpoint("silu", 21),
      "no snapshot at all, though it is long enough to be one ...............",
    );
    const { trainings } = (await shop.json(...argv)) as Trained;
    expect(trainings).toHaveLength(1);
    expect(existsSync(file.checkpoint("silu", 21))).toBe(false);
  });

  it("says what is missing", async () => {
    const cases: [string[], RegExp][] = [
      [["train", "relu"], /--data: expected what the networks are to learn/],
      [["train", "no-such-run"], /there is no/],
      [["train", "relu", "--data", "sphere:n=20,d=3"], /class or a target/],
      [["train", "relu", "--data", "csv:table.csv", "--target", "kind", "--augment", "turn"], /flip or crop=PIXELS/],
      [["train", "relu", "--data", "csv:table.csv", "--target", "kind", "--test", "csv:table.csv"], /--test/],
      [["train", "relu", "--data", "csv:table.csv", "--target", "kind", "--augment", "flip"], /images/],
    ];
    for (const [argv, message] of cases) {
      const { code, err } = await shop.run(...argv, "--quiet");
      expect(code, argv.join(" ")).toBeGreaterThan(0);
      expect(err).toMatch(message);
    }
    expect(existsSync(shop.path("nothing.html"))).toBe(false);
  });
});
