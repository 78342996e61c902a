import { describe, expect, it } from "vitest";
import { graphOps, shapedNodes, type GraphArchitecture } from "../../../src/arch/graph.js";
import { NotCompiled } from "../../../src/kernels/finite/compile/not-compiled.js";
import { CompiledNtk } from "../../../src/kernels/finite/compiled-ntk.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { opcodes } from "../../../src/kernels/finite/engine/program.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { NetworkPass } from "../../../src/kernels/finite/pass.js";
import { rng } from "../../../src/rng.js";
import { cases } from "../../support/engine-cases.js";
import { everyOperator, referenceOperators } from "../../support/every-operator.js";
import { golden, relativeError } from "../../support/finite-golden.js";

const opsOf = (...graphs: readonly GraphArchitecture[]): string[] =>
  [...new Set(graphs.flatMap(({ nodes }) => nodes.map(({ op }) => op)))].sort();

describe("every operator of a graph", () => {
  const all = [...graphOps].sort();

  it("is in the network of the finite differences and in the golden networks", () => {
    expect(opsOf(everyOperator, referenceOperators)).toEqual(all);
    expect(opsOf(...[...golden.cases, ...golden.referenceCases].map(({ graph }) => graph))).toEqual(all);
  });

  it.each(["instance", "frozen", "coupled", "eval"] as const)("is lowered, reversed and compiled, bn %s", (bn) => {
    const n = 3;
    const generator = rng("operators");
    const inputs = Float64Array.from({ length: n * 40 }, () => generator.normal());
    const options = { bn, params: "all", init: "pytorch" } as const;
    const reference = finiteNtk(everyOperator, { n, inputs }, options);
    const compiled = new CompiledNtk(everyOperator, n, wasmEngine, options).kernel({ n, inputs }, options);
    expect(reference.parts.map(({ parameter }) => parameter)).toHaveLength(8);
    expect(relativeError(compiled.kernels[0], Array.from(reference.kernels[0]))).toBeLessThan(1e-6);
  });
});

describe("operators of the reference alone", () => {
  const net = (nodes: GraphArchitecture["nodes"]): GraphArchitecture => ({
    kind: "graph",
    input: [4, 3, 3],
    nodes,
    output: nodes[nodes.length - 1].id,
  });

  const notCompiled = golden.referenceCases.filter(({ graph }) => opsOf(graph).includes("concat"));
  it.each(notCompiled.map(({ name, graph }) => [name, graph] as const))("%s: not compiled", (_, graph) => {
    expect(() => new CompiledNtk(graph, 3, wasmEngine)).toThrow(NotCompiled);
  });

  it.each([
    [[{ id: "a", op: "conv", from: ["input"], channels: 6, kernel: 1, groups: 4 }], /"a" \(conv\).*4 groups.*4 to 6/],
    [
      [{ id: "a", op: "conv", from: ["input"], channels: 6, kernel: 1, groups: 0 }],
      /"a" \(conv\).*groups of at least 1/,
    ],
    [[{ id: "a", op: "layerNorm", from: ["input"] }], /"a" \(layerNorm\).*a vector/],
    [
      [
        { id: "p", op: "maxPool", from: ["input"], kernel: 2 },
        { id: "a", op: "concat", from: ["p", "input"] },
      ],
      /"a" \(concat\).*one size/,
    ],
    [[{ id: "a", op: "concat", from: [] }], /"a" \(concat\).*at least one input/],
    [
      [{ id: "a", op: "norm", from: ["input"], running: { mean: [0], variance: [1] } }],
      /"a" \(norm\).*statistics of 4 channels/,
    ],
  ] as const)("wrong ones are named: %#", (nodes, message) => {
    expect(() => shapedNodes(net(nodes))).toThrow(message);
  });

  it("equal weights by groups and by one convolution with zeros between the groups", () => {
    const conv = (groups: number): GraphArchitecture =>
      net([
        { id: "c", op: "conv", from: ["input"], channels: 4, kernel: 3, padding: 1, groups },
        { id: "g", op: "globalAverage", from: ["c"] },
      ]);
    const inputs = Float64Array.from({ length: 72 }, (_, k) => Math.sin(k));
    const own = Float64Array.from({ length: 4 * 2 * 9 }, (_, k) => Math.cos(k * k));
    const whole = new Float64Array(4 * 4 * 9);
    for (let o = 0; o < 4; o++)
      for (let c = 0; c < 2; c++)
        for (let k = 0; k < 9; k++) whole[(o * 4 + (o < 2 ? 0 : 2) + c) * 9 + k] = own[(o * 2 + c) * 9 + k];
    const outputs = (groups: number, weight: Float64Array) =>
      new NetworkPass(conv(groups), 2).forward(inputs, [weight]);
    expect(Array.from(outputs(2, own))).toEqual(Array.from(outputs(1, whole)));
  });
});

describe("every instruction of programs", () => {
  /** Those that take more than an image: tests of their own in engine.test.ts. */
  const alone = ["weightAdd", "rowAdd", "batchSum", "batchSquares", "mix"];

  it("is run on random shapes by every engine", () => {
    expect([...Object.keys(cases), ...alone].sort()).toEqual(Object.keys(opcodes).sort());
  });
});

describe("max pooling", () => {
  type Window = { readonly kernel: number; readonly stride?: number; readonly padding?: number };
  /** A pool of 3 x 4 pixels, flattened, through a dense layer to four outputs. */
  const pooled = (window: Window): GraphArchitecture => ({
    kind: "graph",
    input: [1, 3, 4],
    nodes: [
      { id: "m", op: "maxPool", from: ["input"], ...window },
      { id: "f", op: "flatten", from: ["m"] },
      { id: "d", op: "dense", from: ["f"], units: 4 },
    ],
    output: "d",
  });

  it("has the shape of its windows, and refuses windows of padding alone", () => {
    const shapeOf = (window: Window) => shapedNodes(pooled(window))[0].shape;
    expect(shapeOf({ kernel: 2 })).toEqual([1, 2, 3]);
    expect(shapeOf({ kernel: 3, stride: 2, padding: 1 })).toEqual([1, 2, 2]);
    expect(() => shapeOf({ kernel: 3, padding: 2 })).toThrow(/"m" \(maxPool\).*half the kernel/);
    expect(() => shapeOf({ kernel: 5 })).toThrow(/"m" \(maxPool\).*at least 5 pixels/);
  });

  it.each([undefined, referenceEngine, wasmEngine, ...(nativeKernels().engines ?? [])])(
    "takes the first of equal values, padding never, engine %#",
    (engine) => {
      const pass = new NetworkPass(pooled({ kernel: 3, stride: 2, padding: 1 }), 1, { engine, read: ["input"] });
      const identity = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 1 : 0));
      const image = Float64Array.of(-2, -1, -4, -4, -3, -1, -4, -4, 0, 5, 5, 7);
      expect([...pass.forward(image, [identity])]).toEqual([-1, -1, 5, 7]);
      pass.backward(Float64Array.of(1, 10, 100, 1000));
      expect([...pass.inputGradient()]).toEqual([0, 11, 0, 0, 0, 0, 0, 0, 0, 100, 0, 1000]);
    },
  );
});
