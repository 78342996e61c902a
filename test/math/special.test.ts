import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { erf, erfc, erfcx, normalCdf, normalDensity, scaledNormalTail } from "../../src/math/special.js";

interface Row {
  readonly x: number;
  readonly erf: number;
  readonly erfc: number;
  readonly erfcx: number | null;
}

// test/golden/special.py, mpmath at 40 digits
const rows = JSON.parse(readFileSync("test/golden/special.json", "utf8")) as Row[];
const relative = (got: number, wanted: number) => (got === wanted ? 0 : Math.abs(got / wanted - 1));

describe("error functions", () => {
  it.each(rows)("erf, erfc, erfcx at $x to 1.5e-15 relative", (row) => {
    expect(relative(erf(row.x), row.erf)).toBeLessThan(1.5e-15);
    expect(relative(erfc(row.x), row.erfc)).toBeLessThan(1.5e-15);
    if (row.erfcx !== null) expect(relative(erfcx(row.x), row.erfcx)).toBeLessThan(1.5e-15);
  });

  it("has the limits", () => {
    expect([erf(Infinity), erf(-Infinity), erfc(Infinity), erfc(-Infinity)]).toEqual([1, -1, 0, 2]);
    expect(erfcx(1e9)).toBeCloseTo(1e-9 / Math.sqrt(Math.PI), 24);
    expect(erfcx(-30)).toBe(Infinity);
    expect(erf(NaN)).toBeNaN();
  });

  it("makes the normal distribution of them", () => {
    // P(-8) = 6.22096057427178e-16 (standard tables)
    expect(relative(normalCdf(-8), 6.220960574271785e-16)).toBeLessThan(2e-15);
    expect(normalCdf(0)).toBe(0.5);
    expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 16);
    for (const x of [0, 0.5, 2, 7]) {
      expect(relative(scaledNormalTail(x), Math.exp((x * x) / 2) * normalCdf(-x))).toBeLessThan(2e-14);
    }
    expect(relative(scaledNormalTail(1000), 1 / (1000 * Math.sqrt(2 * Math.PI)))).toBeLessThan(1.1e-6);
  });
});
