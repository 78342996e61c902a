import { describe, expect, it } from "vitest";
import { modelPresets } from "../../../src/arch/architecture.js";
import { layeredGraph, shapedNodes, type GraphArchitecture } from "../../../src/arch/graph.js";
import { gradientGraph } from "../../../src/kernels/finite/gradient.js";
import { lower } from "../../../src/kernels/finite/lower.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { drawParameters, initialisations } from "../../../src/kernels/finite/parameters.js";
import { ReferenceRun } from "../../../src/kernels/finite/reference.js";
import { addTapGradient } from "../../../src/kernels/finite/tap-gradient.js";
import { rng } from "../../../src/rng.js";
import { parseGenotype } from "../../../src/spaces/index.js";
import { everyOperator, referenceOperators } from "../../support/every-operator.js";
import { relativeError } from "../../support/finite-golden.js";
import { everyActivation } from "../../support/matrices.js";

describe("reverse mode against central differences", () => {
  const modes = ["instance", "coupled", "eval"] as const;
  it.each(modes.flatMap((bn) => [everyOperator, referenceOperators].map((network, k) => [bn, k, network] as const)))(
    "every operator, bn %s, network %i, every parameter",
    (bn, _, network) => {
      const generator = rng("differences");
      const n = 3;
      const inputs = Float64Array.from({ length: n * 40 }, () => generator.normal());
      const graph = gradientGraph(lower(network));
      const parameters = drawParameters(graph, "pytorch", 1, 0);
      const weights = Float64Array.from({ length: n * 2 }, () => generator.normal());
      const objective = (values: readonly Float64Array[]): number =>
        new ReferenceRun(graph, inputs, n, values, bn)
          .forward()
          .reduce((sum, output, at) => sum + weights[at] * output, 0);

      const run = new ReferenceRun(graph, inputs, n, parameters, bn);
      run.forward();
      run.backward(weights);
      let checked = 0;
      graph.parameters.forEach((parameter, index) => {
        const gradient = parameterGradient(run, index);
        const added = new Float64Array(gradient.length);
        addTapGradient(
          run,
          graph.taps.find((tap) => tap.parameter === index)!,
          added,
        );
        expect(relativeError(added, Array.from(gradient))).toBeLessThan(1e-12);
        for (const k of [0, Math.floor(gradient.length / 2), gradient.length - 1]) {
          const step = 1e-5;
          const moved = (by: number): Float64Array[] =>
            parameters.map((values, p) =>
              p === index ? values.map((value, at) => (at === k ? value + by : value)) : values,
            );
          const difference = (objective(moved(step)) - objective(moved(-step))) / (2 * step);
          expect(Math.abs(gradient[k] - difference), `${parameter.name}[${k}]`).toBeLessThan(
            1e-7 * Math.max(1, Math.abs(difference)),
          );
          checked++;
        }
      });
      expect(checked).toBeGreaterThan(20);
    },
  );
});

/** Gradient of one parameter from its tap, by the definition. */
function parameterGradient(run: ReferenceRun, parameter: number): Float64Array {
  const { graph, n } = run;
  const tap = graph.taps.find((item) => item.parameter === parameter)!;
  const back = run.value(tap.cotangent);
  const { shape } = graph.parameters[parameter];
  const gradient = new Float64Array(shape.reduce((product, size) => product * size, 1));
  const area = back.length / n / shape[0];
  if (tap.kind === "bias" || tap.kind === "gain") {
    back.forEach(
      (value, at) =>
        (gradient[Math.floor(at / area) % shape[0]] += value * (tap.kind === "gain" ? run.value(tap.x)[at] : 1)),
    );
    return gradient;
  }
  const x = run.value(tap.x);
  const input = graph.nodes[tap.x].shape;
  if (tap.kind === "dense") {
    for (let i = 0; i < n; i++)
      for (let o = 0; o < shape[0]; o++)
        for (let k = 0; k < shape[1]; k++) gradient[o * shape[1] + k] += back[i * shape[0] + o] * x[i * shape[1] + k];
    return gradient;
  }
  const [rows, columns] = graph.nodes[tap.cotangent].shape.slice(1);
  const [, height, width] = input;
  const channels = input[0] / tap.groups;
  gradient.forEach((_, at) => {
    const kx = at % tap.kernel;
    const ky = Math.floor(at / tap.kernel) % tap.kernel;
    const c = Math.floor(at / tap.kernel ** 2) % channels;
    const o = Math.floor(at / tap.kernel ** 2 / channels);
    for (let i = 0; i < n; i++)
      for (let oy = 0; oy < rows; oy++)
        for (let ox = 0; ox < columns; ox++) {
          const [y, xx] = [oy * tap.stride - tap.padding + ky, ox * tap.stride - tap.padding + kx];
          if (y < 0 || y >= height || xx < 0 || xx >= width) continue;
          gradient[at] +=
            back[((i * shape[0] + o) * rows + oy) * columns + ox] *
            x[((i * input[0] + Math.floor(o / (shape[0] / tap.groups)) * channels + c) * height + y) * width + xx];
        }
  });
  return gradient;
}

describe("bad graphs and inputs name the node", () => {
  const net = (nodes: GraphArchitecture["nodes"], output = nodes[nodes.length - 1].id): GraphArchitecture => ({
    kind: "graph",
    input: [3, 4, 4],
    nodes,
    output,
  });
  it.each([
    [
      net([
        { id: "a", op: "add", from: ["b"] },
        { id: "b", op: "scale", from: ["a"], factor: 1 },
      ]),
      /cycle: b -> a -> b/,
    ],
    [net([{ id: "a", op: "scale", from: ["nowhere"], factor: 1 }]), /"a" reads "nowhere"/],
    [
      net([{ id: "a", op: "dense", from: ["input"], units: 2 }]),
      /"a" \(dense\): expected a vector, got shape \[3, 4, 4\]/,
    ],
    [net([{ id: "a", op: "conv", from: ["input"], channels: 2, kernel: 7 }]), /"a" \(conv\).*at least 7 pixels/],
    [
      net([
        { id: "a", op: "globalAverage", from: ["input"] },
        { id: "b", op: "add", from: ["a", "input"] },
      ]),
      /"b" \(add\).*\[3\] and \[3, 4, 4\]/,
    ],
    [
      net([
        { id: "a", op: "flatten", from: ["input"] },
        { id: "a", op: "flatten", from: ["input"] },
      ]),
      /"a" twice/,
    ],
    [net([{ id: "a", op: "activation", from: ["input"], activation: "rleu" }]), /rleu/],
    [net([{ id: "a", op: "conv", from: ["input"], channels: 0, kernel: 1 }]), /channels of at least 1/],
  ])("%#", (graph, message) => {
    expect(() => shapedNodes(graph)).toThrow(message);
  });

  const mlp = layeredGraph(parseGenotype("relu-relu"), modelPresets.he, 3, 8, 2);
  it.each([
    ["NaN in the batch", { n: 1, inputs: Float64Array.of(1, NaN, 0) }, {}, /finite numbers/],
    ["a batch of another size", { n: 2, inputs: new Float64Array(5) }, {}, /3 numbers a sample, so 6/],
    ["no labels", { n: 1, inputs: Float64Array.of(1, 2, 3) }, { output: "label" }, /needs a class/],
    [
      "a class without an output",
      { n: 1, inputs: Float64Array.of(1, 2, 3), labels: Int32Array.of(2) },
      { output: "label" },
      /Class 2 does not exist/,
    ],
    ["overflow", { n: 1, inputs: Float64Array.of(1e300, 1e300, 1e300) }, { init: "normal" }, /overflows/],
  ] as const)("%s", (_, batch, options, message) => {
    const graph =
      message.source === "overflows"
        ? layeredGraph(parseGenotype("linear-linear-linear"), modelPresets.he, 3, 600, 2)
        : mlp;
    const scaled = message.source === "overflows" ? { ...batch, inputs: batch.inputs.map((x) => x * 1e7) } : batch;
    expect(() => finiteNtk(graph, scaled, options)).toThrow(message);
  });

  it("instance statistics of a single value are refused", () => {
    const graph: GraphArchitecture = {
      kind: "graph",
      input: [4],
      output: "n",
      nodes: [{ id: "n", op: "norm", from: ["input"] }],
    };
    expect(() => finiteNtk(graph, { n: 2, inputs: new Float64Array(8) })).toThrow(/"n".*single value/);
  });

  it("one sample, width 1, a constant output", () => {
    const narrow = layeredGraph(parseGenotype("relu+tanh"), modelPresets.he, 2, 1);
    expect(finiteNtk(narrow, { n: 1, inputs: Float64Array.of(1, 2) }).kernels[0][0]).toBeGreaterThanOrEqual(0);
    const constant: GraphArchitecture = {
      kind: "graph",
      input: [2],
      output: "d",
      nodes: [
        { id: "z", op: "zero", from: ["input"] },
        { id: "d", op: "dense", from: ["z"], units: 1 },
      ],
    };
    expect(Array.from(finiteNtk(constant, { n: 2, inputs: new Float64Array(4) }).kernels[0])).toEqual([0, 0, 0, 0]);
  });
});

describe("initialisation", () => {
  it.each(initialisations)("%s is keyed by seed, draw and name, with the variance it says", (init) => {
    const graph = lower(layeredGraph(parseGenotype(everyActivation.slice(0, 3).join("-")), modelPresets.he, 50, 200));
    const [first] = drawParameters(graph, init, 3, 0);
    expect(drawParameters(graph, init, 3, 0)[0]).toEqual(first);
    expect(drawParameters(graph, init, 3, 1)[0]).not.toEqual(first);
    const hidden = drawParameters(graph, init, 3, 0)[1];
    const variance = hidden.reduce((sum, w) => sum + w * w, 0) / hidden.length;
    const expected = { ntk: 2 / 200, paper: 2 / 200, kaiming: 2 / 200, pytorch: 1 / (3 * 200), normal: 1 }[init];
    expect(variance / expected).toBeCloseTo(1, 1);
  });
});
