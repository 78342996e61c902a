import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { arrayGlobals, plainGlobals, readPickle } from "../../src/data/pickle/index.js";
import type { NumpyArray, PickleOptions, PickleTuple } from "../../src/data/pickle/index.js";
import { Rng } from "../../src/rng.js";
import golden from "../golden/pickles.json" with { type: "json" };

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));
const read = (bytes: Uint8Array, options: Partial<PickleOptions> = {}): unknown =>
  readPickle(bytes, { file: "a.pickle", globals: plainGlobals, ...options });

/** A pickle of protocol 4 of these bytes. */
const pickle = (...parts: readonly (number | string | readonly number[])[]): Uint8Array =>
  Uint8Array.from([
    0x80,
    4,
    ...parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)),
  ]);

/** Maps as plain objects, so that they compare with JSON. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

describe("readPickle", () => {
  it.each(Object.entries(golden.plain))("reads what Python wrote by protocol 2, 3 and 4: %s", (_, entry) => {
    for (const base64 of entry.pickles) expect(plain(read(bytesOf(base64)))).toEqual(entry.value);
  });

  it("reads tuples, sets, bytes, integers beyond 2^53, ordered dicts and shared values", () => {
    const tuples = read(bytesOf(golden.tuples)) as PickleTuple[];
    expect(tuples.map(({ items }) => items)).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
    expect(read(bytesOf(golden.set))).toEqual(new Set([1, 2]));
    for (const base64 of golden.bytes) {
      const bytes = read(bytesOf(base64), { globals: arrayGlobals });
      expect(bytes).toEqual(Uint8Array.from({ length: 256 }, (_, k) => k));
    }
    expect(read(bytesOf(golden.big))).toEqual([2n ** 70n, -(2n ** 70n)]);
    for (const base64 of golden.ordered) {
      const dict = read(bytesOf(base64)) as Map<string, unknown>;
      expect([...dict]).toEqual([
        ["z", 1.25],
        ["a", [3]],
      ]);
    }
    const [first, second] = read(bytesOf(golden.shared)) as unknown[];
    expect(first).toBe(second);
  });

  it("reads numpy's numbers and arrays of Python 2 and 3", () => {
    expect(read(bytesOf(golden.scalars))).toEqual([-5, 65535, 0.5, -7, true, 200]);
    for (const base64 of golden.nats) {
      const recipes = read(bytesOf(base64), { globals: arrayGlobals }) as Map<
        string,
        Map<PickleTuple, Map<string, unknown>>
      >;
      const [key, result] = [...recipes.get("12")!][0];
      expect(key.items).toEqual(["cifar10", 777]);
      expect(Object.fromEntries(result)).toEqual({ params: 0.129306, latency: [0.25], net: null });
    }
    const dict = read(bytesOf(golden.python2), { globals: arrayGlobals }) as Map<string, unknown>;
    expect(dict.get("labels")).toEqual([7, 8, 9]);
    const others = golden.arrays.map((base64) => read(bytesOf(base64), { globals: arrayGlobals }));
    for (const array of [dict.get("data"), ...others] as NumpyArray[]) {
      expect(array.shape).toEqual([3, 4]);
      expect(array.type!.code).toBe("u1");
      expect([...array.bytes]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    }
  });

  it("refuses by name what is not on the list", () => {
    for (const base64 of golden.hostile) {
      expect(() => read(bytesOf(base64))).toThrow(
        /a\.pickle: expected plain data, the pickle asks for (posix|os)\.system/,
      );
    }
    expect(() => read(bytesOf(golden.python2))).toThrow(/asks for numpy\.core\.multiarray\._reconstruct/);
    expect(() => read(pickle("cbuiltins\neval\n", "."))).toThrow(/asks for builtins\.eval/);
    expect(() => read(pickle("ccollections\nOrderedDict.fromkeys\n", "."))).toThrow(/OrderedDict\.fromkeys/);
    expect(() => read(pickle("i.", "."))).toThrow(/instruction 0x69/);
  });

  it("does not believe a length", () => {
    const huge = [0xff, 0xff, 0xff, 0x7f];
    for (const opcode of ["X", "B", "T"]) {
      expect(() => read(pickle(opcode, huge, "abc."), { globals: arrayGlobals })).toThrow(AppError);
    }
    expect(() => read(pickle("T", [0xff, 0xff, 0xff, 0xff], "."))).toThrow(/negative length/);
    expect(() => read(pickle([0x8d, ...huge, 0, 0, 0, 0], "abc."))).toThrow(AppError);
    expect(() => read(pickle([0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "abc."))).toThrow(AppError);
    expect(() => read(pickle("N", [0x72, 0xff, 0xff, 0xff, 0xff], "."))).toThrow(/memo number 4294967295/);
    expect(() => read(pickle([0x6a, 5, 0, 0, 0], "."))).toThrow(/not yet known/);
  });

  it("bounds values, depth and repetition", () => {
    expect(() => read(pickle("(", "N".repeat(2000), "t."), { mostValues: 1000 })).toThrow(/at most 1000 values/);
    expect(() => read(pickle("}".repeat(200), "."), { mostValues: 1000 })).toThrow(/at most 1000 values/);
    const deep = 100_000;
    expect(Array.isArray(read(pickle("]".repeat(deep), "a".repeat(deep - 1), ".")))).toBe(true);
    // A list that doubles 40 times by reference is 41 lists, not a billion.
    const doubling = Array.from({ length: 40 }, (_, k) => [0x5d, 0x94, 0x28, 0x68, k, 0x68, k, 0x65]);
    const { items } = read(pickle("(]", [0x94], doubling.flat(), "t.")) as PickleTuple;
    expect(items).toHaveLength(41);
    expect(items[40]).toEqual([expect.anything(), expect.anything()]);
    expect((items[40] as unknown[])[0]).toBe((items[40] as unknown[])[1]);
  });

  it("may hold itself and never loops", () => {
    const list = read(pickle("]", [0x94], "h", [0], "a.")) as unknown[];
    expect(list[0]).toBe(list);
  });

  it("refuses a broken stack, keys that Python would refuse, and other protocols", () => {
    expect(() => read(pickle("a."))).toThrow(/a value is missing/);
    expect(() => read(pickle("t."))).toThrow(/a mark is missing/);
    expect(() => read(pickle("N(a."))).toThrow(/a value is missing/);
    expect(() => read(pickle("}]Ns."))).toThrow(/a key of a dict is itself a list/);
    expect(() => read(pickle("N"))).toThrow(/ends where 1 bytes should follow/);
    expect(() => read(pickle("NN."))).toThrow(/values left over/);
    expect(() => read(pickle("N)R."))).toThrow(/no function/);
    expect(() => read(Uint8Array.from([0x80, 5, 0x4e, 0x2e]))).toThrow(/protocol is 5/);
    expect(() => read(Buffer.from("(lp0\n."))).toThrow(/protocol number/);
  });

  it("reads piece by piece, and in a window of memo numbers", () => {
    const whole = bytesOf(golden.plain.many.pickles[2]);
    let at = 0;
    const pull = () => (at < whole.length ? whole.subarray(at, (at += 7)) : undefined);
    expect(readPickle(pull, { file: "a.pickle", globals: [], memoWindow: 4 })).toEqual(golden.plain.many.value);
    const twenty = Array.from({ length: 20 }, (_, k) => [0x4b, k, 0x94]).flat();
    const window = (number: number) =>
      read(pickle("(", twenty, [0x68, number], "t."), { memoWindow: 4 }) as PickleTuple;
    expect(window(3).items[20]).toBe(3);
    expect(window(19).items[20]).toBe(19);
    expect(window(16).items[20]).toBe(16);
    expect(() => window(5)).toThrow(/no longer held/);
  });

  it("gives a value or AppError for 2,000 damaged pickles, at once", () => {
    const rng = new Rng("pickle-fuzz");
    const samples = [golden.nats[1], golden.python2, golden.tuples, golden.scalars, golden.plain.dict.pickles[0]].map(
      bytesOf,
    );
    const counts = { value: 0, refused: 0 };
    const begun = performance.now();
    for (let k = 0; k < 2000; k++) {
      const bytes = samples[k % samples.length].slice();
      for (let change = 0; change <= k % 4; change++) bytes[rng.integer(bytes.length)] = rng.integer(256);
      try {
        read(bytes, { globals: arrayGlobals });
        counts.value++;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        counts.refused++;
      }
    }
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(counts.value).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(500);
  });
});
