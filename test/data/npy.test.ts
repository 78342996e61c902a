import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDataset, openDataset } from "../../src/data/load.js";
import { parseNpy } from "../../src/data/npy.js";
import golden from "../golden/npy.json" with { type: "json" };
import { errorOf } from "./error-of.js";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const range = Array.from({ length: 24 }, (_, k) => k);

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eigennas-npy-"));
  const put = (name: string, text: string) => writeFile(join(cwd, name), bytesOf(text));
  await put("x.npy", golden.types["<f8"]);
  await put("pixels.npy", golden.types["|u1"]);
  await put("y.npy", golden.labels);
  await put("half.npy", golden.half);
  await put("nan.npy", golden.nan);
  await put("scalar.npy", golden.scalar);
  await put("a.npz", golden.npz);
  await put("b.npz", golden.npz_compressed);
});
afterAll(() => rm(cwd, { recursive: true }));

describe("parseNpy", () => {
  it.each(Object.entries(golden.types))("reads numpy's %s", (type, text) => {
    const array = parseNpy(bytesOf(text), "a.npy");
    expect(array.shape).toEqual([4, 3, 2]);
    const shift = type[1] === "u" ? 0 : 5;
    expect([...array.values]).toEqual(range.map((k) => k - shift));
  });

  it("reads Fortran order, booleans and half floats", () => {
    expect([...parseNpy(bytesOf(golden.fortran), "a").values]).toEqual(range);
    expect([...parseNpy(bytesOf(golden.bool), "a").values]).toEqual([1, 0, 1]);
    expect([...parseNpy(bytesOf(golden.half), "a").values]).toEqual(golden.half_values);
  });

  it.each([
    ["complex", /dtype is <c16/],
    ["text", /dtype is <U1/],
    ["object", /dtype is \|O/],
    ["record", /dtype is \[/],
  ] as const)("refuses %s", async (name, message) => {
    const error = await errorOf(() => parseNpy(bytesOf(golden[name]), "a.npy"));
    expect(error.message).toMatch(message);
    expect(error.hint).toContain("astype");
  });

  it("refuses other and damaged files at every length", async () => {
    expect((await errorOf(() => parseNpy(bytesOf(golden.npz), "a.npy"))).hint).toContain("npz:FILE");
    const whole = bytesOf(golden.labels);
    for (let length = 0; length < whole.length; length++) {
      expect((await errorOf(() => parseNpy(whole.subarray(0, length), "a.npy"))).code).toBe("data");
    }
  });
});

describe("npy and npz specs", () => {
  it("reads inputs, labels, pixels and targets", async () => {
    const data = await loadDataset("npy:x.npy,y.npy", { cwd });
    expect(data).toMatchObject({ n: 4, d: 6, classNames: ["0", "2", "7"] });
    expect([...data.inputs]).toEqual(range.map((k) => k - 5));
    const pixels = await loadDataset("npy:pixels.npy", { cwd, limit: 2 });
    expect(pixels).toMatchObject({ n: 2, d: 6, imageShape: { height: 3, width: 2, channels: 1 } });
    expect(pixels.inputs[7]).toBe(7 / 255);
    const zipped = await loadDataset("npz:a.npz", { cwd });
    expect([...zipped.inputs]).toEqual(range);
    expect([...zipped.targets!]).toEqual([0.5, 1.5, 2.5, 4]);
    const packed = await loadDataset("npz:b.npz,x=images,y=labels", { cwd });
    expect(packed.classNames).toEqual(["1", "3"]);
    expect(packed.inputs[23]).toBe(23 / 255);
  });

  const bad: readonly [spec: string, code: string, message: RegExp][] = [
    ["npy:", "usage", /Expected npy:X/],
    ["npy:x.npy,half.npy", "data", /expected 4 labels or targets, .*\(5\)/],
    ["npy:nan.npy", "data", /row 1 has NaN at 1/],
    ["npy:scalar.npy", "data", /shape is \(\)/],
    ["npz:b.npz", "usage", /expected an array x, there is images, labels/],
    ["npz:b.npz,x=imges", "usage", /expected the array imges/],
    ["npz:x.npy", "data", /expected an \.npz file/],
  ];
  it.each(bad)("refuses %j", async (spec, code, message) => {
    const error = await errorOf(() => openDataset(spec, { cwd }));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
});
