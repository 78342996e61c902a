import { describe, expect, it } from "vitest";
import { modelPresets } from "../../../src/arch/architecture.js";
import { layeredGraph, type GraphArchitecture } from "../../../src/arch/graph.js";
import { gradientGraph } from "../../../src/kernels/finite/gradient.js";
import { lower } from "../../../src/kernels/finite/lower.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { NtkProduct } from "../../../src/kernels/finite/ntk-product.js";
import { drawParameters } from "../../../src/kernels/finite/parameters.js";
import { ReferenceRun } from "../../../src/kernels/finite/reference.js";
import { tangentGraph } from "../../../src/kernels/finite/tangent.js";
import { rng } from "../../../src/rng.js";
import { parseGenotype } from "../../../src/spaces/index.js";
import { lanczosExtremes } from "../../../src/spectrum/lanczos.js";
import { SymmetricSolver } from "../../../src/spectrum/solver.js";
import { everyOperator, referenceOperators } from "../../support/every-operator.js";
import { batchOf, golden, goldenParameters } from "../../support/finite-golden.js";

const modes = ["instance", "frozen", "coupled", "eval"] as const;

const randomVector = (count: number, name: string): Float64Array => {
  const generator = rng("product", name);
  return Float64Array.from({ length: count }, () => generator.normal());
};

/** Largest difference of K v from the matrix's product, over the largest entry. */
function differenceFrom(kernel: Float64Array, size: number, v: Float64Array, product: Float64Array): number {
  let [worst, scale] = [0, 1e-300];
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += kernel[i * size + j] * v[j];
    worst = Math.max(worst, Math.abs(sum - product[i]));
    scale = Math.max(scale, Math.abs(sum));
  }
  return worst / scale;
}

describe("tangents against central differences of the outputs", () => {
  const differentiated = modes.filter((bn) => bn !== "frozen");
  it.each(differentiated.flatMap((bn) => [everyOperator, referenceOperators].map((network) => [bn, network] as const)))(
    "every operator, every parameter moved at once, bn %s",
    (bn, network) => {
      const n = 3;
      const graph = tangentGraph(gradientGraph(lower(network)));
      const inputs = randomVector(n * 40, "inputs");
      const parameters = drawParameters(lower(network), "pytorch", 1, 0);
      const directions = parameters.map((values, p) => randomVector(values.length, `direction ${p}`));
      const run = new ReferenceRun(graph, inputs, n, [...parameters, ...directions], bn);
      run.forward();
      run.evaluate(graph.firstTangent, graph.nodes.length);
      const outputs = (by: number): Float64Array => {
        const moved = parameters.map((values, p) => values.map((value, at) => value + by * directions[p][at]));
        return new ReferenceRun(graph, inputs, n, moved, bn).forward();
      };
      const step = 1e-5;
      const [up, down] = [outputs(step), outputs(-step)];
      const tangent = run.value(graph.tangent);
      expect(Math.max(...tangent.map(Math.abs))).toBeGreaterThan(0.1);
      tangent.forEach((value, at) =>
        expect(Math.abs(value - (up[at] - down[at]) / (2 * step)), `output ${at}`).toBeLessThan(
          1e-7 * Math.max(1, Math.abs(value)),
        ),
      );
    },
  );

  it("is zero where no parameter lies below", () => {
    const constant: GraphArchitecture = {
      kind: "graph",
      input: [2],
      output: "s",
      nodes: [{ id: "s", op: "scale", from: ["input"], factor: 2 }],
    };
    const product = new NtkProduct(constant, { n: 3, inputs: randomVector(6, "constant") });
    expect(Array.from(product.multiply(Float64Array.of(1, 2, 3)))).toEqual([0, 0, 0]);
  });
});

describe("products with the kernel against its matrix", () => {
  const cases = [...golden.cases, ...golden.referenceCases].flatMap((item) =>
    modes.map((bn) => ({ name: item.name, bn, item })),
  );
  it.each(cases)("$name, bn $bn", ({ item, bn }) => {
    const batch = batchOf(item);
    const functionals = [
      ["full", "all", "ntk"],
      ["sum", "weights", "standard"],
      ["label", "weights", "ntk"],
      ["trace", "all", "ntk"],
    ] as const;
    for (const [output, params, parameterisation] of bn === "frozen" ? functionals : functionals.slice(0, 1)) {
      const options = { bn, output, params, parameterisation, parameters: goldenParameters };
      const product = new NtkProduct(item.graph, batch, options);
      const { kernels, size } = finiteNtk(item.graph, batch, options);
      expect(product.size).toBe(size);
      const v = randomVector(size, "v");
      expect(differenceFrom(kernels[0], size, v, product.multiply(v)), output).toBeLessThan(1e-10);
      const trace = Array.from({ length: size }, (_, i) => kernels[0][i * (size + 1)]);
      const scale = Math.max(...trace, 1e-300);
      product.diagonal().forEach((value, i) => expect(Math.abs(value - trace[i]) / scale).toBeLessThan(1e-10));
    }
  });

  const network = layeredGraph(parseGenotype("relu+tanh-gelu"), modelPresets.he, 6, 40);
  const batch = { n: 37, inputs: randomVector(37 * 6, "layers") };

  it("has the same numbers in chunks, and the parts of every layer", () => {
    const whole = new NtkProduct(network, batch, { seed: 2 });
    const pieces = new NtkProduct(network, batch, { seed: 2, memory: 60_000 });
    expect(whole.chunk).toBe(37);
    expect(pieces.chunk).toBeGreaterThan(1);
    expect(pieces.chunk).toBeLessThan(20);
    const v = randomVector(37, "chunks");
    const { parts, kernels } = finiteNtk(network, batch, { seed: 2 });
    for (const product of [whole, pieces]) {
      expect(differenceFrom(kernels[0], 37, v, product.multiply(v))).toBeLessThan(1e-12);
      product.parts(v).forEach(({ parameter, value }, p) => {
        expect(parameter).toBe(parts[p].parameter);
        let expected = 0;
        for (let i = 0; i < 37; i++) for (let j = 0; j < 37; j++) expected += v[i] * v[j] * parts[p].kernel[i * 37 + j];
        expect(value).toBeCloseTo(expected, 9);
      });
    }
  });

  it("says what one sample, or all for batch statistics, would need", () => {
    expect(() => new NtkProduct(network, batch, { memory: 1000 })).toThrow(/One sample needs .* MB/);
    const [item] = golden.cases;
    expect(() => new NtkProduct(item.graph, batchOf(item), { bn: "coupled", memory: 50_000 })).toThrow(
      /coupled batch statistics need all 4 samples/,
    );
    expect(() => new NtkProduct(network, batch).multiply(new Float64Array(3))).toThrow(/37 rows/);
    expect(() => new NtkProduct(network, { n: 1, inputs: Float64Array.of(1, NaN, 0, 0, 0, 0) })).toThrow(/finite/);
  });

  it("ends at the eigenvalues of the matrix", () => {
    const product = new NtkProduct(network, batch);
    const { least, largest } = lanczosExtremes((v) => product.multiply(v), product.size);
    const solver = new SymmetricSolver(37);
    solver.matrix.set(finiteNtk(network, batch).kernels[0]);
    const values = solver.eigenvalues();
    expect(Math.abs(least.value / solver.least().value - 1)).toBeLessThan(1e-9);
    expect(Math.abs(largest.value / values[36] - 1)).toBeLessThan(1e-12);
    expect(least.converged && largest.converged).toBe(true);
  });
});
