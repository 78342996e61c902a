import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { lanczosExtremes } from "../../src/spectrum/lanczos.js";
import { SymmetricSolver } from "../../src/spectrum/solver.js";

/** A product with Q diag(values) Q', Q two Householder reflections; and the matrix. */
function matrixOf(values: readonly number[]) {
  const n = values.length;
  const generator = rng("lanczos test", n);
  const unit = (): Float64Array => {
    const v = Float64Array.from({ length: n }, () => generator.normal());
    const norm = Math.hypot(...v);
    return v.map((x) => x / norm);
  };
  const mirrors = [unit(), unit()];
  const reflect = (x: Float64Array, v: Float64Array): Float64Array => {
    const factor = 2 * x.reduce((sum, value, i) => sum + value * v[i], 0);
    return x.map((value, i) => value - factor * v[i]);
  };
  const [a, b] = mirrors;
  const multiply = (x: Float64Array): Float64Array =>
    reflect(
      reflect(
        reflect(reflect(x, a), b).map((value, i) => value * values[i]),
        b,
      ),
      a,
    );
  const matrix = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = multiply(Float64Array.from({ length: n }, (_, i) => (i === j ? 1 : 0)));
    for (let i = 0; i < n; i++) matrix[i * n + j] = column[i];
  }
  return { multiply, matrix };
}

describe("both ends of a spectrum by products", () => {
  it.each([
    ["evenly spread", Array.from({ length: 120 }, (_, i) => 1 + i / 10)],
    ["over six decades", Array.from({ length: 60 }, (_, i) => 10 ** (-i / 10))],
    ["all equal", Array.from({ length: 30 }, () => 2.5)],
    ["one number", [3]],
    ["two numbers", [3, 1]],
    ["a least value thrice", [5, 1, 1, 1, 4, 3, 2, 9]],
  ] as const)("%s: as the solver of the matrix", (_, values) => {
    const { multiply, matrix } = matrixOf(values);
    const solver = new SymmetricSolver(values.length);
    solver.matrix.set(matrix);
    const { least, largest, products } = lanczosExtremes(multiply, values.length, { tolerance: 1e-9 });
    const top = Math.max(...values);
    expect(Math.abs(least.value - solver.least().value)).toBeLessThan(1e-13 * top + 1e-9 * Math.min(...values));
    expect(Math.abs(largest.value - top)).toBeLessThan(1e-12 * top);
    expect(least).toMatchObject({ converged: true });
    expect(products).toBeLessThanOrEqual(values.length + 2);
    const check = multiply(least.vector).map((value, i) => value - least.value * least.vector[i]);
    expect(Math.hypot(...check)).toBeCloseTo(least.residual, 14);
  });

  it("finds the ends of a large matrix in few products", () => {
    const values = Array.from({ length: 2000 }, (_, i) => (i === 7 ? 0.5 : i === 9 ? 40 : 1 + i / 1000));
    const { least, largest, products } = lanczosExtremes((v) => v.map((x, i) => x * values[i]), values.length);
    expect(least).toMatchObject({ converged: true });
    expect(least.value).toBeCloseTo(0.5, 12);
    expect(largest.value).toBeCloseTo(40, 12);
    expect(products).toBeLessThan(80);
  });

  it("says so when the least eigenvalue is not found, with a residual that is true and a value that is not below", () => {
    const n = 3000;
    const values = Array.from({ length: n }, (_, i) => ((i + 1) / n) ** 4);
    const { least, largest, products } = lanczosExtremes((v) => v.map((x, i) => x * values[i]), n, { maxProducts: 40 });
    expect(least.converged).toBe(false);
    expect(products).toBeLessThanOrEqual(40);
    expect(least.value).toBeGreaterThanOrEqual(values[0]);
    expect(least.residual).toBeGreaterThan(1e-8 * least.value);
    // some eigenvalue lies within the residual
    expect(values.some((value) => Math.abs(value - least.value) <= least.residual)).toBe(true);
    expect(largest.value).toBeLessThanOrEqual(1 + 1e-12);
  });

  it("finds a zero of a singular matrix to rounding", () => {
    const values = Array.from({ length: 50 }, (_, i) => (i < 2 ? 0 : i));
    const { least } = lanczosExtremes((v) => v.map((x, i) => x * values[i]), 50);
    expect(Math.abs(least.value)).toBeLessThan(1e-12);
    expect(least.converged).toBe(true);
  });

  it("refuses products that are not finite", () => {
    expect(() => lanczosExtremes((v) => v.map(() => NaN), 4)).toThrow(/not finite/);
  });
});
