import { AppError } from "../errors.js";
import {
  graphSpace,
  parseCell,
  parseWidths,
  pruneCell,
  sizeCost,
  topologyClass,
  topologyCost,
  type NetworkCost,
  type NetworkSizes,
} from "../spaces/index.js";

/** A benchmark space as a bench sees it: cells by their official index. */
export interface BenchSpace {
  readonly id: "topology" | "size";
  readonly count: number;
  arch(index: number): string;
  /** By index: the smallest index of a cell that is the same function. */
  readonly classes: Int32Array;
  /** The cells that stand for their class, ascending. */
  readonly representatives: Int32Array;
  /** Size of the network; `pruned`: without operations that cannot be reached, else as the benchmark counts. */
  cost(index: number, sizes: NetworkSizes, pruned: boolean): NetworkCost;
}

/** The space with this id. Throws AppError `space` for another. */
export function benchSpace(id: string): BenchSpace {
  const space = graphSpace(id);
  const count = Number(space.size);
  const arch = (index: number): string => space.at(BigInt(index));
  if (space.id === "topology") {
    return {
      id: "topology",
      count,
      arch,
      ...classesOf(Int32Array.from({ length: count }, (_, index) => topologyClass(index))),
      cost: (index, sizes, pruned) => {
        const operations = parseCell(arch(index));
        return topologyCost(pruned ? pruneCell(operations) : operations, sizes);
      },
    };
  }
  if (space.id === "size") {
    return {
      id: "size",
      count,
      arch,
      ...classesOf(Int32Array.from({ length: count }, (_, index) => index)),
      cost: (index, sizes) => sizeCost(parseWidths(arch(index)), sizes),
    };
  }
  throw new AppError("space", `space "${space.id}" has no costs to bench with`);
}

const classesOf = (classes: Int32Array): Pick<BenchSpace, "classes" | "representatives"> => ({
  classes,
  representatives: classes.filter((representative, index) => representative === index),
});
