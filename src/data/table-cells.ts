import { AppError } from "../errors.js";
import { isDecimalComma, isGap, isNumber, numberIn } from "./cells.js";
import { placeOf } from "./column-names.js";
import type { TextTable } from "./csv-table.js";

/** The number in a cell that has a value. Errors: `data` naming line and column when it is no finite number. */
export function readCell(table: TextTable, row: number, column: number, decimalComma = false): number {
  const { line, cells } = table.rows[row];
  const cell = cells[column];
  const value = numberIn(cell, decimalComma);
  if (Number.isFinite(value)) return value;
  const came = isGap(cell) ? (cell === "" ? "the cell is empty" : `got "${cell}"`) : `got "${cell}"`;
  throw new AppError("data", `${placeOf(table, row, column)}: expected a finite number, ${came}`, {
    hint: hintFor(cell),
    details: { line, column: table.names[column], received: cell },
  });
}

function hintFor(cell: string): string {
  if (isDecimalComma(cell)) return "Write decimals with a point, and no sign between thousands.";
  if (isNumber(cell)) return "The number is beyond the range of float64: rescale the column.";
  if (isGap(cell) || /^[+-]?inf(inity)?$/i.test(cell)) return "Remove the row or fill in the value.";
  return "Remove the column, make it the target, or replace its values by numbers (one 0/1 column per value).";
}
