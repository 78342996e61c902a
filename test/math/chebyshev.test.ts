import { describe, expect, it } from "vitest";
import { chebyshevCoefficients, chebyshevNodes, clenshaw } from "../../src/math/chebyshev.js";

describe("chebyshev", () => {
  it.each([1, 2, 5, 8, 12, 64])("gives back the coefficients of a polynomial through %i nodes", (n) => {
    const nodes = chebyshevNodes(n);
    const wanted = Float64Array.from({ length: n }, (_, k) => Math.sin(3 * k + 1) / (k + 1));
    const values = nodes.map((x) => wanted.reduce((sum, c, k) => sum + c * Math.cos(k * Math.acos(x)), 0));
    const got = chebyshevCoefficients(values);
    for (let k = 0; k < n; k++) expect(got[k]).toBeCloseTo(wanted[k], 14);
  });

  it("agrees between the FFT (32) and the direct sum (33) on exp, and with exp itself to 1e-15 relative", () => {
    for (const n of [32, 33]) {
      const c = chebyshevCoefficients(chebyshevNodes(n).map(Math.exp));
      for (const x of [-1, -0.3, 0, 0.77, 1]) expect(Math.abs(clenshaw(c, x) / Math.exp(x) - 1)).toBeLessThan(3e-15);
    }
    // Bessel I_0(1), I_1(1): Abramowitz and Stegun table 9.8
    const c = chebyshevCoefficients(chebyshevNodes(32).map(Math.exp));
    expect(c[0]).toBeCloseTo(1.2660658777520084, 14);
    expect(c[1]).toBeCloseTo(2 * 0.5651591039924851, 14);
  });

  it("has no coefficients for no values", () => {
    expect(clenshaw(new Float64Array(0), 0.5)).toBe(0);
  });
});
