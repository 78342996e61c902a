import { describe, expect, it } from "vitest";
import { quantile } from "../../src/cli/artifacts.js";
import { heatMap } from "../../src/cli/heat-map.js";
import type { Io } from "../../src/cli/io.js";
import { duration, shown } from "../../src/cli/numbers.js";
import { progressLine, progressReporter } from "../../src/cli/progress.js";
import { splitOutsideBrackets } from "../../src/cli/space-option.js";
import { fields, textTable, wrapped } from "../../src/cli/table.js";

describe("text", () => {
  it.each([
    [null, "-"],
    [NaN, "-"],
    [Infinity, "inf"],
    [0, "0"],
    [525824, "525,824"],
    [0.0990794248, "0.0990794"],
    [13.730548, "13.7305"],
    [0.0000123456789, "1.23457e-5"],
  ])("shows %d as %s", (value, text) => expect(shown(value)).toBe(text));

  it.each([
    [0.349, "0.35 s"],
    [9.04, "9.0 s"],
    [41.2, "41 s"],
    [200, "3 min 20 s"],
    [7500, "2 h 5 min"],
  ])("shows %d seconds as %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  it("aligns columns by characters, whatever their bytes", () => {
    const table = textTable(
      [{ title: "λ" }, { title: "name", align: "left" }],
      [
        ["1", "γ̂x"],
        ["10", "long"],
      ],
    );
    expect(table).toBe(" λ  name\n 1  γ̂x\n10  long\n");
    expect(
      fields([
        ["a", "1"],
        ["bcd", "2"],
      ]),
    ).toBe("  a    1\n  bcd  2\n");
    expect(wrapped("one two three", 8, "  ")).toBe("  one\n  two\n  three\n");
  });

  it("splits activations at commas outside of brackets", () => {
    expect(splitOutsideBrackets("relu, elu(1,2),tanh,")).toEqual(["relu", "elu(1,2)", "tanh"]);
  });
});

describe("progress", () => {
  it("tells share, rate and time left", () => {
    const line = progressLine({ evaluated: 388, skippedByBound: 39_612, total: 100_000n }, 4);
    expect(line).toBe(" 40.0 % of 100,000 · 388 solved, 39,612 skipped by bound · 10,000/s · 6.0 s left");
    expect(progressLine({ evaluated: 5, skippedByBound: 0, total: 100_000n }, 1)).not.toContain("left");
  });

  it("writes a line every few seconds without a terminal, redraws one on a terminal, and nothing when quiet", () => {
    const written = (redraws: boolean, quiet: boolean): string => {
      let text = "";
      let time = 0;
      const io: Pick<Io, "err" | "redraws" | "width" | "now"> = {
        err: (part) => (text += part),
        redraws,
        width: 60,
        now: () => time,
      };
      const reporter = progressReporter(io, quiet);
      for (let i = 1; i <= 90; i++) {
        time += 100;
        reporter.update({ evaluated: i, skippedByBound: 0, total: 100n });
      }
      reporter.end();
      return text;
    };
    expect(written(false, false).match(/\n/g)).toHaveLength(2);
    expect(written(false, false)).not.toContain("\u001b");
    expect(written(true, false).match(/\r/g)).toHaveLength(91);
    expect(written(true, false)).not.toContain("\n");
    expect(written(true, true)).toBe("");
  });
});

describe("artifacts", () => {
  it("takes quantiles between neighbours", () => {
    // numpy.quantile([1, 2, 4, 8], [0, 0.25, 0.5, 0.75, 1])
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile([1, 2, 4, 8], share))).toEqual([1, 1.75, 3, 5, 8]);
  });

  it("sorts a heat map by class, keeping the order within one", () => {
    const matrix = Float64Array.from({ length: 9 }, (_, i) => i);
    const picture = heatMap(matrix, 3, Int32Array.of(1, 0, 1), ["cat", "dog"]);
    expect(picture).toEqual({ size: 3, values: [4, 3, 5, 1, 0, 2, 7, 6, 8], classes: ["cat", "dog", "dog"] });
  });

  it("averages large kernels down to 64 x 64 and keeps their mean", () => {
    const n = 128;
    const matrix = Float64Array.from({ length: n * n }, (_, i) => Math.sin(i));
    const picture = heatMap(matrix, n);
    expect(picture.size).toBe(64);
    expect(picture.classes).toBeNull();
    expect(picture.values[65]).toBeCloseTo((matrix[258] + matrix[259] + matrix[386] + matrix[387]) / 4, 14);
    const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    expect(mean(picture.values)).toBeCloseTo(mean(matrix), 12);
    expect(heatMap(new Float64Array(100 * 100), 100).values).toHaveLength(64 * 64);
  });
});
