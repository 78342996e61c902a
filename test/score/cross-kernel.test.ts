import { describe, expect, it } from "vitest";
import { modelPresets } from "../../src/arch/architecture.js";
import { crossKernel, infiniteKernel } from "../../src/kernels/infinite/direct.js";
import { rng } from "../../src/rng.js";
import { CrossKernel } from "../../src/score/cross-kernel.js";
import { kernelLoader, pathLayers } from "../../src/score/kernel-loader.js";
import { parseGenotype } from "../../src/spaces/index.js";

const genotypes = ["relu", "relu+tanh-silu", "elu-sigmoid+gelu+erf", "linear+sin", "leaky_relu(0.2)-softplus"];
const model = modelPresets.he;
const [n, m, d] = [14, 6, 4];

function rows(count: number, unit: boolean, seed: string): { n: number; d: number; inputs: Float64Array } {
  const generator = rng(seed);
  const inputs = Float64Array.from({ length: count * d }, () => generator.normal());
  for (let i = 0; unit && i < count; i++) {
    const row = inputs.subarray(i * d, (i + 1) * d);
    const norm = Math.hypot(...row);
    row.forEach((value, k) => (row[k] = value / norm));
  }
  return { n: count, d, inputs };
}

const furthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]) / (1 + Math.abs(b[i]))), 0);

describe("kernel between new inputs and those of training", () => {
  it.each(genotypes)("%s: the series in the angle gives what the recursion gives pair by pair", (genotype) => {
    const [train, test] = [rows(n, true, "train"), rows(m, true, "test")];
    test.inputs.set(train.inputs.subarray(0, d)); // the first new input is one of training
    const architecture = parseGenotype(genotype);
    const cross = new CrossKernel(test, train, model).matrix(architecture);
    expect(furthest(cross, crossKernel(architecture, test, train, model).data)).toBeLessThan(1e-12);
    expect(cross[0]).toBeCloseTo(infiniteKernel(architecture, train, model).data[0], 13);
  });

  it("can share the series of the training kernel", () => {
    const [train, test] = [rows(n, true, "train"), rows(m, true, "test")];
    let loader: ReturnType<typeof kernelLoader> | undefined;
    const shared = new CrossKernel(test, train, model, (range) => {
      loader = kernelLoader(train, model, [], range);
      return loader.angles;
    });
    for (const genotype of genotypes) {
      const architecture = parseGenotype(genotype);
      loader!.load(architecture, pathLayers(architecture));
      expect(furthest(loader!.solver.matrix, infiniteKernel(architecture, train, model).data)).toBeLessThan(1e-12);
      expect(furthest(shared.matrix(architecture), crossKernel(architecture, test, train, model).data)).toBeLessThan(
        1e-12,
      );
    }
  });

  it("goes pair by pair for inputs of different norms", () => {
    const [train, test] = [rows(n, false, "train"), rows(m, false, "test")];
    const architecture = parseGenotype("relu+erf");
    expect(new CrossKernel(test, train, model).matrix(architecture)).toEqual(
      crossKernel(architecture, test, train, model).data,
    );
  });

  it("refuses another number of columns", () => {
    const test = { n: 1, d: 2, inputs: Float64Array.of(1, 0) };
    expect(() => new CrossKernel(test, rows(n, true, "train"), model).matrix(parseGenotype("relu"))).toThrow(
      /same number of columns, got 2 and 4/,
    );
  });
});
