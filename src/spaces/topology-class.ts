import type { CellOperation } from "../arch/cells.js";
import { checkIndex } from "./genotype-error.js";
import { cellEdges, officialName, parseCell, topologyArch, topologySize } from "./topology.js";

/**
 * The benchmark's description of what a cell computes, equal for cells that it counts as the same: `to_unique_str` with
 * `consider_zero` (NATS-Bench, genotype_utils.py). A skip is its input, the order of a sum does not matter, and what passes
 * `none` is `#`. Sums of several `#` are not simplified, so that the 6,466 classes are finer than functions are.
 */
export function uniqueCellString(operations: readonly CellOperation[]): string {
  const nodes = ["0", "", "", ""];
  for (let target = 1; target < nodes.length; target++) {
    const terms = cellEdges.flatMap(([from, to], edge) => {
      if (to !== target) return [];
      const operation = operations[edge];
      if (operation === "none" || nodes[from] === "#") return ["#"];
      return [operation === "skip" ? nodes[from] : `(${nodes[from]})@${officialName(operation)}`];
    });
    nodes[target] = terms.sort().join("+");
  }
  return nodes[3];
}

/**
 * The smallest index of a cell that is the same as the one with this index, by the benchmark's own rule.
 *
 * @throws AppError "space" for an index outside of 0 to 15,624.
 */
export function topologyClass(index: number): number {
  checkIndex("topology", index, topologySize);
  return classes().of[index];
}

/** The 6,466 representatives: `index` with `topologyClass(index) === index`, ascending. */
export function topologyClasses(): readonly number[] {
  return classes().representatives;
}

interface Classes {
  readonly of: Int32Array;
  readonly representatives: readonly number[];
}

let found: Classes | undefined;

function classes(): Classes {
  if (found === undefined) {
    const first = new Map<string, number>();
    const of = Int32Array.from({ length: topologySize }, (_, index) => {
      const text = uniqueCellString(parseCell(topologyArch(index)));
      const representative = first.get(text) ?? index;
      first.set(text, representative);
      return representative;
    });
    found = { of, representatives: [...first.values()] };
  }
  return found;
}
