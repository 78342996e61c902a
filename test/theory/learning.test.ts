import { describe, expect, it } from "vitest";
import { SymmetricSolver } from "../../src/spectrum/solver.js";
import { checkAssumptions } from "../../src/theory/assumptions.js";
import { convergence, descentContraction, descentSteps, flowTime } from "../../src/theory/convergence.js";
import { dataTerms } from "../../src/theory/data-terms.js";
import { generalization, generalizationOf } from "../../src/theory/generalization.js";
import { evaluate, goldenRows, randomRows } from "./support.js";

describe("convergence", () => {
  it("gives rates, steps and contraction from the extreme eigenvalues", () => {
    const { rate, largestStableStep, bestStep, bestContraction } = convergence(0.5, 2);
    expect([rate, largestStableStep, bestStep, bestContraction]).toEqual([1, 1, 0.8, 0.6]);
    expect(descentContraction(0.5, 2, bestStep)).toBeCloseTo(bestContraction, 15);
    expect(flowTime(0.5, Math.exp(-3))).toBeCloseTo(3, 14);
    expect(flowTime(0, 0.1)).toBe(Infinity);
    expect(descentSteps(0.5, 2, 1.0001, 0.1)).toBe(Infinity);
    expect(() => convergence(-1, 2)).toThrow(/lambda_min/);
  });

  it("bounds what gradient descent does on a kernel (simulated)", () => {
    const { theta, least } = evaluate("relu+relu", goldenRows);
    const largest = 5 * theta[0];
    const step = 1 / largest;
    const y = [1, -1, 1, 1, -1];
    let residual = y.map((label) => -label);
    const steps = descentSteps(least.value, largest, step, 0.25);
    for (let s = 0; s < steps; s++) {
      const gradient = residual.map((_, i) => residual.reduce((sum, r, j) => sum + theta[i * 5 + j] * r, 0));
      residual = residual.map((r, i) => r - step * gradient[i]);
    }
    expect(residual.reduce((sum, r) => sum + r * r, 0)).toBeLessThanOrEqual(0.25 * 5 * (1 + 1e-9));
  });
});

describe("generalization", () => {
  it("is what the formula says for a diagonal kernel", () => {
    // K = 4 I, n = 100: y'K^-1 y = 25, gamma1 = gamma2 = 1/2, first term 2 sqrt(25 * 4 / 100) = 2
    const solver = new SymmetricSolver(100);
    for (let i = 0; i < 100; i++) solver.matrix[i * 101] = 4;
    const y = Float64Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? 1 : -1));
    const result = generalizationOf(solver, y, 0.1);
    expect(result.complexity).toBeCloseTo(25, 12);
    expect([result.gamma1, result.gamma2].map((g) => Number(g.toFixed(12)))).toEqual([0.5, 0.5]);
    expect(result.complexityTerm).toBeCloseTo(2, 12);
    expect(result.confidenceTerm).toBeCloseTo(3 * Math.sqrt(Math.log(20) / 200), 14);
    expect(result.probability).toBeCloseTo(0.9, 15);
    expect(result.vacuous).toBe(true);
    expect(result.statement).toMatch(/vacuous/);
    expect(result.assumptions[0].holds).toBe(true);
  });

  it("is not vacuous for many easy points", () => {
    const easy = generalization({ n: 1e5, complexity: 10, trace: 1e5, lambdaMin: 1e-3, signs: true });
    expect(easy.vacuous).toBe(false);
    expect(easy.statement).toMatch(/probability 95 %/);
    expect(easy.errorBound).toBeCloseTo(2 * Math.sqrt(1e-4) + 3 * Math.sqrt(Math.log(40) / 2e5), 14);
    expect(easy.errorBoundByLambdaMin).toBeGreaterThan(easy.errorBound);
  });

  it("has gamma1 <= gamma2 for every labelling of a real kernel, whatever the scale of the output", () => {
    const rows = randomRows(8, 4, 9);
    for (const co of [1, 7]) {
      const { theta } = evaluate("silu+relu-tanh", rows, { co });
      const solver = new SymmetricSolver(8);
      solver.matrix.set(theta);
      const bounds: number[] = [];
      for (let code = 0; code < 64; code++) {
        const y = Float64Array.from({ length: 8 }, (_, i) => ((code >> i) & 1 ? 1 : -1));
        const { gamma1, gamma2, errorBound, errorBoundByLambdaMin } = generalizationOf(solver, y);
        expect(gamma1).toBeLessThanOrEqual(gamma2 * (1 + 1e-9));
        expect(errorBound).toBeLessThanOrEqual(errorBoundByLambdaMin * (1 + 1e-9));
        bounds.push(errorBound);
      }
      // the first labelling's bound with co = 1, computed again with co = 7: scale-free
      solver.matrix.set(theta.map((k) => k / co));
      expect(generalizationOf(solver, new Float64Array(8).fill(-1)).errorBound).toBeCloseTo(bounds[0], 9);
    }
  });

  it("refuses singular kernels and odd input", () => {
    const solver = new SymmetricSolver(2);
    solver.matrix.fill(1);
    expect(() => generalizationOf(solver, Float64Array.of(1, -1))).toThrow(/positive definite/);
    expect(() => generalizationOf(solver, Float64Array.of(1))).toThrow(/expected 2/);
    expect(() => generalization({ n: 2, complexity: 1, trace: 2, lambdaMin: 1, delta: 0, signs: true })).toThrow(
      /delta/,
    );
  });
});

describe("data", () => {
  it("finds parallel and antipodal pairs, norms and classes", () => {
    const inputs = Float64Array.of(1, 0, 0, 1, -2, 0, 0, 3);
    const found = checkAssumptions(dataTerms({ n: 4, d: 2, inputs }), [0, 1, 1, 0]);
    expect(found.parallelPairs).toEqual([[1, 3]]);
    expect(found.antipodalPairs).toEqual([[0, 2]]);
    expect([found.unitNorms, found.equalNorms, found.classes]).toEqual([false, false, 2]);
    expect(checkAssumptions(dataTerms(goldenRows)).list.map(({ holds }) => holds)).toEqual([
      true,
      true,
      true,
      null,
      null,
    ]);
  });

  it("has the least eigenvalues of the entrywise powers: closed form for equicorrelated points", () => {
    // three unit vectors with pairwise correlation -1/2: rho^or has eigenvalues 1 - s and 1 + 2 s, s = (-1/2)^r
    const inputs = Float64Array.from(
      [0, 1, 2].flatMap((k) => [Math.cos((2 * Math.PI * k) / 3), Math.sin((2 * Math.PI * k) / 3)]),
    );
    const { powerLambdaMin, gershgorin } = dataTerms({ n: 3, d: 2, inputs });
    for (const r of [1, 2, 3, 8]) {
      const s = (-0.5) ** r;
      expect(powerLambdaMin[r]).toBeCloseTo(Math.max(0, Math.min(1 - s, 1 + 2 * s)), 8);
      expect(gershgorin[r]).toBeCloseTo(1 - 2 * Math.abs(s), 12);
    }
  });
});
