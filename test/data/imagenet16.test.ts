import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadDataset, openDataset } from "../../src/data/load.js";
import golden from "../golden/imagenet16.json" with { type: "json" };
import pickles from "../golden/pickles.json" with { type: "json" };

const root = mkdtempSync(join(tmpdir(), "eigennas-imagenet16-"));
const folder = join(root, "ImageNet16");
mkdirSync(folder);
const write = (name: string, base64: string) => writeFileSync(join(folder, name), Buffer.from(base64, "base64"));
for (const name of ["train_data_batch_1", "train_data_batch_10", "val_data"] as const) write(name, golden[name]);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (rest: string) => openDataset(`imagenet16-120:${rest}`, { cwd: root });
const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

describe("imagenet16-120", () => {
  it("keeps labels up to 120, batch by batch in order of their numbers", async () => {
    const data = await loadDataset("imagenet16-120:ImageNet16", { cwd: root });
    expect(data).toMatchObject({ n: 4, d: 768, imageShape: { height: 16, width: 16, channels: 3 } });
    expect([...data.labels!]).toEqual([2, 119, 0, 6]);
    expect(data.classNames).toHaveLength(120);
    expect([...data.inputs.subarray(0, 768)]).toEqual(golden.firstRow.map((value) => value / 255));
    expect(sumOf(data.inputs.subarray(768, 1536)) * 255).toBeCloseTo(golden.sums[2], 9);
    expect(data.notes).toContain("ImageNet16 has 2 of 10 training batches.");
  });

  it("reads what Python 2 wrote, and all classes when asked", async () => {
    const test = await loadDataset("imagenet16-120:ImageNet16,part=test", { cwd: root });
    expect(test.n).toBe(86);
    expect(sumOf(test.inputs) * 255).toBeCloseTo(golden.valSum, 6);
    expect((await open("ImageNet16/train_data_batch_1,classes=1000")).n).toBe(4);
    expect((await openDataset("imagenet16-120:ImageNet16", { cwd: root, limit: 1 })).n).toBe(1);
  });

  it("normalises as NAS-Bench-201 did", async () => {
    const source = await open("ImageNet16,normalize=nasbench");
    const row = new Float64Array(768);
    source.row(0, row);
    const [mean, std] = [122.68 / 255, 63.22 / 255];
    expect(row[0]).toBeCloseTo((golden.firstRow[0] / 255 - mean) / std, 12);
    expect(row[767]).toBeCloseTo((golden.firstRow[767] - 104.01) / 65.09, 12);
  });

  it("names what is wrong", async () => {
    await expect(open("")).rejects.toThrow(/Expected imagenet16-120:FOLDER/);
    await expect(open("nowhere")).rejects.toThrow(/nowhere: no such file/);
    await expect(open(".")).rejects.toThrow(/expected train_data_batch_1/);
    await expect(open("ImageNet16/val_data,part=test")).rejects.toThrow(/chooses files of a folder/);
    write("hostile", pickles.hostile[0]);
    await expect(open("ImageNet16/hostile")).rejects.toThrow(/asks for (posix|os)\.system/);
    write("other", pickles.python2);
    await expect(open("ImageNet16/other")).rejects.toThrow(/data to be N x 768 \(3 x 16 x 16\), it is 3 x 4/);
    write("list", pickles.plain.many.pickles[0]);
    await expect(open("ImageNet16/list")).rejects.toThrow(/a pickled dict/);
  });
});
