import type { GraphArchitecture } from "../../src/arch/graph.js";

/** Every operator once, smooth where finite differences need it. */
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
