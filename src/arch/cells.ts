import { AppError } from "../errors.js";
import { CellChain, cellEdgeCount } from "./cell-chain.js";
import { cellOperations, type CellOperation } from "./cell-operations.js";
import type { GraphArchitecture } from "./graph.js";

export { cellOperations, type CellOperation };

export interface CellNetworkOptions {
  /** Channels of the stem and the first stage; later stages have twice and four times as many. Default 16. */
  readonly channels?: number;
  /** Cells a stage. Default 5. */
  readonly cells?: number;
  /** Pixels a side of the [3, H, H] images. Default 32. */
  readonly imageSize?: number;
  readonly classes?: number;
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
  if (operations.length !== cellEdgeCount || edges.length !== cellEdgeCount) {
    throw new AppError(
      "genotype",
      `A cell has ${cellEdgeCount} operations of ${cellOperations.join(", ")}; got ${operations.join(", ") || "none at all"}.`,
    );
  }
  if (!(Number.isInteger(cells) && cells >= 1)) {
    throw new AppError("space", `A stage has at least 1 cell; got ${cells}.`);
  }
  checkImageSize(imageSize);
  const chain = new CellChain();
  let last = chain.stem(channels);
  for (let stage = 0; stage < 3; stage++) {
    const width = channels << stage;
    if (stage > 0) last = chain.reduction(`reduction${stage}`, last, width);
    for (let k = 0; k < cells; k++) last = chain.cell(`stage${stage}.cell${k}`, edges, last, width);
  }
  return { kind: "graph", input: [3, imageSize, imageSize], nodes: chain.nodes, output: chain.head(last, classes) };
}

/** Throws AppError `space` unless images can be halved twice. */
export function checkImageSize(imageSize: number): void {
  if (Number.isInteger(imageSize) && imageSize >= 1 && imageSize % 4 === 0) return;
  throw new AppError("space", `The image size is a multiple of 4, to be halved twice; got ${imageSize}.`);
}
