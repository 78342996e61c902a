import { describe, expect, it } from "vitest";
import { makeBatch } from "../../src/data/batch.js";
import { rowPreparer } from "../../src/data/normalize.js";
import { sourceOf } from "../../src/data/source.js";

const source = sourceOf({
  spec: "made",
  n: 4,
  d: 2,
  inputs: Float64Array.of(1, 7, 2, 7, 3, 7, 6, 7),
  hash: "",
  notes: [],
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
