import { AppError, nearestName } from "../errors.js";
import type { TextTable } from "./csv-table.js";
import type { ColumnReference } from "./table.js";

/** At most five names, and how many more there are. */
export const shortList = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");

/** `FILE, line 3, column 2 ("x")`. */
export function placeOf({ names, file, rows }: TextTable, row: number, column: number): string {
  const position = `column ${column + 1}`;
  const shown = names[column] === position ? position : `${position} ("${names[column]}")`;
  return `${file}, line ${rows[row].line}, ${shown}`;
}

/** A column as another file is asked for it. */
export const referenceTo = ({ names }: TextTable, position: number): ColumnReference => ({
  name: names[position],
  occurrence: names.slice(0, position).filter((name) => name === names[position]).length,
  position,
});

/**
 * Position of a column given by name, or by number from 1 on (-1: the last). `role` is what it is wanted for.
 * Errors: `usage` when there is none, or more than one of that name.
 */
export function findColumn({ names, file }: TextTable, column: string | number, role: string): number {
  const count = names.length;
  const list = names.slice(0, 30).join(", ") + (count > 30 ? ", ..." : "");
  const details = { [role]: column, columns: names };
  const byName = names.indexOf(String(column));
  if (typeof column === "string" && byName >= 0) {
    if (names.lastIndexOf(column) === byName) return byName;
    throw new AppError("usage", `${file}: the ${role} "${column}" names more than one column`, {
      hint: `Give the number of the column, from 1 to ${count}.`,
      details,
    });
  }
  const position = typeof column === "number" ? column : /^[+-]?\d+$/.test(column) ? Number(column) : NaN;
  if (Number.isInteger(position) && position !== 0 && Math.abs(position) <= count) {
    return position > 0 ? position - 1 : count + position;
  }
  const near = typeof column === "string" ? nearestName(column, names) : undefined;
  const numbering = `a number from 1 to ${count}, or from -1 (the last) to -${count}`;
  throw new AppError(
    "usage",
    `${file}: expected the ${role} to be a column (${list}) or ${numbering}; got "${column}"`,
    { hint: near === undefined ? "Columns are numbered from 1." : `Did you mean ${near}?`, details },
  );
}

const targetNames = ["target", "class", "label", "y", "outcome"];

/** Where a target is wanted and none named: the one column called target, class, label, y or outcome, else the last. */
export function usualTarget({ names }: TextTable): number {
  const lower = names.map((name) => name.toLowerCase());
  for (const word of targetNames) {
    if (lower.includes(word) && lower.indexOf(word) === lower.lastIndexOf(word)) return lower.indexOf(word);
  }
  return names.length - 1;
}

/** Positions of the columns to leave out; a name stands for all columns of that name. Errors: `usage`. */
export function columnsToDrop(table: TextTable, drop: readonly (string | number)[]): Set<number> {
  const positions = drop.flatMap((column) => {
    const all = table.names.flatMap((name, position) => (name === column ? [position] : []));
    return all.length > 0 ? all : [findColumn(table, column, "column to drop")];
  });
  return new Set(positions);
}
