import { sizeCell, type SizeNetworkOptions } from "../arch/size-network.js";
import { checkIndex, genotypeError } from "./genotype-error.js";
import { CostSum, type NetworkCost } from "./topology-cost.js";

/** Widths that the size space of NATS-Bench offers at each of its five places. */
export const sizeWidths: readonly number[] = [8, 16, 24, 32, 40, 48, 56, 64];

const places = 5;

/** Members of the size space: 8^5. */
export const sizeSize = sizeWidths.length ** places;

/**
 * The member of the size space with this index of the benchmark: five widths, the last running fastest.
 *
 * @throws AppError "space" for an index outside of 0 to 32,767.
 * @example sizeArch(11) // "8:8:8:16:32"
 */
export function sizeArch(index: number): string {
  checkIndex("size", index, sizeSize);
  const digits = index.toString(sizeWidths.length).padStart(places, "0");
  return Array.from(digits, (digit) => sizeWidths[Number(digit)]).join(":");
}

/**
 * The benchmark's index of five widths.
 *
 * @throws AppError "genotype" when the string is not a member.
 */
export function sizeIndex(arch: string): number {
  return parseWidths(arch).reduce((sum, width) => sum * sizeWidths.length + sizeWidths.indexOf(width), 0);
}

/**
 * The five widths of a member, e.g. of `8:16:24:32:64`.
 *
 * @throws AppError "genotype" with a caret under what is wrong.
 */
export function parseWidths(arch: string): readonly number[] {
  const parts = arch.split(":");
  let position = 0;
  const widths = parts.map((part) => {
    const width = /^[1-9]\d?$/.test(part) ? Number(part) : NaN;
    if (!sizeWidths.includes(width)) {
      throw genotypeError(arch, position, `expected a width of ${sizeWidths.join(", ")}, got "${part}"`, formHint);
    }
    position += part.length + 1;
    return width;
  });
  if (widths.length === places) return widths;
  throw genotypeError(arch, arch.length, `expected ${places} widths, got ${widths.length}`, formHint);
}

/** Cost of `sizeNetwork(widths, options)` in the benchmark's convention (see `topologyCost`). */
export function sizeCost(
  widths: readonly number[],
  { imageSize = 32, classes = 10 }: SizeNetworkOptions = {},
): NetworkCost {
  const sum = new CostSum();
  sum.conv(3, widths[0], 9, imageSize);
  let skips = 0;
  let before = widths[0];
  for (let stage = 0; stage < 3; stage++) {
    const width = widths[2 * stage];
    const side = imageSize >> stage;
    if (stage > 0) {
      sum.reduction(before, widths[2 * stage - 1], side);
      before = widths[2 * stage - 1];
    }
    sizeCell.forEach((operation, edge) => {
      // Edges 0, 1 and 3 start at the input of the cell.
      const from = edge === 0 || edge === 1 || edge === 3 ? before : width;
      if (operation === "conv3") sum.conv(from, width, 9, side);
      else if (from !== width) sum.conv(from, width, 1, side);
      else skips++;
    });
    before = width;
  }
  sum.head(before, classes);
  return sum.cost(skips);
}

const formHint = "A member of the size space is written 8:16:24:32:64.";
