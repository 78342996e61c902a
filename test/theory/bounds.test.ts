import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { scalars } from "../../src/kernels/infinite/scalars.js";
import { dataTerms } from "../../src/theory/data-terms.js";
import { productForm, uniformBetas } from "../../src/theory/product-form.js";
import { upperBounds } from "../../src/theory/upper-bounds.js";
import { activation } from "../../src/arch/activations/registry.js";
import { evaluate, goldenRows, randomRows } from "./support.js";

/** docs/theory.md 5: c, genotype, Theta_11, Theta_12, lambda_min, LB, LBmat, UBpair. */
const golden: readonly (readonly [number, string, number, number, number, number, number, number])[] = [
  [1, "relu-relu-relu", 0.5, 0.321789924, 0.099079425, 0.012073221, 0.017365962, 0.178210076],
  [1, "relu+relu+relu", 3.986733528, 3.07466052, 0.375340552, 0.108658992, 0.156293659, 0.912073009],
  [
    1,
    "leaky_relu(0.2)+leaky_relu(0.2)+leaky_relu(0.2)",
    3.863967285,
    3.013124816,
    0.2545911,
    0.071408565,
    0.102994496,
    0.85084247,
  ],
  [1, "sigmoid-leaky_relu(0.2)+gelu", 0.501525372, 0.471230768, 0.007264371, 0.000055671, 0.000055671, 0.030294604],
  [1, "tanh+tanh+tanh+tanh", 4.595107598, 3.302281049, 0.194172227, 0.059177489, 0.059179293, 1.292826548],
  [1, "tanh-tanh-tanh-tanh", 0.703105669, 0.519760345, 0.018460719, 0.00572464, 0.005724814, 0.183345324],
  [1, "sigmoid+sigmoid+sigmoid", 2.467815421, 2.447390727, 0.000557992, 0.00008907, 0.00008907, 0.020424694],
  [1, "linear+linear", 5, 4.045084972, 0, 0, 0, 0.954915028],
  [2, "relu-relu-relu", 2, 1.287159697, 0.396317699, 0.048292885, 0.069463848, 0.712840303],
  [
    2,
    "leaky_relu(0.2)+leaky_relu(0.2)+leaky_relu(0.2)",
    7.829809675,
    6.031071187,
    0.603704403,
    0.12862443,
    0.185518479,
    1.798738488,
  ],
  [2, "tanh+tanh+tanh+tanh", 7.446244542, 4.734445057, 0.896407743, 0.09384059, 0.093843451, 2.711799485],
  [2, "silu+silu+silu", 3.485804486, 2.686885787, 0.071184605, 0.008246274, 0.0103604, 0.798918699],
  [2, "sigmoid+sigmoid+sigmoid", 2.555573676, 2.532868028, 0.00061443, 0.000095369, 0.000095369, 0.022705648],
  [2, "linear+linear", 8, 6.472135955, 0, 0, 0, 1.527864045],
];

const digits = 0.51e-9;

describe("bounds", () => {
  it.each(golden)("golden row of docs/theory.md 5, c = %d, %s: every printed digit", (c, genotype, ...wanted) => {
    const { theta, least, numbers } = evaluate(genotype, goldenRows, { c });
    const got = [theta[0], theta[1], least.value, numbers.LB, numbers.LBmat, numbers.UBpair];
    got.forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThan(digits));
  });

  it("holds on random architectures of every activation, depth 2 to 7, unit and unequal norms, both recursions", () => {
    const random = rng(11, "architectures");
    const names = [
      "relu",
      "leaky_relu(0.2)",
      "sigmoid",
      "tanh",
      "silu",
      "gelu",
      "elu",
      "softplus",
      "sin",
      "erf",
      "linear",
    ];
    for (const unit of [true, false]) {
      const rows = randomRows(12, 6, 3, unit);
      const terms = dataTerms(rows);
      for (let trial = 0; trial < (unit ? 40 : 8); trial++) {
        const depth = 1 + random.integer(6);
        let genotype = names[random.integer(names.length)];
        for (let l = 1; l < depth; l++)
          genotype += (random.integer(2) === 0 ? "-" : "+") + names[random.integer(names.length)];
        const model = {
          c: 1 + random.integer(2),
          co: [1, 2][random.integer(2)],
          tau: ([1, 0.25, "1/L"] as const)[random.integer(3)],
          crossTerms: random.integer(3) > 0,
        };
        const result = evaluate(genotype, rows, model, terms);
        const slack = 1e-9 * result.theta[0];
        for (const bound of result.bounds) {
          const truth = bound.of === "ntk" ? result.least.value : result.leastFeature.value;
          const where = `${bound.name} of ${genotype}`;
          if (bound.kind === "lower") expect(bound.value, where).toBeLessThanOrEqual(truth + slack);
          else expect(bound.value, where).toBeGreaterThanOrEqual(truth - slack);
        }
        const { LB, LB1, LBmat, UBdiag, UBpair } = result.numbers;
        expect(LB1).toBeLessThanOrEqual(LB * (1 + 1e-12));
        if (unit) expect(LB).toBeLessThanOrEqual(LBmat * (1 + 1e-6) + slack);
        expect(UBpair).toBeLessThanOrEqual(UBdiag);
      }
    }
  });

  it("is positive where it should be: random points, relu", () => {
    const { numbers, bounds, least } = evaluate("relu+tanh", randomRows(12, 6, 3));
    expect(numbers.LB).toBeGreaterThan(0.01 * least.value);
    expect(numbers.NNGP).toBeGreaterThan(0);
    expect(bounds.find(({ name }) => name === "LBgersh")?.value).toBeGreaterThan(0);
  });

  it("carries formula, reference and assumptions; duplicates fail the assumption and zero the bound", () => {
    const rows = randomRows(6, 3, 5);
    const inputs = rows.inputs.slice();
    inputs.copyWithin(3, 0, 3);
    const { bounds, numbers } = evaluate("relu-relu", { ...rows, inputs });
    expect(numbers.LB).toBe(0);
    expect(numbers.LBmat).toBe(0);
    const lb = bounds.find(({ name }) => name === "LB")!;
    expect(lb.assumptions.some(({ holds }) => holds === false)).toBe(true);
    for (const bound of bounds) {
      expect(bound.formula.length).toBeGreaterThan(5);
      expect(bound.reference).toMatch(/^docs\/theory\.md 3\./);
      expect(bound.assumptions.length).toBeGreaterThan(0);
    }
  });

  it("upper bounds of a known matrix, and of one entry", () => {
    // [[2, 1], [1, 3]]: lambda_min = (5 - sqrt 5)/2
    const { UBdiag, UBpair, pair } = upperBounds(Float64Array.of(2, 1, 1, 3), 2);
    expect([UBdiag, pair]).toEqual([2, [0, 1]]);
    expect(UBpair).toBeCloseTo((5 - Math.sqrt(5)) / 2, 15);
    expect(upperBounds(Float64Array.of(7), 1)).toEqual({ UBdiag: 7, UBpair: 7, pair: undefined });
  });
});

describe("product form", () => {
  it("is Theta_ii exactly without cross terms, and above it with them", () => {
    for (const genotype of ["relu+tanh-gelu+silu", "sigmoid", "elu+elu+softplus"]) {
      for (const crossTerms of [true, false]) {
        const { architecture, model } = evaluate(genotype, goldenRows, { c: 2, tau: 0.5, crossTerms });
        const side = scalars(architecture, model, 1);
        const form = productForm(side, model);
        if (crossTerms) expect(form.upper).toBeGreaterThanOrEqual(side.ntk * (1 - 1e-12));
        else expect(form.upper).toBeCloseTo(side.ntk, 12);
        expect(form.uniformUpper).toBeGreaterThanOrEqual(form.upper * (1 - 1e-12));
        expect(form.uniformLowerProduct).toBeLessThanOrEqual(form.lowerProduct * (1 + 1e-12));
      }
    }
  });

  it("has the uniform constants of docs/theory.md 4 (c = 2): sigmoid 1/8, tanh 2, SiLU 2.4192930602", () => {
    const beta2 = (name: string) => uniformBetas(activation(name), 2, [0.01, 20]).beta2;
    expect(beta2("sigmoid")).toBe(0.125);
    expect(beta2("tanh")).toBe(2);
    expect(Math.abs(beta2("silu") - 2.4192930602)).toBeLessThan(0.51e-10);
  });

  // docs/theory.md 4.2: ranges of d2 over q in [0.01, 20]
  it.each([
    ["sigmoid", 0.0144],
    ["tanh", 0.118],
    ["silu", 0.2525],
    ["gelu", 0.2562],
    ["elu", 0.544],
    ["softplus", 0.2506],
    ["sin", 0.5],
    ["erf", 0.1415],
  ])("inf d2 of %s over [0.01, 20] is %d", (name, wanted) => {
    const { beta3 } = uniformBetas(activation(name), 1, [0.01, 20]);
    expect(Math.abs(beta3 - wanted)).toBeLessThan(wanted < 0.1 ? 0.51e-4 : 0.51e-3);
  });

  it("does not depend on q for homogeneous activations", () => {
    expect(uniformBetas(activation("relu"), 2, [0.1, 10])).toEqual({ beta1: 1, beta2: 2, beta3: 1 });
  });
});
