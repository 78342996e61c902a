import { AppError } from "../errors.js";
import { isGap, isWordGap } from "./cells.js";
import { placeOf } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import type { ChosenColumn } from "./table-columns.js";
import type { MissingRule } from "./table.js";

/** The rows that have a target. Errors: `data` when none has, or one has not and `missing` is refuse. */
export function rowsWithTarget(table: TextTable, column: number, rows: Int32Array, missing: MissingRule): Int32Array {
  const gap = (row: number) => isWordGap(table.rows[row].cells[column]);
  const first = rows.find(gap);
  if (first !== undefined && missing === "refuse") {
    const cell = table.rows[first].cells[column];
    const came = cell === "" ? "the cell is empty" : `got "${cell}"`;
    throw new AppError("data", `${placeOf(table, first, column)}: expected a label or a target, ${came}`, {
      hint: "Remove the row or fill in the value.",
      details: { line: table.rows[first].line, column: table.names[column], received: cell },
    });
  }
  const left = rows.filter((row) => !gap(row));
  if (left.length > 0) return left;
  throw new AppError("data", `${table.file}: expected values in the target "${table.names[column]}", it has none`, {
    hint: "Name another target.",
    details: { target: table.names[column] },
  });
}

const gapIn = (table: TextTable, row: number, { column, kind }: ChosenColumn): boolean =>
  (kind === "words" ? isWordGap : isGap)(table.rows[row].cells[column]);

/** The rows that are used: without those that have gaps (`drop`). Errors: `data` naming the first gap (`refuse`). */
export function keepRows(
  table: TextTable,
  rows: Int32Array,
  columns: readonly ChosenColumn[],
  missing: MissingRule,
): Int32Array {
  if (missing === "impute" || missing === "indicate") return rows;
  if (missing === "drop") return rows.filter((row) => !columns.some((chosen) => gapIn(table, row, chosen)));
  for (const row of rows) {
    const gap = columns.find((chosen) => gapIn(table, row, chosen));
    if (gap === undefined) continue;
    const cell = table.rows[row].cells[gap.column];
    const expected = gap.kind === "words" ? "a word" : "a number";
    const came = cell === "" ? "the cell is empty" : `got "${cell}"`;
    throw new AppError("data", `${placeOf(table, row, gap.column)}: expected ${expected}, ${came}`, {
      hint: "Remove the row or fill in the value.",
      details: { line: table.rows[row].line, column: table.names[gap.column], received: cell },
    });
  }
  return rows;
}
