import { describe, expect, it } from "vitest";
import type { GraphArchitecture } from "../../src/arch/graph.js";
import { toOnnx } from "../../src/export/onnx.js";
import { exportedNetwork, initialTensors } from "../../src/export/tensors.js";
import { fromOnnx } from "../../src/import/index.js";
import { everyOperator, randomNetworks } from "../export/networks.js";
import { inputsOf, trainedLike } from "../export/support.js";
import { referenceOperators } from "../support/every-operator.js";
import { difference, fileOf, outputsOf } from "./support.js";

/** Exports a network, reads it back, and compares what both compute. */
function roundTrip(graph: GraphArchitecture, key: string): GraphArchitecture {
  const tensors = trainedLike(initialTensors(graph, "kaiming", 3), key);
  const network = fromOnnx(toOnnx(exportedNetwork(graph, tensors), { version: "0" }));
  const inputs = inputsOf(graph, 3, key);
  expect(network.graph.input).toEqual(graph.input);
  expect(network.notes).toEqual([]);
  // Weights are float32 on both sides, so that what is left is the rounding of constants such as 1/sqrt(2).
  expect(difference(outputsOf(network, 3, inputs), outputsOf({ graph, tensors }, 3, inputs)), key).toBeLessThan(1e-6);
  return network.graph;
}

describe("export, then import: the same function", () => {
  it.each(Object.keys(randomNetworks))("20 random networks of %s", (name) => {
    for (let key = 0; key < 20; key++) roundTrip(randomNetworks[name](key), `${name} ${key}`);
  });

  it("what PyTorch wrote, read and written again: activations of other people's, layer norms, groups", () => {
    for (const name of ["activations", "layernorm", "mobilenet", "densenet"]) {
      const { graph, tensors } = fromOnnx(fileOf(name));
      const again = fromOnnx(toOnnx(exportedNetwork(graph, tensors), { version: "0" }));
      const inputs = inputsOf(graph, 3, name);
      expect(difference(outputsOf(again, 3, inputs), outputsOf({ graph, tensors }, 3, inputs))).toBeLessThan(1e-6);
      expect(again.graph.nodes.map(({ op }) => op)).toEqual(graph.nodes.map(({ op }) => op));
    }
  });

  it("every operator, under its name", () => {
    for (const graph of [everyOperator, referenceOperators]) {
      const found = roundTrip(graph, "every");
      const learnt = ({ nodes }: GraphArchitecture) =>
        nodes.filter(({ op }) => ["dense", "conv", "norm", "layerNorm"].includes(op)).map(({ id }) => id);
      expect(learnt(found).sort()).toEqual(learnt(graph).sort());
    }
  });
});
