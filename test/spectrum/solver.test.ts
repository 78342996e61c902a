import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.js";
import { SymmetricSolver } from "../../src/spectrum/solver.js";
import { eigenvalues, lambdaMin, summarise } from "../../src/spectrum/spectrum.js";
import { randomGram, referenceEigenvalues } from "../support/matrices.js";

describe("least eigenvalue against ml-matrix", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 64, 65, 100, 130, 193, 200])("n = %i", (n) => {
    const matrix = randomGram(n, n + 4, n);
    const reference = referenceEigenvalues(matrix, n);
    const least = lambdaMin(matrix, n);
    expect(Math.abs(least.value - reference[0])).toBeLessThan(1e-13 * reference[n - 1]);
    expect(least.certified).toBe(true);
    expect(least.below).toBe(0);
    expect(least.residual).toBeLessThan(1e-10 * reference[n - 1]);
    const all = eigenvalues(matrix, n);
    all.forEach((value, i) => expect(Math.abs(value - reference[i])).toBeLessThan(1e-13 * n * reference[n - 1]));
  });

  it("is the least one for any start vector, also one orthogonal to its eigenvector", () => {
    const n = 40;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) matrix[i * n + i] = 1 + i;
    const solver = new SymmetricSolver(n);
    solver.matrix.set(matrix);
    const start = new Float64Array(n);
    start[7] = 1;
    expect(solver.least(start).value).toBeCloseTo(1, 12);
    expect(solver.least(start).certified).toBe(true);
  });

  it("finds one tiny eigenvalue far below a cluster", () => {
    const n = 60;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) matrix[i * n + i] = i === 33 ? 1e-6 : 1 + 1e-9 * i;
    expect(lambdaMin(matrix, n).value).toBeCloseTo(1e-6, 16);
  });

  it("holds on random spectra with known eigenvalues (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 24 }),
        fc.array(fc.double({ min: 1e-4, max: 10, noNaN: true }), { minLength: 24, maxLength: 24 }),
        (n, values) => {
          const matrix = rotate(values.slice(0, n));
          const sorted = values.slice(0, n).sort((a, b) => a - b);
          const least = lambdaMin(matrix, n);
          expect(Math.abs(least.value - sorted[0])).toBeLessThan(1e-12);
          expect(least.certified).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("rank deficiency and bad input", () => {
  it("calls a singular matrix rank deficient, its value zero to rounding", () => {
    const n = 30;
    const least = lambdaMin(randomGram(n, 10, "singular"), n);
    expect(Math.abs(least.value)).toBeLessThan(1e-13);
    expect(least.rankDeficient).toBe(true);
    expect(least.certified).toBe(true);
  });

  it("gives the zero matrix zero", () => {
    expect(lambdaMin(new Float64Array(16), 4).value).toBe(0);
  });

  it.each([NaN, Infinity])("refuses a matrix with %d", (bad) => {
    const matrix = randomGram(6, 9, 1);
    matrix[7] = bad;
    expect(() => lambdaMin(matrix, 6)).toThrow(AppError);
    const offDiagonal = randomGram(6, 9, 1);
    offDiagonal[6] = offDiagonal[1] = bad;
    expect(() => lambdaMin(offDiagonal, 6)).toThrow(AppError);
  });
});

describe("factor", () => {
  it("solves and inverts with a ridge, against the residual identity", () => {
    const n = 37;
    const matrix = randomGram(n, 50, 3);
    const solver = new SymmetricSolver(n);
    solver.matrix.set(matrix);
    const factor = solver.factor(0.5)!;
    const b = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
    const x = factor.solve(b);
    for (let i = 0; i < n; i++) {
      let sum = 0.5 * x[i];
      for (let j = 0; j < n; j++) sum += matrix[i * n + j] * x[j];
      expect(sum).toBeCloseTo(b[i], 12);
    }
    const diagonal = factor.inverseDiagonal();
    for (const i of [0, 5, 36]) {
      const e = new Float64Array(n);
      e[i] = 1;
      expect(diagonal[i]).toBeCloseTo(factor.solve(e)[i], 12);
    }
    const logDeterminant = referenceEigenvalues(matrix, n).reduce((sum, value) => sum + Math.log(value + 0.5), 0);
    expect(factor.logDeterminant()).toBeCloseTo(logDeterminant, 10);
  });

  it("is undefined for an indefinite matrix", () => {
    const solver = new SymmetricSolver(2);
    solver.matrix.set([1, 2, 2, 1]);
    expect(solver.factor(0)).toBeUndefined();
  });
});

describe("summary", () => {
  it("has effective rank n for equal eigenvalues and 1 for one", () => {
    expect(summarise(Float64Array.of(2, 2, 2, 2)).effectiveRank).toBeCloseTo(4, 14);
    expect(summarise(Float64Array.of(0, 0, 0, 5)).effectiveRank).toBeCloseTo(1, 14);
    expect(summarise(Float64Array.of(1, 4)).conditionNumber).toBe(4);
    expect(summarise(Float64Array.of(0, 4)).conditionNumber).toBe(Infinity);
  });
});

/** A full symmetric matrix with the given eigenvalues: a Householder reflection of the diagonal one. */
function rotate(values: readonly number[]): Float64Array {
  const n = values.length;
  const v = values.map((_, i) => Math.sin(i + 1));
  const norm = v.reduce((sum, x) => sum + x * x, 0);
  const matrix = new Float64Array(n * n);
  const q = (i: number, k: number): number => (i === k ? 1 : 0) - (2 * v[i] * v[k]) / norm;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += q(i, k) * values[k] * q(j, k);
      matrix[i * n + j] = matrix[j * n + i] = sum;
    }
  }
  return matrix;
}
