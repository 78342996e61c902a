import type { CellOperation } from "./cell-operations.js";
import type { GraphNode, GraphOp } from "./graph.js";

/** A cell has nodes 0 (its input) to 3 (its output), and edges 0-1 | 0-2 1-2 | 0-3 1-3 2-3. */
const cellNodes = 3;
export const cellEdgeCount = 6;

/** Adds the parts of NAS-Bench-201's and NATS-Bench's networks, one after another. */
export class CellChain {
  readonly nodes: GraphNode[] = [];

  add(id: string, op: GraphOp, ...from: string[]): string {
    this.nodes.push({ ...op, id, from });
    return id;
  }

  stem(channels: number): string {
    return this.add("stem.norm", { op: "norm" }, this.#conv("stem.conv", "input", channels, 3));
  }

  /** `operations` of the six edges; edges from the input change the channels when `from` has `fromChannels` of them. */
  cell(
    id: string,
    operations: readonly CellOperation[],
    from: string,
    channels: number,
    fromChannels = channels,
  ): string {
    const ends = [from];
    for (let node = 1, edge = 0; node <= cellNodes; node++) {
      const edges = ends.map((end, source) =>
        this.#edge(
          `${id}.${source}-${node}`,
          operations[edge++],
          end,
          channels,
          source > 0 || channels === fromChannels,
        ),
      );
      ends.push(this.add(`${id}.${node}`, { op: "add" }, ...edges));
    }
    return ends[cellNodes];
  }

  /** Residual block that halves the image. */
  reduction(id: string, from: string, channels: number): string {
    const branch = this.#block(`${id}.b`, this.#block(`${id}.a`, from, channels, 3, 2), channels, 3);
    const halved = this.add(`${id}.pool`, { op: "averagePool", kernel: 2, stride: 2 }, from);
    return this.add(id, { op: "add" }, branch, this.#conv(`${id}.shortcut`, halved, channels, 1));
  }

  /** Norm, ReLU, mean over pixels, dense layer with bias. */
  head(from: string, classes: number): string {
    const norm = this.add("last.norm", { op: "norm" }, from);
    const relu = this.add("last.relu", { op: "activation", activation: "relu" }, norm);
    const pool = this.add("pool", { op: "globalAverage" }, relu);
    return this.add("out", { op: "dense", units: classes, bias: true }, pool);
  }

  /** ReLU, convolution without bias, norm. */
  #block(id: string, from: string, channels: number, kernel: number, stride = 1): string {
    const relu = this.add(`${id}.relu`, { op: "activation", activation: "relu" }, from);
    return this.add(`${id}.norm`, { op: "norm" }, this.#conv(`${id}.conv`, relu, channels, kernel, stride));
  }

  #conv(id: string, from: string, channels: number, kernel: number, stride = 1): string {
    return this.add(id, { op: "conv", channels, kernel, stride, padding: kernel >> 1 }, from);
  }

  #edge(id: string, operation: CellOperation, from: string, channels: number, sameChannels: boolean): string {
    switch (operation) {
      case "none":
        return this.add(id, { op: "zero" }, from);
      case "skip":
        if (sameChannels) return from;
        return this.add(`${id}.norm`, { op: "norm" }, this.#conv(`${id}.conv`, from, channels, 1));
      case "avg":
        return this.add(id, { op: "averagePool", kernel: 3, padding: 1 }, from);
      case "conv1":
        return this.#block(id, from, channels, 1);
      case "conv3":
        return this.#block(id, from, channels, 3);
    }
  }
}
