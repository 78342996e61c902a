import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idxSource, parseIdx } from "../../src/data/idx.js";
import { errorOf } from "./error-of.js";
import { idxBytes } from "./idx-bytes.js";

const images = idxBytes(8, [3, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8]);
const labels = idxBytes(8, [3], [7, 3, 7]);
const named = (bytes: Uint8Array, file: string) => ({ bytes, file });

describe("parseIdx", () => {
  it("gives back what was written, for every number type", () => {
    const kinds = [
      { type: 0x08, value: fc.integer({ min: 0, max: 255 }) },
      { type: 0x09, value: fc.integer({ min: -128, max: 127 }) },
      { type: 0x0b, value: fc.integer({ min: -32768, max: 32767 }) },
      { type: 0x0c, value: fc.integer() },
      { type: 0x0d, value: fc.float({ noNaN: true }) },
      { type: 0x0e, value: fc.double({ noNaN: true }) },
    ];
    for (const { type, value } of kinds) {
      const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
      const cases = shapes.chain((shape) => {
        const length = shape.reduce((a, b) => a * b, 1);
        return fc.tuple(fc.constant(shape), fc.array(value, { minLength: length, maxLength: length }));
      });
      fc.assert(
        fc.property(cases, ([shape, numbers]) => {
          const parsed = parseIdx(idxBytes(type, shape, numbers), "a.idx");
          expect(parsed.shape).toEqual(shape);
          expect(numbers.map((_, k) => parsed.at(k))).toEqual(numbers);
        }),
        { numRuns: 30 },
      );
    }
  });

  it("refuses every cut of a file and says the bytes expected and received", async () => {
    for (let length = 0; length < images.length; length++) {
      const error = await errorOf(() => parseIdx(images.subarray(0, length), "a.idx"));
      expect(error.code).toBe("data");
      expect(error.message).toContain(`the file has ${length}`);
    }
    expect((await errorOf(() => parseIdx(images.subarray(0, 20), "a.idx"))).message).toContain(
      "expected 28 bytes (3 x 2 x 2",
    );
  });

  it("refuses bytes left over", async () => {
    expect((await errorOf(() => parseIdx(new Uint8Array([...images, 0]), "a.idx"))).message).toContain(
      "the file has 29",
    );
  });

  it("refuses another format", async () => {
    const error = await errorOf(() => parseIdx(new TextEncoder().encode("<html>not here</html>"), "a.idx"));
    expect(error.message).toContain("2051");
    expect(error.message).toContain("0x3c68746d");
  });
});

describe("idxSource", () => {
  it("serves images scaled to [0, 1], labels by name, and the shape of the pictures", () => {
    const source = idxSource("idx:a,b", named(images, "a"), named(labels, "b"));
    expect(source).toMatchObject({ n: 3, d: 4, imageShape: { height: 2, width: 2, channels: 1 } });
    expect([...source.labels!]).toEqual([1, 0, 1]);
    expect(source.classNames).toEqual(["3", "7"]);
    const row = new Float64Array(5);
    source.row(0, row, 1);
    expect([...row]).toEqual([0, 0, 1, 0.2, 0.4]);
  });

  it("keeps the first rows under a limit, with the hash of a file that has only those", () => {
    const cut = idxSource("idx", named(images, "a"), named(labels, "b"), 2);
    const short = idxSource(
      "idx",
      named(idxBytes(8, [2, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4]), "a"),
      named(idxBytes(8, [2], [7, 3]), "b"),
    );
    expect(cut.n).toBe(2);
    expect(cut.hash).toBe(short.hash);
    expect(cut.hash).not.toBe(idxSource("idx", named(images, "a"), named(labels, "b")).hash);
  });

  it("does not scale numbers that are not pixels", () => {
    for (const [type, shape] of [
      [0x08, [2, 3]],
      [0x0d, [2, 3, 1]],
    ] as const) {
      const source = idxSource("idx", named(idxBytes(type, shape, [1, 2, 3, 4, 5, 6]), "a"), undefined);
      const row = new Float64Array(3);
      source.row(1, row);
      expect([...row]).toEqual([4, 5, 6]);
      expect(source.labels).toBeUndefined();
    }
  });

  it("hashes the raw numbers", () => {
    // printf '\x00\xff\x33\x66\x01\x02\x03\x04\x05\x06\x07\x08\x07\x03\x07' | sha256sum
    const source = idxSource("idx", named(images, "a"), named(labels, "b"));
    expect(source.hash).toBe("de85e05c05ce1a5b43acc4e40c465b13fcc90e12b5fbd76c6f59973bc0e0ec73");
  });

  it("refuses counts that differ, swapped files, and data without rows", async () => {
    const two = idxBytes(8, [2], [1, 2]);
    const counts = await errorOf(() => idxSource("idx", named(images, "a"), named(two, "b")));
    expect(counts.message).toContain("expected 3 labels");
    expect(counts.message).toContain("it has 2");
    expect((await errorOf(() => idxSource("idx", named(labels, "b"), named(images, "a")))).hint).toContain("swapped");
    expect((await errorOf(() => idxSource("idx", named(images, "a"), named(images, "a")))).message).toContain("2049");
    expect((await errorOf(() => idxSource("idx", named(idxBytes(8, [0, 2, 2], []), "a"), undefined))).code).toBe(
      "data",
    );
  });

  it("notes that there is one class only", () => {
    const one = idxSource("idx", named(images, "a"), named(idxBytes(8, [3], [7, 7, 7]), "b"));
    expect(one.notes.join()).toContain("only one class (7)");
  });
});
