import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defineActivation } from "../../src/arch/activations/define.js";
import { kinkedDual } from "../../src/arch/activations/kinked.js";
import { momentsByQuadrature } from "../../src/arch/activations/moment-table.js";
import { activation } from "../../src/arch/activations/registry.js";

// test/golden/large-variance.py: conditional expectations on sinh lattices in long double, nothing shared with the package
const golden = JSON.parse(readFileSync("test/golden/large-variance.json", "utf8")) as [
  string,
  number,
  number,
  number,
  number,
][];
const names = ["sigmoid", "tanh", "silu", "softplus"];

function duals(name: string, q: number, angles: readonly number[]) {
  const value = new Float64Array(angles.length);
  const derivative = new Float64Array(angles.length);
  activation(name).dualsAtAngles(q, Float64Array.from(angles), value, derivative);
  return { value, derivative };
}

describe("large variances", () => {
  it.each(golden)(
    "%s at q=%d, theta=%d agrees with the golden values to 1e-12",
    (name, q, theta, value, derivative) => {
      const { second, derivativeSecond } = activation(name).moments(q);
      const got = duals(name, q, [theta]);
      expect(Math.abs(got.value[0] - value) / second).toBeLessThan(1e-12);
      expect(Math.abs(got.derivative[0] - derivative) / derivativeSecond).toBeLessThan(1e-12);
      if (theta === 0) {
        expect(second / value).toBeCloseTo(1, 13);
        expect(derivativeSecond / derivative).toBeCloseTo(1, 13);
      }
    },
  );

  // polar quadrature: 1e-11 is its own error for the narrow derivative of a sigmoid
  it.each(names)("%s agrees with polar quadrature across both regimes to 1e-11", (name) => {
    const sigma = activation(name);
    for (const q of [4 ** 7, 1e6]) {
      const root = Math.sqrt(q);
      const angles = [1e-6, 1.2 / root, 7 / root, 9 / root, 0.5, Math.PI - 3 / root];
      const got = duals(name, q, angles);
      const { second, derivativeSecond } = sigma.moments(q);
      const direct = momentsByQuadrature(
        (x) => sigma.value(x),
        (x) => sigma.derivative(x),
        q,
        [],
        1,
      );
      expect(second / direct.second).toBeCloseTo(1, 13);
      expect(derivativeSecond / direct.derivativeSecond).toBeCloseTo(1, 13);
      expect(Math.abs(sigma.moments(q).mean - direct.mean)).toBeLessThan(1e-13 * root);
      angles.forEach((theta, j) => {
        const pair = kinkedDual(
          (x) => sigma.value(x),
          (x) => sigma.derivative(x),
          [],
          q,
          q,
          theta,
        );
        const where = `q=${String(q)}, theta=${String(theta)}`;
        expect(Math.abs(got.value[j] - pair.value) / second, where).toBeLessThan(1e-11);
        expect(Math.abs(got.derivative[j] - pair.derivative) / derivativeSecond, where).toBeLessThan(1e-11);
      });
    }
  });

  it.each(names)("%s is continuous in q where the table ends and in theta where the regimes meet", (name) => {
    const sigma = activation(name);
    const least = name === "tanh" ? 4 ** 5 : 4 ** 6;
    const theta = [0, 1e-3, 0.05, 0.3, 1, 2, 3.1, Math.PI];
    // 1 - 1e-13: the change of the functions themselves is below 1e-12
    const [below, above] = [duals(name, least * (1 - 1e-13), theta), duals(name, least, theta)];
    const { second, derivativeSecond } = sigma.moments(least);
    theta.forEach((_, j) => {
      expect(Math.abs(below.value[j] - above.value[j]) / second).toBeLessThan(1e-11);
      expect(Math.abs(below.derivative[j] - above.derivative[j]) / derivativeSecond).toBeLessThan(1e-11);
    });
    const q = 1e7;
    for (const border of [8, 1.66, 4, 0.83]) {
      for (const side of [0, 1]) {
        const at = (t: number) => (side === 0 ? t : Math.PI - t);
        const t = Math.asin(border / Math.sqrt(q));
        const pair = duals(name, q, [at(t * (1 - 1e-13)), at(t * (1 + 1e-13))]);
        const moments = sigma.moments(q);
        expect(Math.abs(pair.value[0] - pair.value[1]) / moments.second).toBeLessThan(1e-12);
        expect(Math.abs(pair.derivative[0] - pair.derivative[1]) / moments.derivativeSecond).toBeLessThan(2e-12);
      }
    }
  });

  it.each(names)("%s: unequal variances agree with polar quadrature and with equal ones", (name) => {
    const sigma = activation(name);
    const [a, b, rho] = [3e4, 2e5, 0.6];
    const pair = sigma.dual(a, b, rho * Math.sqrt(a * b));
    const other = sigma.dual(b, a, rho * Math.sqrt(a * b));
    const direct = kinkedDual(
      (x) => sigma.value(x),
      (x) => sigma.derivative(x),
      [],
      a,
      b,
      Math.acos(rho),
    );
    const scale = Math.sqrt(sigma.moments(a).second * sigma.moments(b).second);
    const slopes = Math.sqrt(sigma.moments(a).derivativeSecond * sigma.moments(b).derivativeSecond);
    expect(Math.abs(pair.value - direct.value) / scale).toBeLessThan(1e-12);
    expect(Math.abs(pair.derivative - direct.derivative) / slopes).toBeLessThan(1e-12);
    expect(Math.abs(pair.value - other.value) / scale).toBeLessThan(1e-14);
    const equal = sigma.dual(a, a, 0.3 * a);
    const near = sigma.dual(a, a * (1 + 1e-14), 0.3 * a);
    expect(Math.abs(equal.value - near.value) / scale).toBeLessThan(1e-12);
  });

  it.each(names)("%s tends to its limit: sign, step or relu", (name) => {
    const theta = [0, 0.3, 1, 2, 3];
    for (const q of [1e50, 1e300]) {
      const { value, derivative } = duals(name, q, theta);
      theta.forEach((t, j) => {
        const step = (Math.PI - t) / (2 * Math.PI);
        const relu = (Math.sin(t) + (Math.PI - t) * Math.cos(t)) / (2 * Math.PI);
        const ramp = name === "silu" || name === "softplus";
        const limit = ramp ? relu : name === "tanh" ? 1 - (2 * t) / Math.PI : step;
        expect(value[j] / (ramp ? q : 1)).toBeCloseTo(limit, 13);
        if (ramp) expect(derivative[j]).toBeCloseTo(step, 13);
        else expect(derivative[j]).toBeLessThan(1e-20);
      });
    }
  });

  it.each(names)("%s: NaN or infinite, not a hang, at variances that are not finite", (name) => {
    expect(duals(name, NaN, [0.5]).value[0]).toBeNaN();
    expect(Number.isFinite(duals(name, Infinity, [0.5]).derivative[0])).toBe(false);
    expect(Number.isFinite(activation(name).dual(Infinity, Infinity, 1).value)).toBe(false);
  });

  it("elu and a definition of one's own end at 1e50 and 1e300, near their limits", () => {
    const clip = defineActivation({
      name: "clip",
      value: (x) => Math.max(-1, Math.min(1, x)),
      derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
      kinks: [-1, 1],
      lipschitz: 1,
    });
    const [value, derivative] = [new Float64Array(1), new Float64Array(1)];
    for (const q of [1e50, 1e300]) {
      const relu = (Math.sin(1) + (Math.PI - 1) * Math.cos(1)) / (2 * Math.PI);
      expect(duals("elu", q, [1]).value[0] / q).toBeCloseTo(relu, 12);
      clip.dualsAtAngles(q, Float64Array.of(1), value, derivative);
      expect(value[0]).toBeCloseTo(1 - 2 / Math.PI, 12);
      // full correlation: the density at 0 of the larger one, times 2
      const { derivative: aligned } = clip.dual(q, 4 * q, 2 * q);
      expect((aligned * 2 * Math.sqrt(2 * Math.PI * q)) / 2).toBeCloseTo(1, 10);
      // both in the clip: 4 times the density at 0
      expect((derivative[0] * q * 2 * Math.PI * Math.sin(1)) / 4).toBeCloseTo(1, 10);
    }
  });

  it("erf and sin keep their limits where q^2 overflows and where q - q cos(theta) has no digits left", () => {
    expect(duals("erf", 1e300, [0, 0.3]).value[1]).toBeCloseTo(1 - 0.6 / Math.PI, 13);
    // e^{-q theta^2/2}/2 with q theta^2 = 2
    const { value, derivative } = duals("sin", 1e18, [Math.SQRT2 * 1e-9, 1]);
    expect(value[0]).toBeCloseTo(Math.exp(-1) / 2, 12);
    expect(derivative[0]).toBeCloseTo(Math.exp(-1) / 2, 12);
    expect(value[1]).toBe(0);
  });
});
