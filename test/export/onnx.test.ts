import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type * as Ort from "onnxruntime-node";
import { cellNetwork, type GraphArchitecture } from "../../src/index.js";
import { layeredGraph } from "../../src/arch/graph.js";
import { modelPresets, rng, spaces } from "../../src/index.js";
import { exportedNetwork, initialTensors } from "../../src/export/tensors.js";
import { toOnnx } from "../../src/export/onnx.js";
import { inputsOf, referenceOutputs, trainedLike } from "./support.js";

const ort = createRequire(import.meta.url)("onnxruntime-node") as typeof Ort;
const samples = 3;

async function runOnnx(bytes: Uint8Array, graph: GraphArchitecture, inputs: Float64Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const input = new ort.Tensor("float32", Float32Array.from(inputs), [samples, ...graph.input]);
  const { output } = await session.run({ input });
  await session.release();
  return output.data as Float32Array;
}

/** The largest difference of outputs, relative to the largest output. */
async function difference(graph: GraphArchitecture, key: string, trained: boolean): Promise<number> {
  const drawn = initialTensors(graph, "kaiming", 5);
  const tensors = trained ? trainedLike(drawn, key) : drawn;
  const inputs = inputsOf(graph, samples, key);
  const found = await runOnnx(toOnnx(exportedNetwork(graph, tensors), { version: "0" }), graph, inputs);
  const expected = referenceOutputs(graph, tensors, samples, inputs);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  expect(found).toHaveLength(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0) / scale;
}

const activations = [
  "relu",
  "leaky_relu(0.2)",
  "sigmoid",
  "tanh",
  "silu",
  "gelu",
  "elu",
  "elu(0.5)",
  "softplus",
  "sin",
  "erf",
  "linear",
];
const networks: Readonly<Record<string, (key: number) => GraphArchitecture>> = {
  fcn: (key) => {
    const space = spaces.fcn({ depth: [2, 6], activations });
    return layeredGraph(space.build(space.sample(rng(key))), { ...modelPresets.he, tau: "1/sqrt(L)" }, 7, 20, 3);
  },
  resnet: (key) => {
    const space = spaces.resnet({ depth: [3, 7], activations });
    return layeredGraph(space.build(space.sample(rng(key))), modelPresets.lecun, 5, 16, 2);
  },
  topology: (key) => spaces.topology.build(spaces.topology.sample(rng(key)), { channels: 4, cells: 1, imageSize: 8 }),
  size: (key) => spaces.size.build(spaces.size.sample(rng(key)), { imageSize: 4 }),
};

describe("ONNX files in onnxruntime, against the float64 reference", () => {
  it.each(Object.keys(networks))(
    "30 random networks of %s, initial and trained: outputs within 1e-5",
    { timeout: 120_000 },
    async (name) => {
      for (let key = 0; key < 30; key++) {
        const graph = networks[name](key);
        for (const trained of [false, true]) {
          expect(await difference(graph, `${name} ${key}`, trained), `${name} ${key} ${trained}`).toBeLessThan(1e-5);
        }
      }
    },
  );

  it("every operator: pools with padding and strides, flatten, zero, scale, biases, sums of three", async () => {
    const graph: GraphArchitecture = {
      kind: "graph",
      input: [2, 9, 7],
      nodes: [
        { id: "c", op: "conv", from: ["input"], channels: 3, kernel: 3, stride: 2, padding: 1, bias: true },
        { id: "n", op: "norm", from: ["c"], epsilon: 1e-3 },
        { id: "m", op: "maxPool", from: ["n"], kernel: 3, padding: 1 },
        { id: "a", op: "averagePool", from: ["n"], kernel: 3, padding: 1 },
        { id: "z", op: "zero", from: ["n"] },
        { id: "s", op: "scale", from: ["z"], factor: 0.3 },
        { id: "sum", op: "add", from: ["m", "a", "s", "m"] },
        { id: "p", op: "maxPool", from: ["sum"], kernel: 2, stride: 2 },
        { id: "f", op: "flatten", from: ["p"] },
        { id: "out", op: "dense", from: ["f"], units: 4, bias: true },
      ],
      output: "out",
    };
    expect(await difference(graph, "every", true)).toBeLessThan(1e-5);
  });

  it("a whole cell at the benchmark's size, and cells without a way to the output", { timeout: 120_000 }, async () => {
    expect(
      await difference(cellNetwork(["conv3", "avg", "skip", "conv1", "none", "conv3"]), "full", true),
    ).toBeLessThan(1e-5);
    expect(await difference(cellNetwork(Array<string>(6).fill("none"), { imageSize: 8 }), "dead", true)).toBeLessThan(
      1e-5,
    );
  });
});
