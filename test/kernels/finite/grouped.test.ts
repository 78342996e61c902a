import { describe, expect, it } from "vitest";
import type { GraphArchitecture } from "../../../src/arch/graph.js";
import { CompiledNtk, type CompiledOptions } from "../../../src/kernels/finite/compiled-ntk.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { NetworkPass } from "../../../src/kernels/finite/pass.js";
import { drawParameters } from "../../../src/kernels/finite/parameters.js";
import { TrainableNetwork } from "../../../src/kernels/finite/trainable.js";
import { rng } from "../../../src/rng.js";
import { relativeError } from "../../support/finite-golden.js";

const n = 3;

/** Tolerances of compiled.test.ts. */
const engines = [
  { engine: referenceEngine, tolerance: 2e-8 },
  { engine: wasmEngine, tolerance: 1e-6 },
  ...(nativeKernels().engines ?? []).map((engine) => ({ engine, tolerance: 1e-6 })),
];

interface Shape {
  readonly channels: number;
  readonly groups: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
}

/** A convolution of groups with its bias, a norm of its activation, and a depthwise one around which a skip goes. */
const network = ({ channels, groups, out, kernel, stride }: Shape, activation = "tanh"): GraphArchitecture => ({
  kind: "graph",
  input: [2, 5, 4],
  output: "o",
  nodes: [
    { id: "a", op: "conv", from: ["input"], channels, kernel: 3, padding: 1 },
    { id: "b", op: "activation", from: ["a"], activation },
    { id: "c", op: "conv", from: ["b"], channels: out, kernel, stride, padding: kernel >> 1, groups, bias: true },
    { id: "r", op: "activation", from: ["c"], activation },
    { id: "d", op: "norm", from: ["r"] },
    { id: "e", op: "conv", from: ["d"], channels: out, kernel: 3, padding: 1, groups: out },
    { id: "f", op: "add", from: ["d", "e"] },
    { id: "h", op: "activation", from: ["f"], activation },
    { id: "g", op: "globalAverage", from: ["h"] },
    { id: "o", op: "dense", from: ["g"], units: 2 },
  ],
});

const shapes: readonly Shape[] = [
  { channels: 5, groups: 5, out: 5, kernel: 3, stride: 1 },
  { channels: 18, groups: 18, out: 36, kernel: 3, stride: 2 },
  { channels: 20, groups: 4, out: 40, kernel: 1, stride: 1 },
  { channels: 32, groups: 2, out: 64, kernel: 2, stride: 2 },
];

const generator = rng("grouped");
const inputs = Float64Array.from({ length: n * 40 }, () => generator.normal());
const batch = { n, inputs, labels: Int32Array.of(0, 1, 1) };

const modes = ["instance", "frozen", "coupled", "eval"] as const;
const cases: readonly (readonly [string, CompiledOptions])[] = [
  ...modes.map((bn) => ["tanh", { bn, params: "all" }] as const),
  ["relu", { bn: "frozen", output: "label" }],
  ["relu", { bn: "coupled", output: "trace" }],
  ["tanh", { output: "full", params: "all" }],
];
/** The reference runs once for all engines. */
const expectations = new Map(
  shapes.map((shape) => [
    shape,
    cases.map(([activation, option]) => {
      const graph = network(shape, activation);
      return { graph, option, expected: finiteNtk(graph, batch, { ...option, init: "pytorch" }) };
    }),
  ]),
);

describe.each(engines.map((item) => [item.engine.name, item] as const))(
  "convolutions of groups on %s against the reference",
  (_, { engine, tolerance }) => {
    it.each(shapes)("$channels channels in $groups groups to $out, kernel $kernel, stride $stride", (shape) => {
      for (const { graph, option, expected } of expectations.get(shape)!) {
        const compiled = new CompiledNtk(graph, n, engine, { ...option, threads: 2 }).kernel(batch, {
          init: "pytorch",
        });
        const message = JSON.stringify(option);
        // The float64 interpreter runs the same programs. Outputs behind instance norms nearly cancel (by as much with one
        // group), and float32 loses up to 3.3e-6 behind ReLUs and statistics of three images.
        expect(relativeError(compiled.outputs, Array.from(expected.outputs)), message).toBeLessThan(5 * tolerance);
        expect(relativeError(compiled.kernels[0], Array.from(expected.kernels[0])), message).toBeLessThan(
          5 * tolerance,
        );
        expect(compiled.parts.map(({ parameter }) => parameter)).toEqual(
          expected.parts.map(({ parameter }) => parameter),
        );
      }
    });
  },
);

describe.each(engines.map((item) => [item.engine.name, item] as const))(
  "gradients of convolutions of groups on %s against the reference",
  (_, { engine, tolerance }) => {
    const cotangent = Float64Array.of(1, -2, 0.5, 0.3, -1, 2);

    it.each(shapes)("$channels channels in $groups groups to $out: in a pass and in a training", (shape) => {
      const graph = network(shape);
      const [pass, expected] = [engine, undefined].map((of) => new NetworkPass(graph, n, { engine: of }));
      const trainable = new TrainableNetwork(graph, n, { engine });
      const parameters = drawParameters(expected.graph, "pytorch", 1, 0);
      for (const each of [pass, expected]) {
        each.forward(inputs, parameters);
        each.backward(cotangent);
      }
      trainable.setParameters(parameters);
      trainable.train(inputs, n);
      trainable.backward(cotangent);
      const trained = trainable.gradients();
      expected.graph.parameters.forEach(({ name }, p) => {
        const gradient = Array.from(expected.gradient(p));
        expect(relativeError(pass.gradient(p), gradient), name).toBeLessThan(30 * tolerance);
        expect(relativeError(trained[p], gradient), name).toBeLessThan(30 * tolerance);
      });
      // A step changes what the programs multiply with as it changes the values that are read.
      trainable.descend({ kind: "momentum", rate: 0.1, decay: 0, momentum: 0, nesterov: false }, [
        new Float32Array(trainable.size),
        new Float32Array(trainable.size),
      ]);
      const moved = trainable.parameters();
      moved.forEach((values, p) => {
        const stepped = parameters[p].map((value, k) => value - 0.1 * trained[p][k]);
        expect(relativeError(values, Array.from(stepped)), `step ${p}`).toBeLessThan(1e-6);
      });
      const outputs = expected.forward(inputs, moved);
      expect(relativeError(trainable.train(inputs, n), Array.from(outputs))).toBeLessThan(10 * tolerance);
    });
  },
);
