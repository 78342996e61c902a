import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { bunzip2 } from "../../src/data/bzip2.js";
import { packed } from "./bzip2-samples.js";

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

describe("bunzip2", () => {
  it.each(Object.entries(packed))("gives what Python's bz2 packed: %s", (_, { base64, plain }) => {
    expect(Buffer.from(bunzip2(bytesOf(base64), "a.bz2", 2e6)).equals(plain())).toBe(true);
  });

  it("stops at the limit", () => {
    expect(() => bunzip2(bytesOf(packed.zeros.base64), "a.bz2", 100_000)).toThrow(/at most 100000 bytes/);
  });

  it("tells what is wrong with a file that is cut off, of another kind, or damaged", () => {
    const whole = bytesOf(packed.text.base64);
    for (let length = 0; length < whole.length; length++) {
      expect(() => bunzip2(whole.subarray(0, length), "a.bz2", 1e6)).toThrow(AppError);
    }
    expect(() => bunzip2(whole.subarray(0, 30), "a.bz2", 1e6)).toThrow(/a\.bz2: .*ends in the middle/);
    expect(() => bunzip2(Buffer.from("<html>404</html>"), "a.bz2", 1e6)).toThrow(/a\.bz2: expected a bzip2 file/);
    const wrong = whole.slice();
    wrong[12] ^= 1;
    expect(() => bunzip2(wrong, "a.bz2", 1e6)).toThrow(/checksum of a block/);
  });

  it("throws AppError or gives bytes for flipped bits", () => {
    const whole = bytesOf(packed.text.base64);
    let refused = 0;
    for (let bit = 0; bit < 8 * whole.length; bit += 5) {
      const wrong = whole.slice();
      wrong[bit >> 3] ^= 1 << (bit & 7);
      try {
        bunzip2(wrong, "a.bz2", 1e6);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        refused++;
      }
    }
    // The level may change unnoticed, and so may bits of padding and of tables that are never used.
    expect(refused).toBeGreaterThan(0.8 * (8 / 5) * whole.length);
  });
});
