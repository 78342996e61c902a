import type { GraphArchitecture } from "../../src/arch/graph.js";

/** Every operator that programs run once, smooth where finite differences need it. */
export const everyOperator: GraphArchitecture = {
  kind: "graph",
  input: [2, 5, 4],
  output: "out",
  nodes: [
    { id: "c1", op: "conv", from: ["input"], channels: 3, kernel: 3, padding: 1, bias: true },
    { id: "n1", op: "norm", from: ["c1"] },
    { id: "a1", op: "activation", from: ["n1"], activation: "tanh" },
    { id: "p1", op: "averagePool", from: ["a1"], kernel: 2, stride: 2, padding: 1 },
    { id: "m1", op: "maxPool", from: ["p1"], kernel: 2, padding: 1 },
    { id: "c2", op: "conv", from: ["m1"], channels: 3, kernel: 2, stride: 2 },
    { id: "g1", op: "globalAverage", from: ["c2"] },
    { id: "z1", op: "zero", from: ["g1"] },
    { id: "f1", op: "flatten", from: ["p1"] },
    { id: "d1", op: "dense", from: ["f1"], units: 3, bias: true },
    { id: "s1", op: "scale", from: ["d1"], factor: -0.5 },
    { id: "h1", op: "add", from: ["g1", "s1", "z1"] },
    { id: "out", op: "dense", from: ["h1"], units: 2 },
  ],
};

/** Operators that the float64 reference alone runs, with an input as large. */
export const referenceOperators: GraphArchitecture = {
  kind: "graph",
  input: [2, 5, 4],
  output: "out",
  nodes: [
    { id: "c1", op: "conv", from: ["input"], channels: 4, kernel: 3, padding: 1, groups: 2, bias: true },
    { id: "n1", op: "norm", from: ["c1"] },
    { id: "k1", op: "concat", from: ["n1", "input", "c1"] },
    { id: "c2", op: "conv", from: ["k1"], channels: 20, kernel: 2, stride: 2, groups: 10 },
    { id: "a1", op: "activation", from: ["c2"], activation: "tanh" },
    { id: "f1", op: "flatten", from: ["a1"] },
    { id: "d1", op: "dense", from: ["f1"], units: 5, bias: true },
    { id: "l1", op: "layerNorm", from: ["d1"] },
    { id: "k2", op: "concat", from: ["l1", "d1"] },
    { id: "l2", op: "layerNorm", from: ["k2"], epsilon: 0.1 },
    { id: "out", op: "dense", from: ["l2"], units: 2 },
  ],
};
