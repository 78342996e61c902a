import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nasbenchStatistics } from "../../src/data/cifar.js";
import { loadDataset, openDataset } from "../../src/data/load.js";
import { errorOf } from "./error-of.js";

/** Pixel at channel c, row y, column x of image i. */
const pixel = (i: number, c: number, y: number, x: number): number => (i * 89 + c * 61 + y * 7 + x * 3) % 256;

const image = (i: number, side: number): number[] =>
  Array.from({ length: 3 * side * side }, (_, j) => {
    const [c, y] = [Math.floor(j / (side * side)), Math.floor(j / side) % side];
    return pixel(i, c, y, j % side);
  });

const record = (label: readonly number[], i: number, side = 32) => [...label, ...image(i, side)];
const bytes = (...records: readonly number[][]) => Uint8Array.from(records.flat());

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eigennas-cifar-"));
  const put = (name: string, data: Uint8Array | string) => writeFile(join(cwd, name), data);
  await mkdir(join(cwd, "ten"));
  await put("ten/data_batch_1.bin", bytes(record([3], 0), record([9], 1)));
  await put("ten/data_batch_2.bin.gz", gzipSync(bytes(record([0], 2))));
  await put("ten/test_batch.bin", bytes(record([7], 3)));
  await put("hundred.bin", bytes(record([4, 72], 0), record([19, 99], 1)));
  await put("named.bin", bytes(record([4, 2], 0)));
  await put("coarse_label_names.txt", `${Array.from({ length: 20 }, (_, k) => `super${k}`).join("\n")}\n`);
  const net = [record([1, 0], 0, 16), record([232, 3], 1, 16), record([120, 0], 2, 16)];
  await put("net.bin", bytes(...net));
  await put("zero.bin", bytes(record([0, 0], 0, 16)));
  await put("cut.bin", bytes(record([3], 0)).subarray(0, 3000));
  await put("wrong.bin", bytes(record([10], 0)));
  await put("empty.bin", new Uint8Array());
  await mkdir(join(cwd, "nothing"));
});
afterAll(() => rm(cwd, { recursive: true }));

describe("cifar10", () => {
  it("reads a folder in the order of its batches, planar, v / 255", async () => {
    const data = await loadDataset("cifar10:ten", { cwd });
    expect(data).toMatchObject({ n: 3, d: 3072, imageShape: { height: 32, width: 32, channels: 3 } });
    expect([...data.labels!].map((k) => data.classNames![k])).toEqual(["cat", "truck", "airplane"]);
    for (const [i, c, y, x] of [
      [0, 0, 0, 0],
      [1, 1, 5, 30],
      [2, 2, 31, 31],
    ]) {
      expect(data.inputs[i * 3072 + c * 1024 + y * 32 + x]).toBe(pixel(i, c, y, x) / 255);
    }
    expect((await loadDataset("cifar10:ten,part=test", { cwd })).labels).toEqual(Int32Array.of(7));
    const files = await loadDataset("cifar10:ten/data_batch_1.bin,ten/data_batch_2.bin.gz", { cwd });
    expect(files.hash).toBe(data.hash);
    const limited = await loadDataset("cifar10:ten", { cwd, limit: 2 });
    expect(limited.hash).toBe((await loadDataset("cifar10:ten/data_batch_1.bin", { cwd })).hash);
  });

  it("normalises as NAS-Bench-201", async () => {
    const plain = await loadDataset("cifar10:ten", { cwd });
    const data = await loadDataset("cifar10:ten,normalize=nasbench", { cwd });
    // (v / 255 - 123.0 / 255) / (62.1 / 255) = (v - 123) / 62.1 for a green pixel.
    expect(data.inputs[1024 + 33]).toBeCloseTo((pixel(0, 1, 1, 1) - 123) / 62.1, 12);
    expect(data.inputs[2048]).toBeCloseTo((pixel(0, 2, 0, 0) - 113.9) / 66.7, 12);
    expect(data.hash).not.toBe(plain.hash);
    expect(nasbenchStatistics.cifar10.mean.map((value) => Math.round(value * 1e4) / 1e4)).toEqual([
      0.4914, 0.4824, 0.4467,
    ]);
  });
});

describe("cifar100 and imagenet16-bin", () => {
  it("reads fine and coarse labels, and names that lie beside the file", async () => {
    const fine = await loadDataset("cifar100:hundred.bin", { cwd });
    expect([...fine.labels!]).toEqual([72, 99]);
    expect(fine.classNames).toHaveLength(100);
    expect(fine.inputs[0]).toBe(pixel(0, 0, 0, 0) / 255);
    const coarse = await loadDataset("cifar100:hundred.bin,labels=coarse", { cwd });
    expect([...coarse.labels!].map((k) => coarse.classNames![k])).toEqual(["super4", "super19"]);
    expect(coarse.hash).not.toBe(fine.hash);
  });

  it("reads 16-bit labels, and keeps the classes of ImageNet16-120", async () => {
    const all = await loadDataset("imagenet16-bin:net.bin", { cwd });
    expect(all).toMatchObject({ n: 3, d: 768, imageShape: { height: 16, width: 16, channels: 3 } });
    expect([...all.labels!]).toEqual([0, 999, 119]);
    const some = await loadDataset("imagenet16-bin:net.bin,classes=120,normalize=nasbench", { cwd });
    expect([...some.labels!]).toEqual([0, 119]);
    expect(some.classNames).toHaveLength(120);
    expect(some.inputs[768]).toBeCloseTo((pixel(2, 0, 0, 0) - 122.68) / 63.22, 12);
  });
});

describe("bad image records", () => {
  const bad: readonly [spec: string, code: string, message: RegExp, hint: RegExp][] = [
    ["cifar10:cut.bin", "data", /cut\.bin: expected CIFAR-10 records of 3073 bytes .* 0 records and 3000/, /cut off/],
    ["cifar10:empty.bin", "data", /0 bytes are none/, /cut off/],
    ["cifar10:wrong.bin", "data", /record 1: expected a class from 0 to 9 .* got 10/, /another format/],
    ["cifar100:ten/test_batch.bin", "data", /records of 3074 bytes/, /another format/],
    ["imagenet16-bin:zero.bin", "data", /record 1: .* got -1/, /another format/],
    ["cifar10:nothing", "data", /expected files like data_batch/, /\.bin files/],
    ["cifar10", "data", /expected the data in .*cifar10, there is no such folder/, /cifar10:PATH.*kriz/],
    ["cifar10:nowhere.bin", "data", /no such file/, /./],
    ["cifar10:ten,normalize=nasbanch", "usage", /none or nasbench/, /normalize=nasbench/],
    ["cifar10:ten,normalise=nasbench", "usage", /got "normalise"/, /Did you mean normalize=nasbench/],
    ["cifar10:ten,part=test,part=train", "usage", /part is given twice/, /Keep one/],
    ["cifar10:wrong.bin,part=test", "usage", /is not one/, /folder/],
    ["cifar10:ten,", "usage", /between two commas/, /comma/],
    ["imagenet16-bin:", "usage", /Expected imagenet16-bin:FILE/, /after the colon/],
    ["imagenet16-bin:net.bin,classes=0", "usage", /integer from 1 to 1000/, /classes=/],
  ];
  it.each(bad)("refuses %j", async (spec, code, message, hint) => {
    const error = await errorOf(() => openDataset(spec, { cwd }));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });
});
