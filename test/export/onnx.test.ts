import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type * as Ort from "onnxruntime-node";
import { cellNetwork, type GraphArchitecture } from "../../src/index.js";
import { everyOperator, randomNetworks } from "./networks.js";
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

describe("ONNX files in onnxruntime, against the float64 reference", () => {
  it.each(Object.keys(randomNetworks))(
    "30 random networks of %s, initial and trained: outputs within 1e-5",
    { timeout: 120_000 },
    async (name) => {
      for (let key = 0; key < 30; key++) {
        const graph = randomNetworks[name](key);
        for (const trained of [false, true]) {
          expect(await difference(graph, `${name} ${key}`, trained), `${name} ${key} ${trained}`).toBeLessThan(1e-5);
        }
      }
    },
  );

  it("every operator: pools with padding and strides, flatten, zero, scale, biases, sums of three", async () => {
    expect(await difference(everyOperator, "every", true)).toBeLessThan(1e-5);
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
