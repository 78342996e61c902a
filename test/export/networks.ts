import type { GraphArchitecture } from "../../src/arch/graph.js";
import { layeredGraph, modelPresets, rng, spaces } from "../../src/index.js";

const activations = "relu leaky_relu(0.2) sigmoid tanh silu gelu elu elu(0.5) softplus sin erf linear".split(" ");

/** A random network of each space, by a key. */
export const randomNetworks: Readonly<Record<string, (key: number) => GraphArchitecture>> = {
  fcn: (key) => {
    const space = spaces.fcn({ depth: [2, 6], activations });
    return layeredGraph(space.build(space.sample(rng(key))), { ...modelPresets.he, tau: "1/sqrt(L)" }, 7, 20, 3);
  },
  resnet: (key) => {
    const space = spaces.resnet({ depth: [3, 7], activations });
    return layeredGraph(space.build(space.sample(rng(key))), modelPresets.lecun, 5, 16, 2);
  },
  topology: (key) => spaces.topology.build(spaces.topology.sample(rng(key)), { channels: 4, cells: 2, imageSize: 8 }),
  size: (key) => spaces.size.build(spaces.size.sample(rng(key)), { imageSize: 4 }),
};

/** Every operator with arguments other than the usual. */
export const everyOperator: GraphArchitecture = {
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
    { id: "t", op: "scale", from: ["sum"], factor: -0.5 },
    { id: "p", op: "maxPool", from: ["t"], kernel: 2, stride: 2 },
    { id: "f", op: "flatten", from: ["p"] },
    { id: "out", op: "dense", from: ["f"], units: 4, bias: true },
  ],
  output: "out",
};
