import { describe, expect, it } from "vitest";
import {
  compositeRule,
  gaussianExpectation,
  gaussianRule,
  gaussLegendre,
  gradedBreaks,
  resolvedBreaks,
} from "../../src/math/quadrature.js";

describe("quadrature", () => {
  it.each([1, 2, 5, 16, 24, 64])("Gauss-Legendre with %i nodes is exact to degree 2n - 1", (n) => {
    const { nodes, weights } = gaussLegendre(n);
    for (const degree of [0, 1, 2 * n - 2, 2 * n - 1]) {
      const sum = nodes.reduce((total, x, i) => total + weights[i] * x ** degree, 0);
      expect(sum).toBeCloseTo(degree % 2 === 0 ? 2 / (degree + 1) : 0, 14);
    }
    expect([...nodes]).toEqual([...nodes].sort((x, y) => x - y));
  });

  it("has the tabulated nodes (Abramowitz and Stegun 25.4.30, n = 3)", () => {
    const { nodes, weights } = gaussLegendre(3);
    expect(nodes[2]).toBeCloseTo(0.7745966692414834, 15);
    expect(weights[1]).toBeCloseTo(8 / 9, 15);
  });

  it("grades towards centres, keeps them, and covers the interval once", () => {
    const breaks = gradedBreaks(-10, 10, [0, 3], 0.5);
    for (const point of [-10, -0.5, 0, 0.5, 1.5, 2.5, 3, 10]) expect(breaks).toContain(point);
    expect(breaks).toEqual([...breaks].sort((x, y) => x - y));
    expect(compositeRule(breaks, 4).weights.reduce((total, w) => total + w, 0)).toBeCloseTo(20, 13);
  });

  it("halves panels until a narrow bump is resolved", () => {
    const bump = (x: number) => Math.exp(-((x - 3.3) ** 2) * 50);
    const breaks = resolvedBreaks(bump, [0, 10], 24);
    expect(breaks.length).toBeGreaterThan(4);
    const { nodes, weights } = compositeRule(breaks, 24);
    expect(nodes.reduce((sum, x, i) => sum + weights[i] * bump(x), 0)).toBeCloseTo(Math.sqrt(Math.PI / 50), 14);
  });

  it.each([0, 1e-6, 1e-2, 1, 30, 1e4])("Gaussian moments at variance %d: 1, q, 3 q^2, and |x|", (q) => {
    expect(gaussianExpectation(() => 1, q)).toBeCloseTo(1, 14);
    expect(Math.abs(gaussianExpectation((x) => x * x, q) - q)).toBeLessThanOrEqual(1e-14 * q);
    expect(Math.abs(gaussianExpectation((x) => x ** 4, q) - 3 * q * q)).toBeLessThanOrEqual(3e-14 * q * q);
    const mean = Math.sqrt((2 * q) / Math.PI);
    expect(Math.abs(gaussianExpectation(Math.abs, q) - mean)).toBeLessThanOrEqual(1e-14 * mean);
    expect(gaussianRule(q).nodes.length).toBeGreaterThan(0);
  });
});
