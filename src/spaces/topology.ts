import { cellOperations, type CellOperation } from "../arch/cells.js";
import { nearestName, type AppError } from "../errors.js";
import { checkIndex, genotypeError } from "./genotype-error.js";
import { MersenneTwister } from "./mersenne.js";

/** Cells of the topology space of NATS-Bench, which is NAS-Bench-201: 5 operations on 6 edges. */
export const topologySize = 15625;

/** The benchmark's names, in the order in which it enumerates operations. */
const officialNames: Readonly<Record<CellOperation, string>> = {
  none: "none",
  skip: "skip_connect",
  conv1: "nor_conv_1x1",
  conv3: "nor_conv_3x3",
  avg: "avg_pool_3x3",
};

const byOfficialName = new Map(cellOperations.map((operation) => [officialNames[operation], operation]));

/** Edges in the order of the string, source and target: 0-1 | 0-2 1-2 | 0-3 1-3 2-3. */
export const cellEdges: readonly (readonly [source: number, target: number])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
];

/**
 * The benchmark's string of a cell: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
 *
 * @param operations of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3.
 */
export function cellString(operations: readonly CellOperation[]): string {
  const part = (target: number): string =>
    cellEdges
      .flatMap(([from, to], edge) => (to === target ? [`|${officialNames[operations[edge]]}~${from}`] : []))
      .join("");
  return `${part(1)}|+${part(2)}|+${part(3)}|`;
}

/**
 * Operations of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3 of a cell that is written as the benchmark writes it.
 *
 * @throws AppError "genotype" with a caret under what is wrong and the nearest operation.
 * @example parseCell("|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")
 */
export function parseCell(arch: string): readonly CellOperation[] {
  let position = 0;
  const expect = (text: string): void => {
    if (!arch.startsWith(text, position)) {
      throw genotypeError(arch, position, `not a cell: expected "${text}"`, formHint);
    }
    position += text.length;
  };
  const operations = cellEdges.map(([from, to], edge) => {
    if (edge > 0 && cellEdges[edge - 1][1] !== to) expect("|+");
    expect("|");
    const name = /^[^~|+]*/.exec(arch.slice(position))![0];
    const operation = byOfficialName.get(name);
    if (operation === undefined) throw unknownOperation(arch, position, name);
    position += name.length;
    expect(`~${from}`);
    return operation;
  });
  expect("|");
  if (position < arch.length) throw genotypeError(arch, position, "not a cell: expected the end", formHint);
  return operations;
}

/**
 * The cell with every operation replaced by `none` that cannot be reached from the input or cannot reach the output: the
 * same function, and nothing in the network that no measure could see.
 */
export function pruneCell(operations: readonly CellOperation[]): readonly CellOperation[] {
  const fromInput = [true, false, false, false];
  const toOutput = [false, false, false, true];
  cellEdges.forEach(([from, to], edge) => {
    if (operations[edge] !== "none" && fromInput[from]) fromInput[to] = true;
  });
  cellEdges.toReversed().forEach(([from, to], back) => {
    if (operations[cellEdges.length - 1 - back] !== "none" && toOutput[to]) toOutput[from] = true;
  });
  return operations.map((operation, edge) => {
    const [from, to] = cellEdges[edge];
    return fromInput[from] && toOutput[to] ? operation : "none";
  });
}

/**
 * The cell with this index of the benchmark.
 *
 * @throws AppError "space" for an index outside of 0 to 15,624.
 */
export function topologyArch(index: number): string {
  checkIndex("topology", index, topologySize);
  return order().archs[index];
}

/**
 * The benchmark's index of a cell.
 *
 * @throws AppError "genotype" when the string is no cell.
 */
export function topologyIndex(arch: string): number {
  const { indices } = order();
  return indices.get(arch) ?? indices.get(cellString(parseCell(arch)))!;
}

interface Order {
  readonly archs: readonly string[];
  readonly indices: ReadonlyMap<string, number>;
}

let drawn: Order | undefined;

/**
 * NAS-Bench-201's order: all cells, the last edge running fastest, shuffled by Python's `random.seed(88)`
 * (`generate_meta_info` in D-X-Y/AutoDL-Projects, exps/NAS-Bench-201/main.py). Made once, in about 20 ms.
 */
function order(): Order {
  if (drawn === undefined) {
    const kinds = cellOperations.length;
    const all = Array.from({ length: topologySize }, (_, number) => {
      const digits = cellEdges.map((_, edge) => Math.floor(number / kinds ** (cellEdges.length - 1 - edge)) % kinds);
      return cellString(digits.map((digit) => cellOperations[digit]));
    });
    const archs = new MersenneTwister(88).shuffle(all);
    drawn = { archs, indices: new Map(archs.map((arch, index) => [arch, index])) };
  }
  return drawn;
}

const formHint = "A cell is written |op~0|+|op~0|op~1|+|op~0|op~1|op~2|.";

function unknownOperation(arch: string, position: number, name: string): AppError {
  const known = [...byOfficialName.keys()];
  const nearest = nearestName(name, known);
  return genotypeError(
    arch,
    position,
    `not a cell: expected ${known.join(", ")}, got "${name}"`,
    nearest === undefined ? formHint : `Did you mean "${nearest}"?`,
  );
}

/** The benchmark's name of an operation, e.g. `nor_conv_3x3`. */
export const officialName = (operation: CellOperation): string => officialNames[operation];
