import { AppError } from "../errors.js";
import { CellChain } from "./cell-chain.js";
import type { CellOperation } from "./cell-operations.js";
import { checkImageSize } from "./cells.js";
import type { GraphArchitecture } from "./graph.js";

/** The cell of every network of NATS-Bench's size space: `|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|...`. */
export const sizeCell: readonly CellOperation[] = ["conv3", "conv3", "conv3", "skip", "conv3", "conv3"];

export interface SizeNetworkOptions {
  /** Pixels a side of the [3, H, H] images. Default 32. */
  readonly imageSize?: number;
  readonly classes?: number;
}

/**
 * The network that NATS-Bench's size space makes of five widths: stem, cell, reduction, cell, reduction, cell with
 * channels[0], channels[0], channels[1], ..., channels[4], then norm, ReLU, mean over pixels, dense layer with bias. One cell a
 * stage; the stem and the first cell share the first width. A skip between different widths is a convolution 1x1 and a norm
 * (`DynamicShapeTinyNet` and `FactorizedReduce` of D-X-Y/AutoDL-Projects).
 *
 * @throws AppError "space" for other than five positive widths or a bad image size.
 */
export function sizeNetwork(
  channels: readonly number[],
  { imageSize = 32, classes = 10 }: SizeNetworkOptions = {},
): GraphArchitecture {
  if (channels.length !== 5 || !channels.every((width) => Number.isInteger(width) && width >= 1)) {
    throw new AppError("space", `A network of the size space has 5 widths of at least 1; got ${channels.join(":")}.`);
  }
  checkImageSize(imageSize);
  const chain = new CellChain();
  let last = chain.stem(channels[0]);
  last = chain.cell("stage0.cell0", sizeCell, last, channels[0]);
  for (let stage = 1; stage < 3; stage++) {
    const [halved, width] = [channels[2 * stage - 1], channels[2 * stage]];
    last = chain.reduction(`reduction${stage}`, last, halved);
    last = chain.cell(`stage${stage}.cell0`, sizeCell, last, width, halved);
  }
  return { kind: "graph", input: [3, imageSize, imageSize], nodes: chain.nodes, output: chain.head(last, classes) };
}
