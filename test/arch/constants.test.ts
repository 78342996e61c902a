import { describe, expect, it } from "vitest";
import { activation } from "../../src/arch/activations/registry.js";
import { gaussianExpectation } from "../../src/math/quadrature.js";

/** docs/theory.md 4.1 and 4.2, every printed digit: M, S, d1, d2. */
const moments: Record<string, Record<string, readonly [number, number, number, number]>> = {
  "1": {
    linear: [0, 1, 1, 1],
    relu: [0.3989422804, 0.5, 0.5, 0.5],
    "leaky_relu(0.01)": [0.3949528576, 0.50005, 0.505, 0.50005],
    "leaky_relu(0.1)": [0.3590480524, 0.505, 0.55, 0.505],
    "leaky_relu(0.2)": [0.3191538243, 0.52, 0.6, 0.52],
    sigmoid: [0.5, 0.2933790359, 0.2066209641, 0.04483624135],
    tanh: [0, 0.3942944904, 0.6057055096, 0.4644029024],
    silu: [0.2066209641, 0.3557755198, 0.5, 0.3794823516],
    gelu: [0.2820947918, 0.4252214826, 0.5, 0.4558508656],
    elu: [0.1605205723, 0.6449454175, 0.7615782919, 0.6681020012],
    softplus: [0.8060591833, 0.9212459089, 0.5, 0.2933790359],
    sin: [0, 0.4323323584, 0.6065306597, 0.5676676416],
    erf: [0, 0.4645590544, 0.6514700159, 0.5694100347],
  },
  "2": {
    relu: [0.5641895835, 1, 0.5, 0.5],
    "leaky_relu(0.2)": [0.4513516668, 1.04, 0.6, 0.52],
    sigmoid: [0.5, 0.318419077, 0.181580923, 0.03702661209],
    tanh: [0, 0.5199757457, 0.4800242543, 0.3495082977],
    silu: [0.363161846, 0.799153152, 0.5, 0.4268727249],
    gelu: [0.460658866, 0.9220828721, 0.5, 0.4895119378],
    elu: [0.2779813716, 1.200114262, 0.7137917881, 0.6276978382],
    softplus: [0.9026619077, 1.3819284186, 0.5, 0.318419077],
    sin: [0, 0.4908421806, 0.3678794412, 0.5091578194],
    erf: [0, 0.5903344706, 0.5046265044, 0.4244131816],
  },
};

const lipschitz: Record<string, number> = {
  linear: 1,
  relu: 1,
  "leaky_relu(0.1)": 1,
  sigmoid: 0.25,
  tanh: 1,
  silu: 1.0998393201,
  gelu: 1.1289041452,
  elu: 1,
  softplus: 1,
  sin: 1,
  erf: 1.1283791671,
};

/** docs/theory.md 4.3, mu_0..mu_8 at q = 1. */
const hermite: Record<string, readonly number[]> = {
  relu: [0.398942280401, 0.5, 0.282094791774, 0, -0.0814337519838, 0, 0.0446031029038, 0, -0.0298017016881],
  sigmoid: [0.5, 0.206620964142, 0, -0.0254732579073, 0, 0.00587706060001, 0, -0.00172665628757, 0],
  tanh: [0, 0.605705509602, 0, -0.148437190787, 0, 0.0625475237527, 0, -0.0314454192877, 0],
  silu: [0.206620964142, 0.5, 0.24808519283, 0, -0.0378050088051, 0, 0.00982749652086, 0, -0.00312035397524],
  gelu: [0.282094791774, 0.5, 0.299206710301, 0, -0.0719779478065, 0, 0.0275967619596, 0, -0.0118535542619],
  elu: [
    0.160520572267, 0.761578291865, 0.184963783989, -0.0560786134912, -0.0280393067456, 0.0238787218347,
    0.00974844736748, -0.0131738215117, -0.00465764926254,
  ],
  softplus: [0.806059183347, 0.5, 0.14610308488, 0, -0.0127366289537, 0, 0.00239929994291, 0, -0.000610465184859],
  sin: [0, 0.606530659713, 0, -0.247615104942, 0, 0.0553684206905, 0, -0.00854353279466, 0],
  erf: [0, 0.651470015871, 0, -0.177307680178, 0, 0.0792944051623, 0, -0.040784641166, 0],
};

const variances = [1e-6, 1e-3, 0.1, 1, 2, 8, 50, 3000];
const names = Object.keys(moments["1"]);

describe("constants of the activations", () => {
  for (const [q, table] of Object.entries(moments)) {
    it.each(Object.entries(table))(`moments at q = ${q}: %s`, (name, wanted) => {
      const got = activation(name).moments(Number(q));
      [got.mean, got.second, got.derivativeMean, got.derivativeSecond].forEach((number, i) => {
        expect(Math.abs(number - wanted[i])).toBeLessThan(0.51e-10);
      });
    });
  }

  it.each(Object.entries(hermite))("Hermite coefficients at q = 1: %s", (name, wanted) => {
    const got = activation(name).hermite(1, 40);
    wanted.forEach((mu, r) => {
      expect(Math.abs(got[r] - mu)).toBeLessThan(Math.max(0.51e-12, 0.51e-11 * Math.abs(mu)));
    });
  });

  it.each(Object.entries(lipschitz))("Lipschitz constant: %s", (name, wanted) => {
    const sigma = activation(name);
    expect(Math.abs(sigma.lipschitz - wanted)).toBeLessThan(0.51e-10);
    for (let x = -20; x <= 20; x += 0.0625)
      expect(Math.abs(sigma.derivative(x))).toBeLessThanOrEqual(sigma.lipschitz + 1e-15);
  });

  it.each(names)("derivative is the slope of the value: %s", (name) => {
    const sigma = activation(name);
    for (const x of [-31, -4.2, -1.1, -0.3, 0.2, 0.9, 2.5, 17]) {
      const slope = (sigma.value(x + 1e-5) - sigma.value(x - 1e-5)) / 2e-5;
      expect(Math.abs(sigma.derivative(x) - slope)).toBeLessThan(2e-9);
    }
  });

  it.each(names)("moments against one-dimensional quadrature, 1e-13: %s", (name) => {
    const sigma = activation(name);
    // sin oscillates: panels of 24 nodes resolve it up to q = 8
    for (const q of variances.filter((v) => name !== "sin" || v <= 8)) {
      const got = sigma.moments(q);
      const second = gaussianExpectation((x) => sigma.value(x) ** 2, q);
      const derivativeSecond = gaussianExpectation((x) => sigma.derivative(x) ** 2, q);
      expect(Math.abs(got.mean - gaussianExpectation((x) => sigma.value(x), q))).toBeLessThan(
        1e-13 * Math.sqrt(second),
      );
      expect(Math.abs(got.second / second - 1)).toBeLessThan(1e-13);
      expect(Math.abs(got.derivativeMean - gaussianExpectation((x) => sigma.derivative(x), q))).toBeLessThan(1e-13);
      expect(Math.abs(got.derivativeSecond / derivativeSecond - 1)).toBeLessThan(1e-13);
    }
  });

  it.each(names)("sum mu_r^2 never exceeds S and reaches it, mu_0 = M, mu_1 = sqrt(q) d1: %s", (name) => {
    const sigma = activation(name);
    for (const q of [1e-3, 0.3, 1, 8]) {
      const mu = sigma.hermite(q, 40);
      const { second, mean, derivativeMean } = sigma.moments(q);
      const sum = mu.reduce((total, m) => total + m * m, 0);
      expect(sum).toBeLessThanOrEqual(second * (1 + 1e-13));
      if (q <= 1) expect(sum / second).toBeGreaterThan(0.999);
      expect(mu[0]).toBeCloseTo(mean, 13);
      expect(mu[1]).toBeCloseTo(Math.sqrt(q) * derivativeMean, 13);
    }
  });

  it("Mehler: sum mu_r^2 rho^r = dual and sum r mu_r^2 rho^r = k Sd where the series has converged (rho = 0.4)", () => {
    for (const name of names) {
      const sigma = activation(name);
      const mu = sigma.hermite(2, 40);
      const dual = sigma.dual(2, 2, 0.8);
      expect(mu.reduce((total, m, r) => total + m * m * 0.4 ** r, 0)).toBeCloseTo(dual.value, 12);
      expect(mu.reduce((total, m, r) => total + r * m * m * 0.4 ** r, 0)).toBeCloseTo(0.8 * dual.derivative, 12);
    }
  });

  it("identities of docs/theory.md 4.4 at every variance", () => {
    const at = (name: string, q: number) => activation(name).moments(q);
    for (const q of variances) {
      const sigmoid = at("sigmoid", q);
      expect(sigmoid.derivativeMean).toBeCloseTo(0.5 - sigmoid.second, 13);
      expect(at("tanh", q).derivativeMean).toBeCloseTo(1 - at("tanh", q).second, 13);
      expect(Math.abs(at("silu", q).mean - q * sigmoid.derivativeMean)).toBeLessThan(1e-13 * (1 + Math.sqrt(q)));
      expect(at("softplus", q).derivativeSecond).toBeCloseTo(sigmoid.second, 13);
      for (const name of ["silu", "gelu", "softplus"]) expect(at(name, q).derivativeMean).toBeCloseTo(0.5, 13);
    }
    // GELU at q = 1
    const root = 2 * Math.PI * Math.sqrt(3);
    expect(at("gelu", 1).second).toBeCloseTo(1 / 3 + 1 / root, 15);
    expect(at("gelu", 1).derivativeSecond).toBeCloseTo(1 / 3 + 4 / (3 * root), 15);
  });
});
