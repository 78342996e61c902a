import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeBatch, type BatchOptions } from "../../src/data/batch.js";
import { readCsv } from "../../src/data/csv.js";
import { sourceOf, type RowSource } from "../../src/data/source.js";
import { errorOf } from "./error-of.js";

/** A source of the given rows, labels being the last column when `labelled`. */
const points = (rows: readonly (readonly (number | string)[])[], labelled = false): RowSource =>
  sourceOf(
    readCsv("csv:t", rows.map((row) => row.join(",")).join("\n"), "t", {
      header: false,
      ...(labelled && { target: -1 }),
    }),
  );

/** `sizes[k]` rows of class k on distinct directions, classes in blocks. */
const classes = (sizes: readonly number[]): RowSource => {
  let i = 0;
  return points(
    sizes.flatMap((size, k) => Array.from({ length: size }, () => [1, ++i, `c${k}`])),
    true,
  );
};

const rowsOf = (source: RowSource, options: BatchOptions): number[] => [...makeBatch(source, options).rows];
const sizesOf = (labels: Int32Array, count: number): number[] =>
  Array.from({ length: count }, (_, k) => labels.filter((label) => label === k).length);

describe("makeBatch, choice of rows", () => {
  it("takes all rows in file order without a number of samples, or with as many", () => {
    const source = classes([4, 3]);
    expect(rowsOf(source, {})).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rowsOf(source, { samples: 7, seed: 3 })).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(makeBatch(source).report).toMatchObject({ classBalanced: false, samples: 7, rowsInData: 7 });
    const more = makeBatch(source, { samples: 8 });
    expect(makeBatch(source).report.notes).toEqual(source.notes);
    expect(more.n).toBe(7);
    expect(more.report.notes.join()).toContain("8 samples were asked for, the data has 7 rows");
  });

  it("balances classes as far as they have rows, for every seed, without repeating a row", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (sizes, seed, share) => {
        const source = classes(sizes);
        const samples = 1 + Math.floor(share * (source.n - 2));
        const batch = makeBatch(source, { samples, seed });
        expect(batch.n).toBe(samples);
        expect(new Set(batch.rows).size).toBe(samples);
        const got = sizesOf(batch.labels!, sizes.length);
        const largest = Math.max(...got);
        got.forEach((size, k) => expect(size === sizes[k] || size >= largest - 1).toBe(true));
        batch.rows.forEach((row, i) => expect(batch.labels![i]).toBe(source.labels![row]));
      }),
      { numRuns: 60 },
    );
  });

  it("depends on the seed alone, and a larger batch begins with a smaller one", () => {
    const source = classes([40, 40, 40]);
    const first = makeBatch(source, { samples: 30, seed: 5 });
    expect(makeBatch(source, { samples: 30, seed: 5 })).toEqual(first);
    expect(rowsOf(source, { samples: 30, seed: 6 })).not.toEqual([...first.rows]);
    expect(rowsOf(source, { samples: 60, seed: 5 }).slice(0, 30)).toEqual([...first.rows]);
  });

  it("draws uniformly without labels and when balance is not wanted", () => {
    const source = classes([90, 10]);
    const counts = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const batch = makeBatch(source, { samples: 10, seed, classBalanced: false });
      for (const label of batch.labels!) counts[label]++;
    }
    // Expected 200 of 2,000 from the small class; standard deviation below sqrt(2000 * 0.1 * 0.9) = 13.4.
    expect(Math.abs(counts[1] - 200)).toBeLessThan(4 * 13.4);
    expect(makeBatch(source, { samples: 10, classBalanced: false }).report.classBalanced).toBe(false);
    const bare = points(Array.from({ length: 50 }, (_, i) => [1, i]));
    const rows = Array.from({ length: 200 }, (_, seed) => rowsOf(bare, { samples: 5, seed })).flat();
    // Mean of 1,000 draws from 0..49: 24.5 with standard error 14.4 / sqrt(1000) = 0.46.
    expect(Math.abs(rows.reduce((a, b) => a + b, 0) / rows.length - 24.5)).toBeLessThan(4 * 0.46);
  });

  it("notes classes that run out", () => {
    const batch = makeBatch(classes([20, 2]), { samples: 10 });
    expect(sizesOf(batch.labels!, 2)).toEqual([8, 2]);
    expect(batch.report.notes.join()).toContain("c0: 8, c1: 2");
  });

  it("refuses fewer than one sample and more than a kernel can hold", async () => {
    for (const samples of [0, -1, 1.5, NaN]) {
      expect((await errorOf(() => makeBatch(classes([2]), { samples }))).code).toBe("usage");
    }
    const large: RowSource = {
      spec: "big",
      n: 10_001,
      d: 1,
      hash: "",
      notes: [],
      row: (i, out, at = 0) => (out[at] = i),
    };
    const error = await errorOf(() => makeBatch(large));
    expect(error.code).toBe("limit");
    expect(error.message).toContain("10001");
  });

  it("makes a batch of one", () => {
    const batch = makeBatch(points([[3, 4]]));
    expect([...batch.inputs]).toEqual([0.6, 0.8]);
    expect(batch.report.nearestPair).toBeUndefined();
    expect(batch.report.norms[0]).toBeCloseTo(1, 15);
  });
});

describe("makeBatch, normalisation", () => {
  it("brings rows of any size to norm 1, within 1e-14", () => {
    const size = fc.integer({ min: -300, max: 300 });
    const entry = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), size, (row, exponent) => {
        fc.pre(row.some((x) => Math.abs(x) > 1e-3));
        const scaled = row.map((x) => x * 10 ** exponent);
        const batch = makeBatch(points([scaled]));
        expect(Math.abs(Math.hypot(...batch.inputs) - 1)).toBeLessThan(1e-14);
        const norm = Math.hypot(...row);
        batch.inputs.forEach((x, j) => expect(Math.abs(x - row[j] / norm)).toBeLessThan(1e-14));
      }),
    );
  });

  it("leaves rows as they are under none, zero rows included", () => {
    const batch = makeBatch(
      points([
        [3, 4],
        [0, 0],
        [0, 2],
      ]),
      { normalize: "none" },
    );
    expect([...batch.inputs]).toEqual([3, 4, 0, 0, 0, 2]);
    expect(batch.report).toMatchObject({ norms: [0, 5], zeroRowsRemoved: 0, notes: ["1 row is 0."] });
    expect(batch.report.nearestPair).toEqual({ rows: [0, 2], correlation: 0.8 });
  });

  it("standardises columns over the whole source, then rows to norm 1", () => {
    // Column 1: mean 2, sd sqrt(2/3); column 2: constant; column 3: mean 0, sd sqrt(2/3) * 2.
    const batch = makeBatch(
      points([
        [1, 7, 2],
        [2, 7, -2],
        [3, 7, 0],
      ]),
      { normalize: "standard" },
    );
    const s = Math.sqrt(1 / 2);
    [-s, 0, s, 0, 0, -1, 1, 0, 0].forEach((x, k) => expect(batch.inputs[k]).toBeCloseTo(x, 14));
    expect(batch.report.notes.join()).toContain("1 of 3 columns");
    const part = makeBatch(
      points([
        [1, 7, 2],
        [2, 7, -2],
        [3, 7, 0],
      ]),
      { normalize: "standard", samples: 2, seed: 1 },
    );
    part.rows.forEach((row, i) =>
      expect([...part.inputs.slice(3 * i, 3 * i + 3)]).toEqual([...batch.inputs.slice(3 * row, 3 * row + 3)]),
    );
  });

  it("removes zero rows, counts them and draws others in their place", () => {
    const rows = [
      [0, 0],
      [1, 2],
      [0, 0],
      [1, 3],
      [1, 4],
    ];
    const batch = makeBatch(points(rows));
    expect([...batch.rows]).toEqual([1, 3, 4]);
    expect(batch.report.zeroRowsRemoved).toBe(2);
    for (let seed = 0; seed < 20; seed++) expect(makeBatch(points(rows), { samples: 3, seed }).n).toBe(3);
    const short = makeBatch(points(rows), { samples: 4 });
    expect(short.n).toBe(3);
    expect(short.report.notes.join()).toContain("4 samples were asked for, 3 rows were left");
  });

  it("refuses data of which nothing is left", async () => {
    expect((await errorOf(() => makeBatch(points([[0, 0]])))).code).toBe("data");
    const one = await errorOf(() => makeBatch(points([[1, 2]]), { normalize: "standard" }));
    expect(one.hint).toContain("unit or none");
    expect((await errorOf(() => makeBatch(points([[1e200], [-1e200]]), { normalize: "standard" }))).code).toBe("data");
  });
});

describe("makeBatch, rows that make kernels singular", () => {
  const repeated = [
    [1, 2, "a"],
    [3, 6, "a"],
    [2, 1, "b"],
    [0.1, 0.2, "b"],
    [-1, -2, "a"],
  ];

  it("removes duplicates after normalisation, equal up to rounding, and notes other labels", () => {
    const batch = makeBatch(points(repeated, true));
    expect([...batch.rows]).toEqual([0, 2, 4]);
    expect(batch.report).toMatchObject({ duplicatesRemoved: 2, antipodalPairs: 1 });
    expect(batch.report.notes.join()).toMatch(/2 rows repeat.*removed.*1 of the repeated rows has another label/);
  });

  it("draws other rows in the place of duplicates, of the same class", () => {
    const rows = Array.from({ length: 20 }, (_, i) => [1, Math.floor(i / 2) % 5, i < 10 ? "a" : "b"]);
    const distinct = makeBatch(
      points(
        rows.map(([x, y, k], i) => [x, (y as number) + (i < 10 ? 0 : 9), k]),
        true,
      ),
      {
        samples: 10,
        seed: 4,
      },
    );
    expect(sizesOf(distinct.labels!, 2)).toEqual([5, 5]);
    expect(distinct.report.duplicatesRemoved).toBeGreaterThan(0);
  });

  it("keeps duplicates when asked to", () => {
    const batch = makeBatch(points(repeated, true), { deduplicate: false });
    expect(batch.n).toBe(5);
    expect(batch.report.duplicatesRemoved).toBe(0);
    expect(batch.report.notes.join()).toContain("2 rows repeat another one and were kept");
    expect(batch.report.nearestPair!.correlation).toBeCloseTo(1, 14);
  });

  it("tells parallel rows from duplicates under none", () => {
    const batch = makeBatch(
      points([
        [1, 2],
        [2, 4],
        [1, 2],
      ]),
      { normalize: "none" },
    );
    expect([...batch.rows]).toEqual([0, 1]);
    expect(batch.report.duplicatesRemoved).toBe(1);
    expect(batch.report.notes.join()).toContain("1 pair of rows is parallel");
  });

  it("agrees with a comparison of all pairs on small integer points", () => {
    const coordinate = fc.integer({ min: -2, max: 2 });
    const rows = fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(rows, (rows) => {
        const used = rows.map((row, i) => ({ row, i })).filter(({ row }) => row.some((x) => x !== 0));
        fc.pre(used.length > 0);
        // Exact in integers: parallel when all 2 x 2 minors are 0.
        const parallel = (a: readonly number[], b: readonly number[]) =>
          a[0] * b[1] === a[1] * b[0] && a[0] * b[2] === a[2] * b[0] && a[1] * b[2] === a[2] * b[1];
        const dot = (a: readonly number[], b: readonly number[]) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        const kept: typeof used = [];
        for (const item of used) {
          if (!kept.some((k) => parallel(k.row, item.row) && dot(k.row, item.row) > 0)) kept.push(item);
        }
        let antipodal = 0;
        let best = -Infinity;
        kept.forEach((a, i) => {
          for (const b of kept.slice(i + 1)) {
            if (parallel(a.row, b.row)) antipodal++;
            best = Math.max(best, dot(a.row, b.row) / Math.sqrt(dot(a.row, a.row) * dot(b.row, b.row)));
          }
        });
        const batch = makeBatch(points(rows));
        expect([...batch.rows]).toEqual(kept.map(({ i }) => i));
        expect(batch.report).toMatchObject({
          antipodalPairs: antipodal,
          zeroRowsRemoved: rows.length - used.length,
          duplicatesRemoved: used.length - kept.length,
        });
        if (kept.length > 1) expect(batch.report.nearestPair!.correlation).toBeCloseTo(best, 14);
      }),
    );
  });

  it("does not take near points for duplicates", () => {
    expect(
      makeBatch(
        points([
          [1, 0],
          [1, 1e-11],
        ]),
      ).n,
    ).toBe(2);
  });

  it("takes 0 and -0 for the same, bytes included", () => {
    const batch = makeBatch(points([[1, 0]]));
    expect(makeBatch(points([[1, "-0"]])).report.batchHash).toBe(batch.report.batchHash);
  });

  it("hashes inputs and labels of the batch", () => {
    const batch = makeBatch(
      points(
        [
          [0, 2, "a"],
          [3, 0, "b"],
        ],
        true,
      ),
    );
    const bytes = new DataView(new ArrayBuffer(40));
    [0, 1, 1, 0].forEach((x, k) => bytes.setFloat64(8 * k, x, true));
    [0, 1].forEach((k) => bytes.setInt32(32 + 4 * k, k, true));
    expect(batch.report.batchHash).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("carries the notes of the data", () => {
    expect(
      makeBatch(
        points([
          [1, 2],
          [1, 3],
        ]),
      ).report.notes.join(),
    ).toContain("column 1");
  });
});
