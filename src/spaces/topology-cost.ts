import type { CellNetworkOptions, CellOperation } from "../arch/cells.js";

/** Size of the network of a cell, counted as the benchmark counts it. */
export interface NetworkCost {
  readonly params: number;
  /** Millions of multiply-adds of convolutions and the dense layer for one image; norms and pooling count as nothing. */
  readonly flops: number;
  /** Convolutions and dense layers, shortcuts included: the layers that have weights. */
  readonly layers: number;
  /** Skip edges of all cells. */
  readonly skips: number;
}

/**
 * Cost of `cellNetwork(operations, options)` in NAS-Bench-201's convention: every operation counts, also one that cannot
 * be reached (prune first to leave those out); a norm has a gain and a shift per channel; the dense layer has a bias.
 *
 * With n3 and n1 convolutions a cell, N cells a stage and c = C, 2C, 4C, S^2, (S/2)^2, (S/4)^2 pixels:
 * parameters = base + N sum_c [n3 (9 c^2 + 2 c) + n1 (c^2 + 2 c)], and FLOPs the same sum of 9 c^2 and c^2 times the pixels.
 *
 * @example topologyCost(parseCell(topologyArch(0))).params // 129306
 */
export function topologyCost(
  operations: readonly CellOperation[],
  { channels = 16, cells = 5, imageSize = 32, classes = 10 }: CellNetworkOptions = {},
): NetworkCost {
  const count = (kind: CellOperation): number => operations.filter((operation) => operation === kind).length;
  const taps = 9 * count("conv3") + count("conv1");
  const convolutions = count("conv3") + count("conv1");
  const sum = new CostSum();
  sum.conv(3, channels, 9, imageSize);
  for (let stage = 0; stage < 3; stage++) {
    const width = channels << stage;
    const side = imageSize >> stage;
    if (stage > 0) sum.reduction(width / 2, width, side);
    sum.multiplyAdds += cells * taps * width * width * side * side;
    sum.parameters += cells * (taps * width * width + convolutions * 2 * width);
    sum.layers += cells * convolutions;
  }
  sum.head(channels * 4, classes);
  return sum.cost(3 * cells * count("skip"));
}

/** Adds up the parts of a macro network. */
export class CostSum {
  parameters = 0;
  multiplyAdds = 0;
  layers = 0;

  /** Convolution without bias, of `taps` taps, to images of `side` pixels; a norm behind it unless told otherwise. */
  conv(from: number, to: number, taps: number, side: number, norm = true): void {
    this.parameters += from * to * taps + (norm ? 2 * to : 0);
    this.multiplyAdds += from * to * taps * side * side;
    this.layers++;
  }

  /** Residual block that halves the image: two convolutions 3x3 with norms, a shortcut 1x1 without. */
  reduction(from: number, to: number, side: number): void {
    this.conv(from, to, 9, side);
    this.conv(to, to, 9, side);
    this.conv(from, to, 1, side, false);
  }

  /** Last norm and the dense layer, whose bias the benchmark counts as a multiply-add. */
  head(channels: number, classes: number): void {
    this.parameters += 2 * channels + (channels + 1) * classes;
    this.multiplyAdds += (channels + 1) * classes;
    this.layers++;
  }

  cost(skips: number): NetworkCost {
    return { params: this.parameters, flops: this.multiplyAdds / 1e6, layers: this.layers, skips };
  }
}
