import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cellNetwork } from "../../../src/arch/cells.js";
import type { GraphArchitecture } from "../../../src/arch/graph.js";
import { referenceEngine } from "../../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import { crossEntropy } from "../../../src/kernels/finite/loss.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { NetworkPass } from "../../../src/kernels/finite/pass.js";
import { netImages, netParameters, uniform } from "../../support/cell-golden.js";
import { relativeError } from "../../support/finite-golden.js";
import { trainNets } from "../../support/train-golden.js";

type Probe = [first: number, norm: number, product: number];
interface Case {
  readonly name: string;
  readonly n: number;
  readonly ops?: string[];
  readonly labels: number[];
  readonly loss: number;
  readonly outputs: number[];
  readonly gradients: Record<string, Probe>;
  readonly values: Record<string, Probe>;
  readonly cotangents: Record<string, Probe>;
  readonly input: Probe;
}

/** Made by test/golden/pass.py: PyTorch, float64, train mode. */
const { cases } = JSON.parse(readFileSync(new URL("../../golden/pass.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const mlp = trainNets.mlp.graph;

const everyNode = (graph: GraphArchitecture): string[] => ["input", ...graph.nodes.map(({ id }) => id)];
const networkOf = (item: Case): GraphArchitecture =>
  item.ops === undefined ? mlp : cellNetwork(item.ops, { channels: 4, cells: 1, imageSize: 8 });
const inputsOf = (item: Case): Float64Array =>
  item.ops === undefined ? uniform("rows", item.n * 6).map((u) => 2 * u) : netImages("images", item.n, 8);

function probe(name: string, values: Float64Array): Probe {
  const random = uniform(name, values.length);
  const product = values.reduce((sum, value, at) => sum + value * random[at], 0);
  return [values[0], Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0)), product];
}

// float32: of the gradient's norm, or of 0.01 where it is less (batch statistics remove what a shift before them adds).
const engines = [
  { name: "float64 reference", engine: undefined, tolerance: 1e-10 },
  { name: "interpreter", engine: referenceEngine, tolerance: 1e-7 },
  { name: "wasm", engine: wasmEngine, tolerance: 3e-5 },
  ...(nativeKernels().engines ?? []).map((engine) => ({ name: engine.name, engine, tolerance: 3e-5 })),
];

describe.each(engines)("one pass on $name against PyTorch float64 in train mode", ({ engine, tolerance }) => {
  const near = (actual: Probe, expected: Probe, what: string): void => {
    const scale = Math.max(expected[1], 1e-2);
    actual.forEach((value, k) => {
      expect(Math.abs(value - expected[k]) / scale, `${what} ${k}`).toBeLessThan(tolerance);
    });
  };

  it.each(cases.map((item) => [item.name, item] as const))(
    "%s: every gradient, values, cotangents, the data's",
    (_, item) => {
      const network = networkOf(item);
      const pass = new NetworkPass(network, item.n, { engine, read: ["input", ...Object.keys(item.values)] });
      const outputs = pass.forward(inputsOf(item), pass.graph.parameters.map(netParameters));
      expect(relativeError(outputs, item.outputs)).toBeLessThan(tolerance);
      const { loss, cotangent } = crossEntropy(outputs, Int32Array.from(item.labels), item.n);
      expect(Math.abs(loss - item.loss)).toBeLessThan(3 * tolerance);
      pass.backward(cotangent.map((value) => -2 * value));
      pass.backward(cotangent);
      pass.graph.parameters.forEach(({ name }, index) => {
        near(probe(name, pass.gradient(index)), item.gradients[name], name);
      });
      expect(pass.graph.parameters.map(({ name }) => name).sort()).toEqual(Object.keys(item.gradients).sort());
      for (const id of Object.keys(item.values)) {
        near(probe(id, pass.value(id)), item.values[id], `value of ${id}`);
        near(probe(id, pass.cotangent(id)), item.cotangents[id], `cotangent of ${id}`);
      }
      near(probe("input", pass.inputGradient()), item.input, "input");
    },
  );
});

/** Largest difference, of the largest value or of 0.01. */
const difference = (values: Float64Array, reference: Float64Array): number =>
  values.reduce((worst, value, at) => Math.max(worst, Math.abs(value - reference[at])), 0) /
  reference.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);

describe("one pass", () => {
  // Equal ReLUs, a sum of one term that passes another node on, zeros: what compilation shares must not show.
  const network = cellNetwork(["conv3", "conv1", "none", "none", "skip", "skip"], {
    channels: 4,
    cells: 1,
    imageSize: 8,
  });

  it.each(["coupled", "instance", "frozen", "eval"] as const)(
    "bn %s: compiled and reference agree on everything, whatever is read",
    (bn) => {
      const inputs = netImages("other images", 5, 8);
      const cotangent = uniform("cotangent", 50);
      const read = everyNode(network);
      const reference = new NetworkPass(network, 5, { bn, read });
      const parameters = reference.graph.parameters.map(netParameters);
      const outputs = reference.forward(inputs, parameters);
      reference.backward(cotangent);
      for (const kept of [read, ["input", "stage1.cell0.2"], []]) {
        const pass = new NetworkPass(network, 5, { bn, read: kept, engine: referenceEngine });
        for (let again = 0; again < 2; again++) {
          expect(relativeError(pass.forward(inputs, parameters), [...outputs])).toBeLessThan(1e-6);
          pass.backward(uniform("something else", 50));
          pass.backward(cotangent);
          pass.graph.parameters.forEach(({ name }, index) => {
            expect(difference(pass.gradient(index), reference.gradient(index)), name).toBeLessThan(1e-6);
          });
          for (const id of kept) {
            expect(difference(pass.value(id), reference.value(id)), id).toBeLessThan(1e-6);
            expect(difference(pass.saliency(id), reference.saliency(id)), id).toBeLessThan(1e-6);
            expect(difference(pass.cotangent(id), reference.cotangent(id)), `d ${id}`).toBeLessThan(1e-6);
          }
        }
      }
    },
  );

  it("sums what each sample adds to a gradient into a kernel, which is the NTK where samples are independent", () => {
    const inputs = netImages("images", 3, 8);
    const labels = Int32Array.of(3, 0, 7);
    const cotangent = new Float64Array(30).map((_, at) => (at % 10 === labels[Math.floor(at / 10)] ? 1 : 0));
    const options = {
      bn: "instance",
      output: "label",
      parameterisation: "standard",
      parameters: netParameters,
    } as const;
    const [kernel] = finiteNtk(network, { n: 3, inputs, labels }, options).kernels;
    for (const engine of [undefined, referenceEngine]) {
      const pass = new NetworkPass(network, 3, { engine, bn: "instance" });
      pass.forward(inputs, pass.graph.parameters.map(netParameters));
      const gram = pass.sampleGram(cotangent, ({ kind }) => kind === "weight" || kind === "gain");
      expect(relativeError(gram, [...kernel])).toBeLessThan(engine === undefined ? 1e-12 : 1e-7);
    }
  });

  it("has the same values and gradients with held slopes, and none by what holds them", () => {
    const inputs = netImages("images", 4, 8);
    const cotangent = uniform("cotangent", 40);
    const plain = new NetworkPass(network, 4);
    const parameters = plain.graph.parameters.map(netParameters);
    const outputs = plain.forward(inputs, parameters);
    plain.backward(cotangent);
    for (const engine of [undefined, referenceEngine, wasmEngine]) {
      const held = new NetworkPass(network, 4, { engine, hold: true });
      expect(relativeError(held.forward(inputs, [...parameters, ...parameters]), [...outputs])).toBeLessThan(1e-5);
      held.backward(cotangent);
      parameters.forEach((values, index) => {
        expect(difference(held.gradient(index), plain.gradient(index))).toBeLessThan(
          engine === wasmEngine ? 3e-5 : 1e-6,
        );
        expect(held.gradient(parameters.length + index)).toEqual(new Float64Array(values.length));
      });
    }
  });

  it("has zero gradients where the output does not depend on a parameter", () => {
    const dead = cellNetwork(["conv3", "none", "none", "none", "none", "none"], {
      channels: 4,
      cells: 1,
      imageSize: 8,
    });
    for (const engine of [undefined, wasmEngine]) {
      const pass = new NetworkPass(dead, 2, { engine, read: ["input", "stage0.cell0.0-1.norm"] });
      const outputs = pass.forward(netImages("dead", 2, 8), pass.graph.parameters.map(netParameters));
      expect(outputs.slice(0, 10)).toEqual(outputs.slice(10));
      pass.backward(new Float64Array(20).fill(1));
      const live = pass.graph.parameters.filter((_, index) => pass.gradient(index).some((value) => value !== 0));
      expect(live.map(({ name }) => name)).toContain("out.weight");
      expect(live.map(({ name }) => name)).not.toContain("stem.conv.weight");
      expect(pass.inputGradient()).toEqual(new Float64Array(2 * 192));
      expect(pass.cotangent("stage0.cell0.0-1.norm").every((value) => value === 0)).toBe(true);
    }
  });

  it("says what is wrong: order of calls, nodes that were not kept or do not exist, sizes, overflow", () => {
    const pass = new NetworkPass(network, 2, { read: ["last.relu"] });
    const parameters = pass.graph.parameters.map(netParameters);
    expect(() => {
      pass.backward(new Float64Array(20));
    }).toThrow(/backward needs forward/);
    expect(() => pass.value("last.relu")).toThrow(/needs forward/);
    expect(() => pass.forward(new Float64Array(5), parameters)).toThrow(/so 384 for 2 samples; got 5/);
    pass.forward(netImages("a", 2, 8), parameters);
    expect(() => pass.gradient(0)).toThrow(/gradient needs backward/);
    expect(() => pass.value("pool")).toThrow(/"pool" was not kept/);
    expect(() => pass.inputGradient()).toThrow(/"input" was not kept/);
    expect(() => new NetworkPass(network, 2, { read: ["nowhere"] })).toThrow(/no node "nowhere"/);
    const large = new NetworkPass(network, 2, { engine: wasmEngine, bn: "eval" });
    const huge = parameters.map((values) => values.map((value) => value * 1e12));
    expect(() => large.forward(netImages("a", 2, 8), huge)).toThrow(/overflows/);
  });
});
