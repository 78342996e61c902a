import { describe, expect, it } from "vitest";
import { makeBatch } from "../../src/data/batch.js";
import { readCsv } from "../../src/data/index.js";
import { normalizations, rowPreparation, rowPreparer } from "../../src/data/normalize.js";
import { sourceOf } from "../../src/data/source.js";

const source = sourceOf({
  spec: "made",
  n: 4,
  d: 2,
  inputs: Float64Array.of(1, 7, 2, 7, 3, 7, 6, 7),
  hash: "",
  notes: [],
});

describe("a preparation in numbers", () => {
  const text = "x,word,y,k\n100,a,3,1\n103,b,5,2\n101,a,8,1\n109,c,-2,2\n";
  const raw = [
    [100, 1, 0, 0, 3],
    [103, 0, 1, 0, 5],
    [101, 1, 0, 0, 8],
    [109, 0, 0, 1, -2],
  ];

  it.each(normalizations.flatMap((normalize) => [true, false].map((standardise) => [normalize, standardise] as const)))(
    "%s, the table standardised before: %s: raw rows become what the preparer makes of the table's",
    (normalize, standardise) => {
      const table = sourceOf(readCsv("csv:t.csv", text, "t.csv", { target: "k", standardize: standardise }));
      const own = new Float64Array(4 * table.d);
      for (let i = 0; i < 4; i++) table.row(i, own, i * table.d);
      const expected = rowPreparer(table, normalize)(own, 4);
      const { columns, mean, factor, bias, unit } = rowPreparation(table, normalize);
      expect(columns).toHaveLength(5);
      raw.forEach((row, i) => {
        const moved = row.map((value, j) => (value - mean![j]) * factor![j]);
        const whole = bias ? [...moved, 1] : moved;
        const scale = unit ? 1 / Math.hypot(...whole) : 1;
        whole.forEach((value, j) => {
          expect(scale * value).toBeCloseTo(expected[i * whole.length + j], 13);
        });
      });
    },
  );

  it("says nothing of columns that are taken as they are", () => {
    expect(rowPreparation(source, "unit")).toEqual({ bias: false, unit: true });
  });
});

describe("affine preparation", () => {
  it("standardises, adds a 1, divides by the norm; constant columns are 0", () => {
    const { inputs, d, n, report } = makeBatch(source, { normalize: "affine" });
    expect([n, d, report.normalize]).toEqual([4, 3, "affine"]);
    [1, 2, 3, 6].forEach((value, i) => {
      const z = (value - 3) / Math.sqrt(3.5); // mean 3, variance 3.5
      const norm = Math.hypot(z, 1);
      expect(inputs[3 * i]).toBeCloseTo(z / norm, 14);
      expect(inputs[3 * i + 1]).toBe(0);
      expect(inputs[3 * i + 2]).toBeCloseTo(1 / norm, 14);
    });
    expect(report.notes.join()).toMatch(/1 of 2 columns have the same value/);
  });

  it.each(["unit", "standard", "affine", "none"] as const)(
    "%s: other rows are prepared as those of the batch",
    (normalize) => {
      const batch = makeBatch(source, { normalize, deduplicate: false });
      const raw = new Float64Array(8);
      for (let i = 0; i < 4; i++) source.row(i, raw, 2 * i);
      const prepared = rowPreparer(source, normalize)(raw, 4);
      batch.rows.forEach((row, i) => {
        for (let k = 0; k < batch.d; k++) {
          expect(prepared[row * batch.d + k]).toBeCloseTo(batch.inputs[i * batch.d + k], 14);
        }
      });
    },
  );
});
