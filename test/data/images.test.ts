import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage } from "../../src/data/decode-image.js";
import { loadDataset, openDataset } from "../../src/data/load.js";
import { resizePlane } from "../../src/data/resize.js";
import golden from "../golden/images.json" with { type: "json" };
import { errorOf } from "./error-of.js";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const planeOf = (pixels: readonly (readonly number[][])[], c: number): number[] => pixels.flat().map((rgb) => rgb[c]);

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eigennas-images-"));
  const put = async (name: string, data: Uint8Array | string) => {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), data);
  };
  await put("two/b/1.png", bytesOf(golden.png));
  await put("two/b/2.PNG", bytesOf(golden.palette));
  await put("two/a/x.png", bytesOf(golden.grey));
  await put("two/a/notes.txt", "not a picture");
  await put("two/a/.hidden", "");
  await put("mixed/a/1.png", bytesOf(golden.png));
  await put("mixed/b/1.jpg", bytesOf(golden.jpeg));
  await put("flat/1.png", bytesOf(golden.grey));
  await put("flat/2.png", bytesOf(golden.grey));
  await put("one/<b onclick=x>/1.png", bytesOf(golden.png));
  await put("liar/a/1.png", "<!DOCTYPE html><html>not found</html>");
  await put("cut/a/1.png", bytesOf(golden.png).subarray(0, 80));
  await put("cutjpeg/a/1.jpg", bytesOf(golden.jpeg).subarray(0, 40));
  await put("blank/a/1.png", "");
  await put("none/a/readme.txt", "nothing");
  const bomb = bytesOf(golden.png);
  new DataView(bomb.buffer).setUint32(16, 100_000);
  new DataView(bomb.buffer).setUint32(20, 100_000);
  await put("bomb/a/1.png", bomb);
});
afterAll(() => rm(cwd, { recursive: true }));

describe("resizePlane", () => {
  const plane = planeOf(golden.rgb, 0);
  it.each(golden.resized)("equals torch and numpy at $size", ({ size, area, bilinear }) => {
    const shape = size as [number, number];
    for (const [filter, expected] of [["area", area] as const, ["bilinear", bilinear] as const]) {
      const got = resizePlane(plane, [11, 14], shape, filter);
      expected.flat().forEach((value, k) => expect(got[k]).toBeCloseTo(value, 9));
    }
  });
});

describe("decodeImage", () => {
  it("reads PNG with and without palette as PIL does", () => {
    for (const [text, rgb] of [[golden.png, golden.rgb] as const, [golden.palette, golden.palette_rgb] as const]) {
      const image = decodeImage(bytesOf(text), "a.png");
      expect([image.height, image.width, image.grey]).toEqual([11, 14, false]);
      for (const c of [0, 1, 2]) expect([...image.planes[c]]).toEqual(planeOf(rgb, c));
    }
  });

  it("lays transparent pixels on white", () => {
    const image = decodeImage(bytesOf(golden.alpha), "a.png");
    expect([...image.planes[1]]).toEqual(planeOf(golden.rgb, 1).map((value, k) => (k % 14 < 7 ? value : 255)));
  });

  it("reads JPEG within the rounding that decoders differ by", () => {
    const image = decodeImage(bytesOf(golden.jpeg), "a.jpg");
    for (const c of [0, 1, 2]) {
      planeOf(golden.jpeg_rgb, c).forEach((value, k) => expect(Math.abs(image.planes[c][k] - value)).toBeLessThan(4));
    }
  });
});

describe("images:", () => {
  it("reads a folder a class, by names, planar", async () => {
    const data = await loadDataset("images:two", { cwd });
    expect(data).toMatchObject({ n: 3, d: 462, classNames: ["a", "b"] });
    expect(data.imageShape).toEqual({ height: 11, width: 14, channels: 3 });
    expect([...data.labels!]).toEqual([0, 1, 1]);
    expect([...data.inputs.subarray(462, 462 + 154)]).toEqual(planeOf(golden.rgb, 0).map((value) => value / 255));
    expect(data.inputs[462 + 2 * 154 + 20]).toBe(planeOf(golden.rgb, 2)[20] / 255);
    expect(data.notes.join()).toContain("1 other files were left out, such as two/a/notes.txt");
  });

  it("resizes to squares, reads grey pictures as one plane, and folders without classes", async () => {
    const data = await loadDataset("images:mixed,size=5,color=gray", { cwd });
    expect(data).toMatchObject({ n: 2, imageShape: { height: 5, width: 5, channels: 1 } });
    expect(data.notes.join()).toContain("1 pictures are not square");
    const colour = await loadDataset("images:mixed,size=5", { cwd });
    const area = golden.resized[0].area.flat();
    [...colour.inputs.subarray(0, 25)].forEach((value, k) => expect(value).toBe(Math.round(area[k]) / 255));
    const other = await loadDataset("images:mixed,size=5,filter=bilinear", { cwd });
    expect(other.hash).not.toBe(colour.hash);
    const flat = await loadDataset("images:flat", { cwd });
    expect(flat).toMatchObject({ n: 2, d: 154 });
    expect(flat.labels).toBeUndefined();
    expect((await loadDataset("images:flat,color=rgb", { cwd })).d).toBe(462);
  });

  it("reads one class with a note, HTML in its name", async () => {
    const data = await loadDataset("images:one", { cwd });
    expect(data.classNames).toEqual(["<b onclick=x>"]);
    expect(data.notes.join()).toContain("only one class");
  });

  const bad: readonly [spec: string, code: string, message: RegExp, hint: RegExp][] = [
    ["images:mixed", "data", /mixed\/b\/1\.jpg: expected 14 x 11 pixels .* it has 32 x 32/, /size=32/],
    ["images:liar", "data", /liar\/a\/1\.png: expected a PNG or JPEG picture, it begins with "<!DOCTYPE ht/, /Remove/],
    ["images:cut", "data", /expected a whole PNG/, /cut off/],
    ["images:cutjpeg", "data", /expected a whole JPEG/, /cut off/],
    ["images:blank", "data", /the file is empty/, /Remove/],
    ["images:none", "data", /there is no picture/, /\.png/],
    ["images:bomb", "data", /at most 64 million pixels, it is 100000 x 100000/, /smaller/],
    ["images:nowhere", "data", /cannot be read/, /folder/],
    ["images:", "usage", /Expected images:FOLDER/, /./],
    ["images:two,size=0", "usage", /size must be an integer/, /size=32/],
    ["images:two,filter=cubic", "usage", /area or bilinear/, /filter=area/],
  ];
  it.each(bad)("refuses %j", async (spec, code, message, hint) => {
    const error = await errorOf(() => openDataset(spec, { cwd }));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });
});
