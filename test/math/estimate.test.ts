import { describe, expect, it } from "vitest";
import { estimateOf, probabilityAbove, probabilityPositive, studentCdf } from "../../src/math/estimate.js";
import { normalCdf } from "../../src/math/special.js";

describe("Student's t", () => {
  it("has its closed forms for 1 and 2 degrees of freedom, to 1e-12", () => {
    for (const t of [-30, -2, -0.3, 0, 0.01, 1, 5, 100]) {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
      expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12);
    }
  });

  it("has the quantiles of the tables, and becomes normal", () => {
    expect(studentCdf(2.015048373, 5)).toBeCloseTo(0.95, 9);
    expect(studentCdf(2.763769458, 10)).toBeCloseTo(0.99, 9);
    expect(studentCdf(1.3, 1e9)).toBeCloseTo(normalCdf(1.3), 8);
  });

  it("is symmetric for fractional degrees of freedom, which Welch's formula gives", () => {
    for (const nu of [0.7, 1.3, 2.9, 17.2]) expect(studentCdf(1.4, nu) + studentCdf(-1.4, nu)).toBeCloseTo(1, 12);
    // nu = 3: 1/2 + (t/sqrt3/(1+t^2/3) + atan(t/sqrt3)) / pi
    const x = 1.4 / Math.sqrt(3);
    expect(studentCdf(1.4, 3)).toBeCloseTo(0.5 + (x / (1 + x * x) + Math.atan(x)) / Math.PI, 12);
  });
});

describe("estimates", () => {
  it("have the sample mean and its standard error", () => {
    const { mean, standardError } = estimateOf([1, 2, 3, 6]);
    expect(mean).toBe(3);
    expect(standardError).toBeCloseTo(Math.sqrt(14 / 3 / 4), 14);
    expect(estimateOf([5]).standardError).toBeNaN();
  });

  it("compare: equal draws give one half, the t test of equal variances its p value", () => {
    const a = estimateOf([1, 2, 3, 4]);
    expect(probabilityAbove(a, a)).toBeCloseTo(0.5, 14);
    const b = estimateOf([2, 3, 4, 5]);
    expect(probabilityAbove(b, a)).toBeCloseTo(studentCdf(1 / Math.sqrt(2 * (5 / 12)), 6), 12);
    expect(probabilityAbove(a, b)).toBeCloseTo(1 - probabilityAbove(b, a), 12);
    expect(probabilityAbove(estimateOf([2, 2]), estimateOf([1, 1]))).toBe(1);
  });

  it("a mean is above 0 by Student's t of its draws", () => {
    // Two degrees of freedom: F(t) = 1/2 + t / (2 sqrt(2 + t^2)), t = mean / standard error.
    const t = 7 / 3 / Math.sqrt(7 / 3 / 3);
    expect(probabilityPositive(estimateOf([1, 2, 4]))).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12);
    expect(probabilityPositive(estimateOf([-1, -2, -4]))).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 12);
    expect(
      [
        [0, 0],
        [3, 3],
        [-3, -3],
      ].map((values) => probabilityPositive(estimateOf(values))),
    ).toEqual([0.5, 1, 0]);
  });
});
