import { describe, expect, it } from "vitest";
import { shapedNodes } from "../../src/arch/graph.js";
import { initialTensors } from "../../src/export/tensors.js";
import { fromOnnx } from "../../src/import/index.js";
import { againstRuntime, fileOf } from "./support.js";

/** Files of test/golden/onnx.py: what they consist of. */
const files: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mlp: { flatten: 1, dense: 3, activation: 2 },
  resnet: { conv: 6, norm: 6, activation: 5, add: 2, globalAverage: 1, dense: 1 },
  "resnet-folded": { conv: 6, activation: 5, add: 2, globalAverage: 1, dense: 1 },
  mobilenet: { conv: 8, norm: 7, activation: 6, add: 1, globalAverage: 1, dense: 1 },
  vgg: { conv: 2, activation: 3, maxPool: 2, flatten: 1, dense: 2 },
  densenet: { conv: 5, norm: 4, activation: 4, concat: 3, averagePool: 1, globalAverage: 1, dense: 1 },
  shapes: { conv: 1, activation: 1, scale: 2, maxPool: 1, flatten: 1, globalAverage: 1, concat: 1, dense: 1 },
};

const counts = (nodes: readonly { readonly op: string }[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { op } of nodes) found[op] = (found[op] ?? 0) + 1;
  return found;
};

const logSoftmax = (logits: Float64Array, n: number): Float64Array => {
  const classes = logits.length / n;
  return logits.map((value, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes);
    return value - Math.log(row.reduce((sum, other) => sum + Math.exp(other), 0));
  });
};

describe("files of PyTorch's exporter, against onnxruntime, to 1e-5 relative", () => {
  // The file of vgg is of batches of two.
  it.each(Object.keys(files))("%s", async (name) => {
    const { network, difference } = await againstRuntime(fileOf(name), name === "vgg" ? 2 : 3);
    expect(difference).toBeLessThan(1e-5);
    expect(counts(network.graph.nodes)).toEqual(files[name]);
    expect(network.producer).toBe("pytorch 1.13.0");
    if (name === "resnet-folded")
      expect(network.notes).toEqual([expect.stringMatching(/folded batch norms.*PRESERVE/)]);
    else expect(network.notes).toEqual([]);
  });

  it("reshapes to sizes that were written down for a batch of one", async () => {
    const { network, difference } = await againstRuntime(fileOf("shapes-fixed"), 1);
    expect(difference).toBeLessThan(1e-5);
    expect(counts(network.graph.nodes)).toEqual(files.shapes);
  });

  it("activations are recognised however they are written out", async () => {
    const { network, difference } = await againstRuntime(fileOf("activations"), 3);
    expect(difference).toBeLessThan(1e-5);
    const names = network.graph.nodes.flatMap((node) => (node.op === "activation" ? [node.activation] : []));
    expect(names).toEqual(
      (
        "relu leaky_relu(0.2) sigmoid tanh silu gelu elu elu(0.5) elu(1.673263) softplus sin erf mish hard_swish hard_sigmoid " +
        "relu6 hard_tanh gelu_tanh silu gelu tanh sigmoid leaky_relu(0.5) relu leaky_relu(0.2498528)"
      ).split(" "),
    );
  });

  it.each([
    ["layernorm", 17],
    ["layernorm-written-out", 13],
  ] as const)("%s: the operator, or its nine parts", async (name, opset) => {
    const { network, difference } = await againstRuntime(fileOf(name), 3, logSoftmax);
    expect(difference).toBeLessThan(1e-5);
    expect(network.opset).toBe(opset);
    expect(counts(network.graph.nodes)).toEqual({ dense: 3, layerNorm: 2, activation: 2, add: 1 });
    expect(network.graph.nodes.filter(({ op }) => op === "layerNorm")).toMatchObject([{}, { epsilon: 0.001 }]);
    expect(network.notes.join()).toContain("LogSoftmax at the output is left out");
  });

  it("nodes are called as PyTorch's modules, and every parameter has its tensor", () => {
    for (const name of Object.keys(files)) {
      const { graph, tensors } = fromOnnx(fileOf(name));
      const shapes = (list: readonly { name: string; shape: readonly number[] }[]) =>
        Object.fromEntries(list.map((tensor) => [tensor.name, tensor.shape]));
      expect(shapes(tensors)).toEqual(shapes(initialTensors(graph, "kaiming", 1)));
      expect(shapedNodes(graph).length).toBe(graph.nodes.length);
    }
    const { graph } = fromOnnx(fileOf("resnet"));
    expect(graph.nodes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["stem", "layer1.bn1", "layer2.shortcut.0", "fc"]),
    );
  });
});
