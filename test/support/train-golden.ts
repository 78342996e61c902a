import type { GraphArchitecture } from "../../src/arch/graph.js";
import type { GradientGraph } from "../../src/kernels/finite/ir.js";

/** The networks of test/golden/train.py; `names` are PyTorch's numbers of the layers. */
export const trainNets: Readonly<Record<"mlp" | "conv", { graph: GraphArchitecture; names: Record<string, string> }>> =
  {
    mlp: {
      graph: {
        kind: "graph",
        input: [6],
        output: "d3",
        nodes: [
          { id: "d1", op: "dense", from: ["input"], units: 8, bias: true },
          { id: "n1", op: "norm", from: ["d1"] },
          { id: "r1", op: "activation", from: ["n1"], activation: "relu" },
          { id: "d2", op: "dense", from: ["r1"], units: 7, bias: true },
          { id: "t2", op: "activation", from: ["d2"], activation: "tanh" },
          { id: "d3", op: "dense", from: ["t2"], units: 3, bias: true },
        ],
      },
      names: { d1: "0", n1: "1", d2: "3", d3: "5" },
    },
    conv: {
      graph: {
        kind: "graph",
        input: [2, 6, 6],
        output: "out",
        nodes: [
          { id: "c1", op: "conv", from: ["input"], channels: 4, kernel: 3, padding: 1 },
          { id: "n1", op: "norm", from: ["c1"] },
          { id: "r1", op: "activation", from: ["n1"], activation: "relu" },
          { id: "c2", op: "conv", from: ["r1"], channels: 5, kernel: 3, stride: 2, padding: 1, bias: true },
          { id: "n2", op: "norm", from: ["c2"] },
          { id: "r2", op: "activation", from: ["n2"], activation: "relu" },
          { id: "pool", op: "globalAverage", from: ["r2"] },
          { id: "out", op: "dense", from: ["pool"], units: 3, bias: true },
        ],
      },
      names: { c1: "0", n1: "1", c2: "3", n2: "4", out: "8" },
    },
  };

/** scale sin(1.7 i + k). */
export const wave = (count: number, k: number, scale: number): Float64Array =>
  new Float64Array(count).map((_, i) => scale * Math.sin(1.7 * i + k));

/** The first weights of test/golden/train.py. */
export const trainParameters = ({ parameters }: GradientGraph): Float64Array[] =>
  parameters.map(({ shape }, k) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = wave(size, k, 1 / Math.sqrt(size / shape[0]));
    return shape.length === 1 && k % 3 === 1 ? values.map((value) => value + 1) : values;
  });
