import { describe, expect, it } from "vitest";
import type { GraphArchitecture, GraphNode } from "../../../src/arch/graph.js";
import { cellNetwork } from "../../../src/arch/cells.js";
import { AppError } from "../../../src/errors.js";
import { CompiledNtk } from "../../../src/kernels/finite/compiled-ntk.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { limitedNtk } from "../../../src/kernels/finite/limited-ntk.js";
import { finiteNtk, type FiniteBatch } from "../../../src/kernels/finite/ntk.js";
import { drawParameters } from "../../../src/kernels/finite/parameters.js";
import { NetworkPass } from "../../../src/kernels/finite/pass.js";
import type { BatchNormMode } from "../../../src/kernels/finite/reference.js";
import { finiteScore } from "../../../src/score/finite.js";
import { relativeError } from "../../support/finite-golden.js";
import { appErrorOf as errorOf } from "../../support/app-error.js";

/** Every engine of this machine, and none: the float64 reference. */
const engines = [undefined, referenceEngine, wasmEngine, ...(nativeKernels().engines ?? [])];
const named = engines.map((engine) => [engine?.name ?? "no engine", engine] as const);

const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => Math.sin(1 + 1.7 * i));
const graph = (input: readonly number[], nodes: readonly unknown[], output: string): GraphArchitecture =>
  ({ kind: "graph", input, nodes: nodes as GraphNode[], output }) satisfies GraphArchitecture;
const dense = (id: string, from: string, units: number) => ({ id, op: "dense", from: [from], units });
const scale = (id: string, from: string, factor: number) => ({ id, op: "scale", from: [from], factor });
const mlp = graph([3], [dense("a", "input", 5), dense("o", "a", 2)], "o");

describe.each(named)("bad batches and networks with %s", (_, engine) => {
  const kernelOf = (network: GraphArchitecture, batch: FiniteBatch, bn: BatchNormMode = "instance"): Float64Array =>
    (engine === undefined
      ? finiteNtk(network, batch, { bn, seed: 1 })
      : new CompiledNtk(network, batch.n, engine, { bn }).kernel(batch, { seed: 1 })
    ).kernels[0];
  const ways = (network: GraphArchitecture, batch: FiniteBatch): (() => unknown)[] => [
    () => kernelOf(network, batch),
    () => {
      const pass = new NetworkPass(network, batch.n, { engine });
      return pass.forward(batch.inputs, drawParameters(pass.graph, "ntk", 1, 0));
    },
  ];

  it.each([
    [NaN, 4, "number 2 of sample 2 is NaN"],
    [-Infinity, 6, "number 1 of sample 3 is -Infinity"],
  ])("names the %s in a batch", (value, at, words) => {
    const inputs = numbers(9);
    inputs[at] = value;
    for (const way of ways(mlp, { n: 3, inputs })) {
      expect(errorOf(way)).toMatchObject({ code: "data", message: expect.stringContaining(words) as string });
    }
  });

  it.each([0, 1.5, NaN])("refuses a batch of %s samples", (n) => {
    for (const way of ways(mlp, { n, inputs: new Float64Array(0) }))
      expect(errorOf(way).message).toContain("at least 1");
  });

  it("says how many numbers, weights and classes were expected", () => {
    const inputs = numbers(9);
    for (const way of ways(mlp, { n: 3, inputs: numbers(8) }))
      expect(errorOf(way).message).toContain("so 9 for 3 samples; got 8");
    const pass = new NetworkPass(mlp, 3, { engine });
    expect(errorOf(() => pass.forward(inputs, [])).message).toContain('"a.weight": expected 15 numbers');
    const bad = () => new Float64Array(15).fill(NaN);
    const given = errorOf(() =>
      engine === undefined
        ? finiteNtk(mlp, { n: 3, inputs }, { parameters: () => new Float64Array(2) })
        : new CompiledNtk(mlp, 3, engine).kernel({ n: 3, inputs }, { parameters: () => new Float64Array(2) }),
    );
    expect(given.message).toContain('"a.weight": expected 15 numbers (shape [5, 3]), got 2');
    if (engine === undefined) return;
    const one = graph([3], [dense("a", "input", 5)], "a");
    const notFinite = errorOf(() => new CompiledNtk(one, 3, engine).kernel({ n: 3, inputs }, { parameters: bad }));
    expect(notFinite.message).toContain('"a.weight": expected finite numbers');
    const short = new CompiledNtk(mlp, 3, engine, { output: "label" });
    expect(errorOf(() => short.kernel({ n: 3, inputs, labels: Int32Array.of(0) })).message).toContain(
      "a class for each of 3 samples, got 1",
    );
  });

  it.each([
    ["a cycle", [dense("a", "b", 3), dense("b", "a", 3)], "b", /cycle: b -> a -> b/],
    ["a wrong shape", [dense("a", "input", 3), { id: "g", op: "globalAverage", from: ["a"] }], "g", /Node "g".*\[3\]/],
    [
      "an unknown operator",
      [{ id: "a", op: "dropout", from: ["input"] }],
      "a",
      /Node "a" \(dropout\): expected one of/,
    ],
    [
      "an unknown activation",
      [{ id: "a", op: "activation", activation: "rela", from: ["input"] }],
      "a",
      /Node "a" \(activation\): Unknown activation "rela"/,
    ],
    ["no units", [dense("a", "input", 0)], "a", /Node "a".*at least 1, got 0/],
  ])("names the node of %s", (_what, nodes, output, words) => {
    for (const way of ways(graph([3], nodes, output), { n: 1, inputs: numbers(3) })) {
      expect(errorOf(way)).toMatchObject({ code: "space", message: expect.stringMatching(words) as string });
    }
  });

  it("gives n = 1, one class, width 1 their kernels: squared norms of gradients", () => {
    const narrow = graph([3], [dense("a", "input", 1), dense("o", "a", 1)], "o");
    const inputs = numbers(3);
    const [kernel] = kernelOf(narrow, { n: 1, inputs });
    const parameters = new Map<string, Float64Array>();
    finiteNtk(narrow, { n: 1, inputs }, { parameters: (p) => parameters.get(p.name) ?? new Float64Array(p.shape[1]) });
    const pass = new NetworkPass(narrow, 1, { engine });
    const [w, v] = drawParameters(pass.graph, "ntk", 1, 0);
    // f = v (w x): by w it is v x, by v it is w x; NTK parameterisation weighs them by variance / fan-in, 2/3 and 2.
    const norm = inputs.reduce((sum, x) => sum + x * x, 0);
    const hidden = inputs.reduce((sum, x, i) => sum + x * w[i], 0);
    expect(kernel / ((2 / 3) * v[0] * v[0] * norm + 2 * hidden * hidden)).toBeCloseTo(1, 5);
  });

  it.each(["instance", "frozen", "coupled", "eval"] as const)(
    "runs one channel of 7 x 7 pixels with %s norms",
    (bn) => {
      const odd = graph(
        [1, 7, 7],
        [
          { id: "c", op: "conv", from: ["input"], channels: 1, kernel: 3, padding: 1, stride: 2 },
          { id: "b", op: "norm", from: ["c"] },
          { id: "r", op: "activation", activation: "relu", from: ["b"] },
          { id: "p", op: "averagePool", from: ["r"], kernel: 3, padding: 1, stride: 2 },
          { id: "g", op: "globalAverage", from: ["p"] },
          dense("o", "g", 1),
        ],
        "o",
      );
      for (const n of [1, 2]) {
        const batch = { n, inputs: numbers(49 * n) };
        const expected = finiteNtk(odd, batch, { bn, seed: 1 }).kernels[0];
        expect(relativeError(kernelOf(odd, batch, bn), Array.from(expected))).toBeLessThan(2e-6);
      }
    },
  );

  it("has no instance statistics of one pixel, and says what to do", () => {
    const pixel = graph(
      [1, 1, 1],
      [
        { id: "c", op: "conv", from: ["input"], channels: 1, kernel: 3, padding: 1 },
        { id: "b", op: "norm", from: ["c"] },
        { id: "f", op: "flatten", from: ["b"] },
      ],
      "f",
    );
    const batch = { n: 2, inputs: numbers(2) };
    expect(errorOf(() => kernelOf(pixel, batch))).toMatchObject({
      code: "usage",
      message: expect.stringContaining('Node "b": a single value') as string,
      hint: expect.stringContaining("frozen") as string,
    });
    expect(kernelOf(pixel, batch, "frozen").every(Number.isFinite)).toBe(true);
  });

  it("gives a network with constant outputs the kernel zero, and lambda_min 0", () => {
    const constant = graph(
      [3],
      [dense("a", "input", 4), { id: "z", op: "zero", from: ["a"] }, dense("o", "z", 2)],
      "o",
    );
    const none = cellNetwork(["none", "none", "none", "none", "none", "none"], { channels: 1, cells: 1, imageSize: 8 });
    expect(kernelOf(constant, { n: 2, inputs: numbers(6) })).toEqual(new Float64Array(4));
    expect(kernelOf(none, { n: 2, inputs: numbers(2 * 192) })).toEqual(new Float64Array(4));
    const score = finiteScore(constant, { n: 2, inputs: numbers(6) }, { draws: 2 }, engine && { engine });
    expect([score.lambdaMin.mean, score.trace.mean, score.lambdaMinNormalized.mean]).toEqual([0, 0, 0]);
  });

  it("names the node that overflows, in the numbers of the engine", () => {
    const chain = Array.from({ length: 160 }, (_x, i) => scale(`x${i}`, i === 0 ? "input" : `x${i - 1}`, 1e3));
    const network = graph([3], [...chain, dense("o", "x159", 1)], "o");
    const double = engine === undefined || engine === referenceEngine;
    // 1000^13 is above 3.4e38, 1000^103 above 1.8e308; the inputs are a little below 1.
    for (const way of ways(network, { n: 3, inputs: numbers(9) })) {
      expect(errorOf(way)).toMatchObject({ code: "numeric", details: { node: double ? "x102" : "x12" } });
    }
  });

  it("names the parameter whose gradient overflows while the outputs do not", () => {
    const chain = Array.from({ length: 55 }, (_x, i) => scale(`x${i}`, i === 0 ? "t" : `x${i - 1}`, 1e3));
    const network = graph([3], [scale("t", "input", 1e-30), ...chain, dense("o", "x54", 1)], "o");
    const double = engine === undefined || engine === referenceEngine;
    if (double) {
      // Outputs near 1e135 have gradients whose squares leave float64 once the scale is 1e165.
      const larger = [...chain.slice(0, 53), scale("x53", "x52", 1e30), dense("o", "x53", 1)];
      const large = graph([3], [scale("t", "input", 1e-30), ...larger], "o");
      expect(errorOf(() => kernelOf(large, { n: 2, inputs: numbers(6) }))).toMatchObject({
        code: "numeric",
        details: { parameter: "o.weight" },
      });
      return;
    }
    const small = [scale("t", "input", 1e-30), dense("a", "t", 5), ...chain.slice(0, 20)].map((node) =>
      node.id === "x0" ? { ...node, from: ["a"] } : node,
    );
    const pass = new NetworkPass(graph([3], [...small, dense("o", "x19", 1)], "o"), 2, { engine });
    const outputs = pass.forward(numbers(6), drawParameters(pass.graph, "ntk", 1, 0));
    expect(outputs.every(Number.isFinite)).toBe(true);
    expect(errorOf(() => pass.backward(new Float64Array(2).fill(1)))).toMatchObject({
      code: "numeric",
      details: { parameter: "a.weight" },
    });
    expect(network.nodes).toHaveLength(57);
  });

  it("does not lose a variance that overflows", () => {
    const layers = [
      scale("s", "input", 1e25),
      { id: "b", op: "norm", from: ["s"] },
      { id: "g", op: "flatten", from: ["b"] },
      dense("o", "g", 1),
    ];
    const network = graph([1, 2, 2], layers, "o");
    const batch = { n: 2, inputs: numbers(8) };
    for (const bn of ["instance", "frozen", "coupled"] as const) {
      const expected = finiteNtk(network, batch, { bn, seed: 1 }).kernels[0];
      try {
        expect(relativeError(kernelOf(network, batch, bn), Array.from(expected)), bn).toBeLessThan(1e-5);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        expect(error).toMatchObject({ code: "numeric", details: { node: "b" } });
      }
    }
  });
});

describe("a memory limit that is too small", () => {
  it("says what is needed, in units that can be told apart", () => {
    const whole = errorOf(() => limitedNtk(mlp, 64, referenceEngine, { memory: 100 }));
    expect(whole).toMatchObject({ code: "limit", hint: "Raise the limit." });
    expect(whole.message).toMatch(/All 64 samples need \d[\d.]* \w+, the limit is 100 bytes, and two samples/);
    const cell = cellNetwork(["conv3", "skip", "none", "avg", "conv1", "none"], {
      channels: 3,
      cells: 1,
      imageSize: 8,
    });
    const frozen = errorOf(() => limitedNtk(cell, 64, referenceEngine, { memory: 1e4, bn: "frozen" }));
    expect(frozen.message).toContain("frozen batch statistics need all samples at once");
  });

  it.each(named.slice(1))("%s says what a network needs that no machine has", (_, engine) => {
    expect(errorOf(() => new CompiledNtk(mlp, 1e9, engine!))).toMatchObject({
      code: "limit",
      message: expect.stringMatching(/needs [\d.]+ GiB/) as string,
    });
  });
});
