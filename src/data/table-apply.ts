import { AppError, nearestName } from "../errors.js";
import { isWordGap, numberIn, printable } from "./cells.js";
import { placeOf, shortList } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import { checkSize } from "./source.js";
import { fillInputs, widthOf } from "./table-inputs.js";
import { keepRows } from "./table-rows.js";
import type { AppliedTable, ColumnReference, Preprocessing } from "./table.js";

/**
 * The rows of another table as inputs of the same meaning. With a header, columns are found by name, in any order, and
 * further columns are ignored; without, by position, with or without the target's column. Missing cells are filled in
 * with what the fit found, unless it refused them. No row is left out.
 * Errors: `data` for columns that are not there and for cells that are no numbers where the fit had numbers.
 */
export function applyTextTable(preprocessing: Preprocessing, table: TextTable): AppliedTable {
  const { features, mean, scale, target } = preprocessing;
  const { positions, targetAt, notes } = locate(preprocessing, table);
  const n = table.rows.length;
  const d = widthOf(features);
  checkSize(table.file, n, d);
  const rows = Int32Array.from(table.rows, (_, row) => row);
  if (preprocessing.missing === "refuse") {
    const kinds = features.map(({ kind }, f) => ({
      column: positions[f],
      kind: kind === "category" ? ("words" as const) : ("numbers" as const),
    }));
    keepRows(table, rows, kinds, "refuse");
  }
  const inputs = new Float64Array(n * d);
  const filled = fillInputs(table, features, rows, inputs, positions);
  for (let k = 0; k < inputs.length; k++) inputs[k] = (inputs[k] - mean[k % d]) / scale[k % d];
  return {
    n,
    d,
    inputs,
    ...(target && targetAt !== undefined && readTargets(table, target, targetAt)),
    lines: Int32Array.from(table.rows, ({ line }) => line),
    notes: [...table.notes, ...notes, ...filled.notes],
  };
}

function readTargets(
  table: TextTable,
  { task, classNames = [], decimalComma }: NonNullable<Preprocessing["target"]>,
  column: number,
): Pick<AppliedTable, "labels" | "targets"> {
  const cells = table.rows.map(({ cells: row }) => row[column]);
  if (task === "classification") {
    const index = new Map(classNames.map((name, k) => [name, k]));
    // Numbers may be written in another way than in the file of the fit: 1.0 is class 1.
    const classOf = (cell: string) =>
      index.get(printable(cell)) ?? index.get(String(numberIn(cell, decimalComma))) ?? -1;
    return { labels: Int32Array.from(cells, classOf) };
  }
  const targets = Float64Array.from(cells, (cell, row) => {
    const value = numberIn(cell, decimalComma);
    if (Number.isFinite(value) || isWordGap(cell)) return value;
    throw new AppError("data", `${placeOf(table, row, column)}: expected a number as target, got "${cell}"`, {
      hint: "Leave the column out to predict without it, or correct the cell.",
      details: { line: table.rows[row].line, received: cell },
    });
  });
  return { targets };
}

interface Located {
  /** Where each feature's column is. */
  readonly positions: readonly number[];
  readonly targetAt: number | undefined;
  readonly notes: readonly string[];
}

function locate(preprocessing: Preprocessing, table: TextTable): Located {
  const { features, target, header } = preprocessing;
  if (!header) return locateByPosition(preprocessing, table);
  const find = ({ name, occurrence }: ColumnReference): number | undefined => {
    const all = table.names.flatMap((other, position) => (other === name ? [position] : []));
    return all.at(occurrence);
  };
  const positions = features.map(find);
  const absent = features.filter((_, f) => positions[f] === undefined).map(({ name }) => name);
  if (absent.length > 0) {
    const near = nearestName(absent[0], table.names);
    throw new AppError(
      "data",
      `${table.file}: expected the columns that were fitted, these are not there: ${shortList(absent)}`,
      {
        hint:
          near === undefined
            ? `The first line must name the columns; it has ${shortList(table.names)}.`
            : `There is a column ${near}; names must be the same.`,
        details: { absent, columns: table.names },
      },
    );
  }
  return { positions: positions as number[], targetAt: target && find(target), notes: [] };
}

function locateByPosition({ features, target, width }: Preprocessing, table: TextTable): Located {
  const columns = table.names.length;
  if (columns === width) {
    return { positions: features.map(({ position }) => position), targetAt: target?.position, notes: [] };
  }
  if (target !== undefined && columns === width - 1) {
    const shifted = ({ position }: ColumnReference) => (position > target.position ? position - 1 : position);
    return { positions: features.map(shifted), targetAt: undefined, notes: [] };
  }
  const without = target === undefined ? "" : ` (${width - 1} without the target)`;
  throw new AppError("data", `${table.file}: expected ${width} columns${without}, it has ${columns}`, {
    hint: "The file of the fit had no header, so columns are found by their position.",
    details: { expected: width, received: columns },
  });
}
