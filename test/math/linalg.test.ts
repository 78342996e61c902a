import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { gramMatrix, LinalgMemory, rowProducts } from "../../src/math/linalg.js";
import {
  bisectEigenvalue,
  sturmCount,
  tridiagonalEigenvalues,
  tridiagonalEigenvector,
} from "../../src/math/tridiagonal.js";
import { randomGram } from "../support/matrices.js";

describe("WebAssembly kernels against plain loops", () => {
  it.each([
    [1, 1],
    [2, 3],
    [5, 2],
    [7, 9],
    [8, 8],
    [13, 784],
    [66, 31],
  ])("Gram matrix n = %i, d = %i", (n, d) => {
    const x = Float64Array.from({ length: n * d }, (_, i) => Math.sin(i * i + 1));
    const gram = gramMatrix(x, n, d);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += x[i * d + k] * x[j * d + k];
        expect(Math.abs(gram[i * n + j] - sum)).toBeLessThan(1e-13 * d);
      }
    }
  });

  it.each([
    [1, 1, 1],
    [3, 5, 2],
    [4, 8, 7],
    [9, 70, 31],
  ])("row products n = %i, m = %i, d = %i", (n, m, d) => {
    const x = Float64Array.from({ length: n * d }, (_, i) => Math.sin(i * i + 1));
    const y = Float64Array.from({ length: m * d }, (_, i) => Math.cos(3 * i));
    const out = rowProducts(x, n, y, m, d);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += x[i * d + k] * y[j * d + k];
        expect(out[i * m + j]).toBeCloseTo(sum, 12);
      }
    }
  });

  it.each([1, 3, 4, 15, 16, 17, 33, 50, 97])("Cholesky factor of n = %i, every block size", (n) => {
    const matrix = randomGram(n, n + 3, n);
    for (const block of [8, 16, 48]) {
      const memory = new LinalgMemory();
      const a = memory.reserve(n * n);
      const pack = memory.reserve(block * (n + 8));
      const view = memory.view(a, n * n);
      view.set(matrix);
      expect(memory.kernels.cholesky(n, a, n, pack, block)).toBe(-1);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let k = 0; k <= j; k++) sum += view[i * n + k] * view[j * n + k];
          expect(Math.abs(sum - matrix[i * n + j])).toBeLessThan(1e-13);
        }
      }
    }
  });

  it("names the first pivot that is not positive", () => {
    const n = 20;
    const matrix = randomGram(n, 40, 2);
    matrix[11 * n + 11] = -1;
    const memory = new LinalgMemory();
    const a = memory.reserve(n * n);
    const pack = memory.reserve(8 * (n + 8));
    memory.view(a, n * n).set(matrix);
    expect(memory.kernels.cholesky(n, a, n, pack, 8)).toBe(11);
  });

  it("Chebyshev sums and moments are each other's transpose: v'Kv by both", () => {
    const n = 9;
    const count = (n * (n - 1)) / 2;
    const padded = Math.ceil(count / 8) * 8;
    const memory = new LinalgMemory();
    const [x, out, c, k, v, w] = [padded, padded, 6, n * n, n, 6].map((size) => memory.reserve(size));
    const nodes = memory.view(x, padded);
    for (let i = 0; i < count; i++) nodes[i] = Math.cos(3 * i + 1);
    memory.view(c, 6).set([0.3, -1, 0.5, 0.25, -0.125, 0.7]);
    memory.kernels.chebyshevSums(padded, x, 6, c, out);
    const coefficients = memory.view(c, 6);
    for (let i = 0; i < count; i++) {
      const expected = coefficients.reduce(
        (sum, value, order) => sum + value * Math.cos(order * Math.acos(nodes[i])),
        0,
      );
      expect(memory.view(out, padded)[i]).toBeCloseTo(expected, 13);
    }
    memory.kernels.unpack(n, out, 2, k, n);
    const vector = memory.view(v, n).map((_, i) => Math.sin(i + 1));
    memory.view(v, n).set(vector);
    memory.kernels.chebyshevMoments(n, x, v, 6, w);
    const matrix = memory.view(k, n * n);
    let direct = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      square += vector[i] ** 2;
      for (let j = 0; j < n; j++) direct += vector[i] * vector[j] * matrix[i * n + j];
    }
    const moments = memory.view(w, 6);
    const bySeries = moments.reduce((sum, moment, order) => sum + moment * coefficients[order], 2 * square);
    expect(bySeries).toBeCloseTo(direct, 12);
  });

  it("was built from native/linalg.cc as it stands", () => {
    const source = readFileSync(new URL("../../native/linalg.cc", import.meta.url));
    const generated = readFileSync(new URL("../../src/math/linalg-wasm.ts", import.meta.url), "utf8");
    expect(generated).toContain(createHash("sha256").update(source).digest("hex").slice(0, 16));
  });
});

describe("tridiagonal matrices", () => {
  // -1, 2, -1 of size n has eigenvalues 2 - 2 cos(k pi / (n + 1)).
  const n = 50;
  const laplacian = { d: new Float64Array(n).fill(2), e: new Float64Array(n).fill(-1) };
  const exact = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));

  it("have the known eigenvalues, all of them and one by one", () => {
    const values = tridiagonalEigenvalues(laplacian);
    exact.forEach((value, k) => {
      expect(values[k]).toBeCloseTo(value, 13);
      expect(bisectEigenvalue(laplacian, k)).toBeCloseTo(value, 13);
    });
  });

  it("are counted by Sturm sequences", () => {
    exact.forEach((value, k) => {
      expect(sturmCount(laplacian, value - 1e-9)).toBe(k);
      expect(sturmCount(laplacian, value + 1e-9)).toBe(k + 1);
    });
  });

  it("have eigenvectors with a small residual", () => {
    for (const k of [0, 1, 25, 49]) {
      const x = tridiagonalEigenvector(laplacian, exact[k]);
      let residual = 0;
      for (let i = 0; i < n; i++)
        residual = Math.max(residual, Math.abs(2 * x[i] - (x[i - 1] ?? 0) - (x[i + 1] ?? 0) - exact[k] * x[i]));
      expect(residual).toBeLessThan(1e-13);
    }
  });
});
