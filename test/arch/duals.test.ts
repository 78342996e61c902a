import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { activation, activationFamilies } from "../../src/arch/activations/registry.js";

// test/golden/duals.py: mpmath closed forms and quadrature that shares nothing with the package
const rows = JSON.parse(readFileSync("test/golden/duals.json", "utf8")) as [
  string,
  number,
  number,
  number,
  number,
  number,
][];
const names = [...new Set(rows.map(([name]) => name))];
const variances = [1e-6, 1e-3, 0.1, 1, 2, 8, 50, 700];
const correlations = [-1, -0.999, -0.5, 0, 0.3, 0.9, 0.999999, 1];

describe("duals", () => {
  it("has golden rows of every family", () => {
    const families = new Set(names.map((name) => activation(name).family));
    expect([...families].sort()).toEqual([...activationFamilies()].sort());
    expect(rows.length).toBeGreaterThan(800);
  });

  it.each(names)("%s agrees with 30-digit arithmetic to 1e-12 of S and d2", (name) => {
    const sigma = activation(name);
    for (const [, a, b, rho, value, derivative] of rows.filter((row) => row[0] === name)) {
      const { second, derivativeSecond } = sigma.moments(a);
      const got = sigma.dual(a, b, rho * Math.sqrt(a * b));
      const where = `q=${String(a)}, b=${String(b)}, rho=${String(rho)}`;
      expect(Math.abs(got.value - value) / second, where).toBeLessThan(1e-12);
      expect(Math.abs(got.derivative - derivative) / derivativeSecond, where).toBeLessThan(1e-12);
    }
  });

  it.each(names)("%s: dual(q, q, q) is (S, d2), and duals are symmetric in the variances", (name) => {
    const sigma = activation(name);
    for (const q of variances) {
      const { second, derivativeSecond } = sigma.moments(q);
      const diagonal = sigma.dual(q, q, q);
      expect(Math.abs(diagonal.value / second - 1)).toBeLessThan(2e-13);
      expect(Math.abs(diagonal.derivative / derivativeSecond - 1)).toBeLessThan(2e-13);
      for (const rho of [-0.7, 0.4]) {
        const k = rho * q * Math.sqrt(0.37);
        const one = sigma.dual(q, 0.37 * q, k);
        const other = sigma.dual(0.37 * q, q, k);
        expect(Math.abs(one.value - other.value)).toBeLessThan(1e-14 * second);
        expect(Math.abs(one.derivative - other.derivative)).toBeLessThan(1e-14 * derivativeSecond);
      }
    }
  });

  it.each(names)("%s: unequal variances close to equal ones do not jump", (name) => {
    const sigma = activation(name);
    for (const q of [0.1, 2, 50]) {
      for (const rho of [-0.9, 0.2, 0.99]) {
        const equal = sigma.dual(q, q, rho * q);
        const near = sigma.dual(q, q * (1 + 1e-14), rho * q);
        const { second, derivativeSecond } = sigma.moments(q);
        expect(Math.abs(equal.value - near.value)).toBeLessThan(1e-12 * second);
        expect(Math.abs(equal.derivative - near.derivative)).toBeLessThan(1e-12 * derivativeSecond);
      }
    }
  });

  it.each(names)("%s: dualsAtAngles is dual to 1e-13", (name) => {
    const sigma = activation(name);
    const theta = Float64Array.from([...correlations.map(Math.acos), 1e-6, 1e-3, 1.1, 3.14]);
    const value = new Float64Array(theta.length);
    const derivative = new Float64Array(theta.length);
    for (const q of variances) {
      sigma.dualsAtAngles(q, theta, value, derivative);
      const { second, derivativeSecond } = sigma.moments(q);
      theta.forEach((t, j) => {
        // relu-like derivative duals are linear in theta: near 0 the covariance itself holds only theta^2 to 1e-16
        const blurred = t > 0 && t < 1e-2;
        const want = sigma.dual(q, q, q * Math.cos(t));
        const where = `q=${String(q)}, theta=${String(t)}`;
        // below q = 1e-3 elu loses digits like 1e-16/sqrt(q)
        expect(Math.abs(value[j] - want.value) / second, where).toBeLessThan(Math.max(1e-13, 1e-15 / Math.sqrt(q)));
        expect(Math.abs(derivative[j] - want.derivative) / derivativeSecond, where).toBeLessThan(
          blurred ? 1e-9 : 2e-13,
        );
      });
    }
  });

  it.each(names)("%s: the limit of no variance, and clamped covariances", (name) => {
    const sigma = activation(name);
    const s0 = sigma.value(0);
    const m0 = sigma.moments(0);
    expect(m0.mean).toBeCloseTo(s0, 14);
    expect(m0.second).toBeCloseTo(s0 * s0, 14);
    expect(sigma.dual(0, 0, 0).value).toBeCloseTo(s0 * s0, 14);
    // one variance 0: E[sigma(0) sigma(v)] = sigma(0) M
    expect(sigma.dual(0, 2, 0).value).toBeCloseTo(s0 * sigma.moments(2).mean, 13);
    expect(sigma.dual(2, 2, 2.0000001)).toEqual(sigma.dual(2, 2, 2));
    expect(sigma.dual(2, 2, -2.0000001)).toEqual(sigma.dual(2, 2, -2));
  });

  it.each(names)("%s: the diagonal to 1e-10 up to q = 1e5, finite at 1e6", { timeout: 60_000 }, (name) => {
    const sigma = activation(name);
    const { second, derivativeSecond } = sigma.moments(1e5);
    const diagonal = sigma.dual(1e5, 1e5, 1e5);
    expect(Math.abs(diagonal.value / second - 1)).toBeLessThan(1e-10);
    expect(Math.abs(diagonal.derivative / derivativeSecond - 1)).toBeLessThan(1e-10);
    expect(Number.isFinite(sigma.moments(1e6).second)).toBe(true);
  });

  it.each(["sigmoid", "tanh", "silu", "softplus", "elu"])(
    "%s: huge and infinite variances end, the latter as NaN",
    (name) => {
      const sigma = activation(name);
      const value = new Float64Array(1);
      const derivative = new Float64Array(1);
      const { second } = sigma.moments(1e9);
      sigma.dualsAtAngles(1e9, Float64Array.of(0), value, derivative);
      expect(Math.abs(value[0] / second - 1)).toBeLessThan(1e-9);
      sigma.dualsAtAngles(Infinity, Float64Array.of(0.5), value, derivative);
      expect(value[0]).toBeNaN();
      expect(sigma.dual(Infinity, Infinity, 0).value).toBeNaN();
      expect(Number.isFinite(sigma.moments(Infinity).second)).toBe(false);
    },
  );
});
