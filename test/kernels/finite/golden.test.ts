import { describe, expect, it } from "vitest";
import { finiteNtk, type FiniteOptions } from "../../../src/kernels/finite/ntk.js";
import { batchOf, classBlock, golden, goldenParameters, relativeError } from "../../support/finite-golden.js";

describe.each([...golden.cases, ...golden.referenceCases].map((item) => [item.name, item] as const))(
  "%s against PyTorch float64",
  (_, item) => {
    it.each(["instance", "frozen", "coupled", "eval"] as const)(
      "bn %s: outputs and every functional to 1e-10",
      (bn) => {
        const reference = item.kernels[bn];
        const kernel = (options: FiniteOptions) =>
          finiteNtk(item.graph, batchOf(item), { bn, parameters: goldenParameters, ...options });
        const error = (options: FiniteOptions, values: readonly number[]): number =>
          relativeError(kernel(options).kernels[0], values);
        const sum = kernel({ output: "sum" });
        expect(relativeError(sum.outputs, reference.outputs)).toBeLessThan(1e-12);
        expect(relativeError(sum.kernels[0], reference.sum)).toBeLessThan(1e-10);
        expect(error({ output: "sum", params: "all" }, reference.sumAll)).toBeLessThan(1e-10);
        expect(error({ output: "sum", parameterisation: "standard" }, reference.sumStandard)).toBeLessThan(1e-10);
        expect(error({ output: "label" }, reference.label)).toBeLessThan(1e-10);
        expect(error({ output: "full" }, reference.full)).toBeLessThan(1e-10);

        const blocks = Array.from({ length: golden.classes }, (__, c) => classBlock(reference.full, c));
        kernel({ output: "each" }).kernels.forEach((values, c) =>
          expect(relativeError(values, blocks[c])).toBeLessThan(1e-10),
        );
        const mean = blocks[0].map((___, at) => blocks.reduce((total, block) => total + block[at], 0) / blocks.length);
        expect(error({ output: "trace" }, mean)).toBeLessThan(1e-10);

        const parts = sum.parts.reduce(
          (total, part) => total.map((value, at) => value + part.kernel[at]),
          new Float64Array(sum.kernels[0].length),
        );
        expect(relativeError(parts, reference.sum)).toBeLessThan(1e-10);
      },
    );
  },
);
