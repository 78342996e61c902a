import { describe, expect, it } from "vitest";
import {
  activation,
  activationFamilies,
  canonicalActivationName,
  defineActivation,
  registerActivation,
} from "../../src/arch/activations/registry.js";
import { appErrorOf as errorOf } from "../support/app-error.js";

describe("registry", () => {
  it.each([
    ["swish", "silu"],
    ["Leaky", "leaky_relu(0.01)"],
    ["leakyrelu(0.3)", "leaky_relu(0.3)"],
    [" leaky_relu( 2e-1 ) ", "leaky_relu(0.2)"],
    ["sine", "sin"],
    ["identity", "linear"],
    ["logistic", "sigmoid"],
    ["ReLU", "relu"],
    ["elu(1)", "elu"],
    ["elu(0.5)", "elu(0.5)"],
  ])("%s is %s", (text, name) => {
    expect(canonicalActivationName(text)).toBe(name);
    expect(activation(text)).toBe(activation(name));
    expect(activation(name).name).toBe(name);
  });

  it("has the eleven families", () => {
    expect(activationFamilies()).toEqual(
      expect.arrayContaining([
        "linear",
        "relu",
        "leaky_relu",
        "sigmoid",
        "tanh",
        "silu",
        "gelu",
        "elu",
        "softplus",
        "sin",
        "erf",
      ]),
    );
  });

  it("names the nearest activation and the list", () => {
    const error = errorOf(() => activation("tahn"));
    expect(error.code).toBe("genotype");
    expect(error.message).toMatch(/Unknown activation "tahn".*leaky_relu.*tanh/);
    expect(error.hint).toBe("Did you mean tanh?");
  });

  it.each([
    ["relu(0.3)", /takes no parameter/],
    ["leaky_relu(a)", /finite number/],
    ["leaky_relu()", /finite number/],
    ["leaky_relu(Infinity)", /finite number/],
    ["leaky_relu(0.1,0.2)", /takes 1 parameter/],
    ["relu)", /expected a name/],
    ["", /expected a name/],
    ["__proto__", /Unknown activation/],
  ])("refuses %j", (text, message) => {
    const error = errorOf(() => activation(text));
    expect(error.code).toBe("genotype");
    expect(error.message).toMatch(message);
  });

  it("keeps the negative slope -1 (absolute value): S = q, d1 = 0", () => {
    const { second, derivativeMean, mean } = activation("leaky_relu(-1)").moments(3);
    expect([second, derivativeMean]).toEqual([3, 0]);
    expect(mean).toBeCloseTo(Math.sqrt(6 / Math.PI), 14);
  });
});

describe("user-defined activations", () => {
  const mine = {
    tanh: defineActivation({ name: "my_tanh", value: Math.tanh, derivative: (x) => 1 / Math.cosh(x) ** 2 }),
    relu: defineActivation({
      name: "my_relu",
      value: (x) => Math.max(x, 0),
      derivative: (x) => (x > 0 ? 1 : 0),
      kinks: [0],
    }),
    sin: defineActivation({ name: "my_sin", value: Math.sin, derivative: Math.cos }),
    gelu: defineActivation({
      name: "my_gelu",
      value: (x) => activation("gelu").value(x),
      derivative: (x) => activation("gelu").derivative(x),
    }),
  };

  it.each(Object.entries(mine))("a copy of %s equals the built-in to 1e-12", (name, copy) => {
    const original = activation(name);
    expect(copy.lipschitz).toBeCloseTo(original.lipschitz, 6);
    for (const q of name === "relu" ? [1e-3, 2] : [1e-3, 0.4, 2, 50]) {
      const [got, want] = [copy.moments(q), original.moments(q)];
      expect(got.mean).toBeCloseTo(want.mean, 12);
      expect(Math.abs(got.second - want.second)).toBeLessThan(1e-12 * want.second);
      expect(got.derivativeMean).toBeCloseTo(want.derivativeMean, 12);
      expect(got.derivativeSecond).toBeCloseTo(want.derivativeSecond, 12);
      for (const b of [q, 0.4 * q]) {
        for (const rho of [-1, -0.999, 0.2, 0.999999, 1]) {
          const k = rho === 1 && b === q ? q : rho * Math.sqrt(q * b);
          const [x, y] = [copy.dual(q, b, k), original.dual(q, b, k)];
          expect(Math.abs(x.value - y.value)).toBeLessThan(1e-12 * want.second);
          expect(Math.abs(x.derivative - y.derivative)).toBeLessThan(1e-12);
        }
      }
      const [mu, wanted] = [copy.hermite(q, 40), original.hermite(q, 40)];
      mu.forEach((m, r) => expect(Math.abs(m - wanted[r])).toBeLessThan(1e-12 * Math.sqrt(want.second)));
    }
  });

  it("hard tanh, kinks at -1 and 1, against its own tanh-free formulas", () => {
    const hard = defineActivation({
      name: "hard_tanh",
      value: (x) => Math.max(-1, Math.min(1, x)),
      derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
      kinks: [-1, 1],
    });
    // d1 = d2 = P(|sqrt(q) z| < 1) = erf(1/sqrt(2 q)); at q = 1: 0.6826894921370859. S by integration by parts.
    const inside = 0.6826894921370859;
    const m = hard.moments(1);
    expect(m.derivativeMean).toBeCloseTo(inside, 13);
    expect(m.derivativeSecond).toBeCloseTo(inside, 13);
    expect(m.second).toBeCloseTo(1 - 2 * 0.24197072451914337, 13);
    const diagonal = hard.dual(1, 1, 1);
    expect(diagonal.value).toBeCloseTo(m.second, 12);
    expect(diagonal.derivative).toBeCloseTo(inside, 12);
    // independent u and v: E[s']^2
    expect(hard.dual(1, 1, 0).derivative).toBeCloseTo(inside * inside, 12);
    // Price's theorem: dS/dk = Sd
    const slope = (hard.dual(1, 1, 0.5001).value - hard.dual(1, 1, 0.4999).value) / 2e-4;
    expect(slope).toBeCloseTo(hard.dual(1, 1, 0.5).derivative, 7);
  });

  it.each(["tanh", "relu"] as const)("the table of angles of a copy of %s equals the built-in to 1e-12", (name) => {
    const theta = Float64Array.from([0, 1e-5, 0.3, 1.5, 3, Math.PI]);
    const [value, derivative, wanted, wantedDerivative] = Array.from({ length: 4 }, () => new Float64Array(6));
    mine[name].dualsAtAngles(2, theta, value, derivative);
    activation(name).dualsAtAngles(2, theta, wanted, wantedDerivative);
    for (let j = 0; j < 6; j++) {
      expect(Math.abs(value[j] - wanted[j])).toBeLessThan(1e-12);
      expect(Math.abs(derivative[j] - wantedDerivative[j])).toBeLessThan(1e-12);
    }
  });

  it("works by name once registered, and only once", () => {
    registerActivation(mine.tanh);
    expect(activation("my_tanh")).toBe(mine.tanh);
    expect(errorOf(() => registerActivation(mine.tanh)).message).toMatch(/exists already/);
  });

  it("refuses a derivative of something else, and odd names", () => {
    const wrong = errorOf(() => defineActivation({ name: "wrong", value: Math.sin, derivative: Math.sin }));
    expect(wrong.code).toBe("usage");
    expect(wrong.message).toMatch(/derivative/);
    expect(errorOf(() => defineActivation({ name: "My Act", value: Math.sin, derivative: Math.cos })).code).toBe(
      "usage",
    );
  });
});
