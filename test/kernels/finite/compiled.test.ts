import { describe, expect, it } from "vitest";
import type { GraphArchitecture } from "../../../src/arch/graph.js";
import { modelPresets } from "../../../src/arch/architecture.js";
import { layeredGraph } from "../../../src/arch/graph.js";
import { CompiledNtk, type CompiledOptions } from "../../../src/kernels/finite/compiled-ntk.js";
import { EngineMemory } from "../../../src/kernels/finite/engine/memory.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { parseGenotype } from "../../../src/spaces/index.js";
import { batchOf, classBlock, golden, goldenParameters, relativeError } from "../../support/finite-golden.js";
import { spherePoints } from "../../support/matrices.js";

// float32 engines: 1e-6 of the largest entry; the float64 interpreter still has slopes and epsilons rounded to float32.
const engines = [
  { engine: referenceEngine, tolerance: 2e-8 },
  { engine: wasmEngine, tolerance: 1e-6 },
  ...(nativeKernels().engines ?? []).map((engine) => ({ engine, tolerance: 1e-6 })),
];

describe.each(engines.map((item) => [item.engine.name, item] as const))(
  "compiled networks on %s against PyTorch float64",
  (_, { engine, tolerance }) => {
    const memory = new EngineMemory(engine);

    const compiled = golden.referenceCases.filter(({ graph }) => !graph.nodes.some(({ op }) => op === "concat"));
    it.each([...golden.cases, ...compiled].map((item) => [item.name, item] as const))(
      "%s: every BN mode and functional",
      (__, item) => {
        for (const bn of ["instance", "frozen", "coupled", "eval"] as const) {
          const reference = item.kernels[bn];
          const kernel = (options: CompiledOptions) =>
            new CompiledNtk(item.graph, golden.samples, engine, { bn, memory, ...options }).kernel(batchOf(item), {
              parameters: goldenParameters,
            });
          const sum = kernel({ output: "sum", threads: 2 });
          expect(relativeError(sum.outputs, reference.outputs), bn).toBeLessThan(tolerance);
          expect(relativeError(sum.kernels[0], reference.sum), bn).toBeLessThan(tolerance);
          expect(relativeError(kernel({ params: "all" }).kernels[0], reference.sumAll), bn).toBeLessThan(tolerance);
          expect(
            relativeError(kernel({ parameterisation: "standard" }).kernels[0], reference.sumStandard),
            bn,
          ).toBeLessThan(tolerance);
          expect(relativeError(kernel({ output: "label" }).kernels[0], reference.label), bn).toBeLessThan(tolerance);
          const full = kernel({ output: "full", threads: 2 });
          expect(full.size).toBe(golden.samples * golden.classes);
          expect(relativeError(full.kernels[0], reference.full), `${bn} full`).toBeLessThan(tolerance);
          expect(relativeError(full.outputs, reference.outputs), bn).toBeLessThan(tolerance);
          const parts = full.parts.reduce(
            (total, { kernel: part }) => total.map((value, at) => value + part[at]),
            new Float64Array(full.size ** 2),
          );
          expect(relativeError(parts, reference.full), `${bn} full`).toBeLessThan(tolerance);
          kernel({ output: "each" }).kernels.forEach((values, c) => {
            expect(relativeError(values, classBlock(reference.full, c)), `${bn} class ${c}`).toBeLessThan(tolerance);
          });
        }
      },
    );

    it("gives the same bytes for the same draw, again and after another one", () => {
      const rows = spherePoints(9, 5, "draws");
      const network = new CompiledNtk(layeredGraph(parseGenotype("relu+tanh-gelu"), modelPresets.he, 5, 33), 9, engine);
      const first = network.kernel(rows, { draw: 0 }).kernels[0].slice();
      expect(network.kernel(rows, { draw: 1 }).kernels[0]).not.toEqual(first);
      expect(network.kernel(rows, { draw: 0 }).kernels[0]).toEqual(first);
      const reference = finiteNtk(layeredGraph(parseGenotype("relu+tanh-gelu"), modelPresets.he, 5, 33), rows, {
        draw: 0,
      });
      expect(relativeError(first, Array.from(reference.kernels[0]))).toBeLessThan(tolerance);
      expect(network.kernel(rows).parts.map(({ parameter }) => parameter)).toEqual([
        "g1.weight",
        "g2.weight",
        "g3.weight",
        "out.weight",
      ]);
    });
  },
);

describe("a norm of what reverse mode reads again", () => {
  // In place it would change the signs that are the slopes of a ReLU, or the tensor that a flatten shares.
  const network = (between: GraphArchitecture["nodes"]): GraphArchitecture => ({
    kind: "graph",
    input: [2, 4, 4],
    output: "o",
    nodes: [
      { id: "a", op: "conv", from: ["input"], channels: 3, kernel: 4 },
      ...between,
      { id: "t", op: "activation", from: ["n"], activation: "tanh" },
      { id: "o", op: "dense", from: ["t"], units: 2 },
    ],
  });
  const networks = {
    "a ReLU": network([
      { id: "r", op: "activation", from: ["a"], activation: "relu" },
      { id: "f", op: "flatten", from: ["r"] },
      { id: "s", op: "add", from: ["f"] },
      { id: "n", op: "norm", from: ["s"] },
    ]),
    "a flattened image": network([
      { id: "f", op: "flatten", from: ["a"] },
      { id: "n", op: "norm", from: ["f"] },
    ]),
  };

  it.each(Object.entries(networks))("%s", (_, graph) => {
    const rows = spherePoints(5, 32, "kept");
    for (const bn of ["frozen", "coupled"] as const) {
      const expected = finiteNtk(graph, rows, { bn, params: "all" }).kernels[0];
      for (const { engine, tolerance } of engines) {
        const { kernels } = new CompiledNtk(graph, rows.n, engine, { bn, params: "all" }).kernel(rows);
        expect(relativeError(kernels[0], Array.from(expected)), `${engine.name} ${bn}`).toBeLessThan(tolerance);
      }
    }
  });
});

describe("memory that networks share", () => {
  it.each(engines.map(({ engine }) => [engine.name, engine] as const))(
    "on %s starts clean for each, whatever was left in it",
    (_, engine) => {
      const memory = new EngineMemory(engine);
      memory.take(400_000, {}).arena.values.fill(NaN);
      const items = golden.cases.map((item, index) => ({
        item,
        alone: new CompiledNtk(item.graph, golden.samples, engine),
        shared: new CompiledNtk(item.graph, golden.samples, engine, { memory, threads: 1 + (index % 2) }),
      }));
      for (const { item, alone, shared } of [...items, ...items.reverse()]) {
        const kernel = (network: CompiledNtk) => network.kernel(batchOf(item), { parameters: goldenParameters });
        const expected = kernel(alone).kernels[0];
        expect(relativeError(kernel(shared).kernels[0], Array.from(expected)), item.name).toBeLessThan(1e-10);
      }
    },
  );
});

describe("threads", () => {
  it.each(engines.map(({ engine }) => [engine.name, engine] as const))(
    "on %s change no kernel that is made sample by sample or pass by pass, and no other by 1e-10",
    (_, engine) => {
      const item = golden.cases.find(({ name }) => name === "cell, every operator")!;
      for (const bn of ["instance", "eval", "frozen", "coupled"] as const) {
        const [one, three] = [1, 3].map((threads) => {
          const network = new CompiledNtk(item.graph, golden.samples, engine, { bn, threads });
          return network.kernel(batchOf(item), { parameters: goldenParameters }).kernels[0];
        });
        if (bn === "instance" || bn === "eval") expect(three, bn).toEqual(one);
        expect(relativeError(three, Array.from(one)), bn).toBeLessThan(1e-10);
      }
    },
  );
});

describe("compiled networks", () => {
  const tiny: GraphArchitecture = {
    kind: "graph",
    input: [2],
    output: "d",
    nodes: [{ id: "d", op: "dense", from: ["input"], units: 1 }],
  };

  it("refuse what nobody can run, and batches of another size", () => {
    const norm: GraphArchitecture = {
      kind: "graph",
      input: [4],
      output: "n",
      nodes: [{ id: "n", op: "norm", from: ["input"] }],
    };
    expect(() => new CompiledNtk(norm, 2, wasmEngine)).toThrow(/Node "n": a single value/);
    const network = new CompiledNtk(tiny, 2, wasmEngine);
    expect(() => network.kernel({ n: 3, inputs: new Float64Array(6) })).toThrow(/compiled for 2 samples; got 3/);
    expect(() => network.kernel({ n: 2, inputs: Float64Array.of(1, NaN, 0, 0) })).toThrow(/finite numbers/);
    expect(() => network.kernel({ n: 2, inputs: Float64Array.of(1e30, 1e30, 0, 0) }, { init: "normal" })).toThrow(
      /"d.weight" overflows float32/,
    );
  });

  it("share memory between tensors that are never alive together", () => {
    const deep = (layers: number) =>
      new CompiledNtk(
        layeredGraph(parseGenotype(Array(layers).fill("tanh").join("-")), modelPresets.he, 16, 64),
        1,
        referenceEngine,
      ).network.stride;
    const perLayer = (deep(24) - deep(12)) / 12;
    expect(perLayer).toBeLessThan(4 * 64);
  });
});
