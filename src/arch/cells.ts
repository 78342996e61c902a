import { AppError } from "../errors.js";
import type { GraphArchitecture, GraphNode, GraphOp } from "./graph.js";

/** Operations of a cell's edges. `avg` is 3x3 with stride 1, padding left out of the count. */
export const cellOperations = ["none", "skip", "conv1", "conv3", "avg"] as const;

export type CellOperation = (typeof cellOperations)[number];

export interface CellNetworkOptions {
  /** Channels of the stem and the first stage; later stages have twice and four times as many. Default 16. */
  readonly channels?: number;
  /** Cells a stage. Default 5. */
  readonly cells?: number;
  /** Pixels a side of the [3, H, H] images. Default 32. */
  readonly imageSize?: number;
  readonly classes?: number;
}

/** Edges of a cell by the node that they end in: NAS-Bench-201's order 0-1 | 0-2 1-2 | 0-3 1-3 2-3. */
const cellNodes = 3;
const cellEdges = 6;

/** Adds nodes that continue a chain. */
class Chain {
  readonly nodes: GraphNode[] = [];

  add(id: string, op: GraphOp, ...from: string[]): string {
    this.nodes.push({ ...op, id, from });
    return id;
  }

  /** ReLU, convolution without bias, norm. */
  block(id: string, from: string, channels: number, kernel: number, stride = 1): string {
    const relu = this.add(`${id}.relu`, { op: "activation", activation: "relu" }, from);
    return this.add(`${id}.norm`, { op: "norm" }, this.conv(`${id}.conv`, relu, channels, kernel, stride));
  }

  conv(id: string, from: string, channels: number, kernel: number, stride = 1): string {
    return this.add(id, { op: "conv", channels, kernel, stride, padding: kernel >> 1 }, from);
  }

  edge(id: string, operation: CellOperation, from: string, channels: number): string {
    switch (operation) {
      case "none":
        return this.add(id, { op: "zero" }, from);
      case "skip":
        return from;
      case "avg":
        return this.add(id, { op: "averagePool", kernel: 3, padding: 1 }, from);
      case "conv1":
        return this.block(id, from, channels, 1);
      case "conv3":
        return this.block(id, from, channels, 3);
    }
  }

  cell(id: string, operations: readonly CellOperation[], from: string, channels: number): string {
    const ends = [from];
    for (let node = 1, edge = 0; node <= cellNodes; node++) {
      const edges = ends.map((end, source) => this.edge(`${id}.${source}-${node}`, operations[edge++], end, channels));
      ends.push(this.add(`${id}.${node}`, { op: "add" }, ...edges));
    }
    return ends[cellNodes];
  }

  /** Residual block that halves the image and doubles the channels. */
  reduction(id: string, from: string, channels: number): string {
    const branch = this.block(`${id}.b`, this.block(`${id}.a`, from, channels, 3, 2), channels, 3);
    const halved = this.add(`${id}.pool`, { op: "averagePool", kernel: 2, stride: 2 }, from);
    return this.add(id, { op: "add" }, branch, this.conv(`${id}.shortcut`, halved, channels, 1));
  }
}

/**
 * The network that NAS-Bench-201 makes of a cell: convolution 3x3 and norm; three stages of `cells` cells with C, 2C, 4C
 * channels and a residual reduction block between them; norm, ReLU, mean over pixels, dense layer with bias. `operations` are
 * those of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3. Every edge is in the graph, also those that cannot reach the output, as in
 * the benchmark's parameter counts. Throws AppError `genotype` for other than six known operations, `space` for bad sizes.
 */
export function cellNetwork(
  operations: readonly string[],
  { channels = 16, cells = 5, imageSize = 32, classes = 10 }: CellNetworkOptions = {},
): GraphArchitecture {
  const edges = operations.filter((name): name is CellOperation =>
    (cellOperations as readonly string[]).includes(name),
  );
  if (operations.length !== cellEdges || edges.length !== cellEdges) {
    throw new AppError(
      "genotype",
      `A cell has ${cellEdges} operations of ${cellOperations.join(", ")}; got ${operations.join(", ") || "none at all"}.`,
    );
  }
  if (!(Number.isInteger(cells) && cells >= 1)) {
    throw new AppError("space", `A stage has at least 1 cell; got ${cells}.`);
  }
  if (!(Number.isInteger(imageSize) && imageSize >= 1 && imageSize % 4 === 0)) {
    throw new AppError("space", `The image size is a multiple of 4, to be halved twice; got ${imageSize}.`);
  }
  const chain = new Chain();
  let last = chain.add("stem.norm", { op: "norm" }, chain.conv("stem.conv", "input", channels, 3));
  for (let stage = 0; stage < 3; stage++) {
    const width = channels << stage;
    if (stage > 0) last = chain.reduction(`reduction${stage}`, last, width);
    for (let k = 0; k < cells; k++) last = chain.cell(`stage${stage}.cell${k}`, edges, last, width);
  }
  last = chain.add("last.norm", { op: "norm" }, last);
  last = chain.add("last.relu", { op: "activation", activation: "relu" }, last);
  last = chain.add("pool", { op: "globalAverage" }, last);
  const output = chain.add("out", { op: "dense", units: classes, bias: true }, last);
  return { kind: "graph", input: [3, imageSize, imageSize], nodes: chain.nodes, output };
}
