import { AppError, nearestName } from "../errors.js";
import { nameClasses, oneClassNote } from "./classes.js";
import { isMissing, isNumber, readTable, type TextRow, type TextTable } from "./csv-table.js";
import type { Dataset } from "./dataset.js";
import { checkSize, hashOf } from "./source.js";

export interface CsvOptions {
  /** Column with the labels or regression targets: its name, or its number from 1 on (-1: the last column). */
  readonly target?: string | number;
  /** Default `auto`. */
  readonly header?: boolean | "auto";
  /** Only the first rows. */
  readonly limit?: number;
}

/** A table may hold this many distinct integers in its target column for them to count as classes. */
const mostIntegerClasses = 20;

/**
 * Reads the text of a CSV file; `file` is its name for messages. Without a target every numeric column is a coordinate
 * and columns of text are left out with a note; with one, all other columns must be numeric. A target of text or of at
 * most 20 distinct integers (some repeated) gives class labels, other numbers give regression targets.
 * Errors: `data` for empty or ragged tables and for cells that are missing, not finite or not numbers (line and column
 * are named), `usage` for a target column that does not exist.
 *
 * @example readCsv("csv:a.csv", "x,y,kind\n1,2,up\n3,4,down\n", "a.csv", { target: "kind" })
 */
export function readCsv(spec: string, text: string, file: string, options: CsvOptions = {}): Dataset {
  const table = readTable(text, file, options.header ?? "auto");
  const rows = table.rows.slice(0, options.limit);
  const targetColumn = options.target === undefined ? undefined : findTarget(table.names, options.target, file);
  const [columns, textNote] = featureColumns(table, rows, targetColumn, file);
  const n = rows.length;
  const d = columns.length;
  checkSize(spec, n, d);
  const inputs = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < d; k++) inputs[i * d + k] = readCell(table, rows[i], columns[k], file);
  }
  const target = targetColumn === undefined ? {} : readTarget(table, rows, targetColumn, file);
  return {
    spec,
    n,
    d,
    inputs,
    ...(target.labels && { labels: target.labels }),
    ...(target.classNames && { classNames: target.classNames }),
    ...(target.targets && { targets: target.targets }),
    hash: hashOf(inputs, target.labels, target.targets),
    notes: [
      ...table.notes,
      ...textNote,
      ...(target.notes ?? []),
      ...constantNote(
        inputs,
        n,
        columns.map((column) => table.names[column]),
      ),
    ],
  };
}

function findTarget(names: readonly string[], target: string | number, file: string): number {
  const count = names.length;
  const list = names.slice(0, 30).join(", ") + (count > 30 ? ", ..." : "");
  const details = { target, columns: names };
  const byName = names.indexOf(String(target));
  if (typeof target === "string" && byName >= 0) {
    if (names.lastIndexOf(target) === byName) return byName;
    throw new AppError("usage", `${file}: the target "${target}" names more than one column`, {
      hint: `Give the number of the column, from 1 to ${count}.`,
      details,
    });
  }
  const position = typeof target === "number" ? target : /^[+-]?\d+$/.test(target) ? Number(target) : NaN;
  if (Number.isInteger(position) && position !== 0 && Math.abs(position) <= count) {
    return position > 0 ? position - 1 : count + position;
  }
  const near = typeof target === "string" ? nearestName(target, names) : undefined;
  const numbering = `a number from 1 to ${count}, or from -1 (the last) to -${count}`;
  throw new AppError(
    "usage",
    `${file}: expected the target to be a column (${list}) or ${numbering}; got "${target}"`,
    {
      hint: near === undefined ? "Columns are numbered from 1." : `Did you mean ${near}?`,
      details,
    },
  );
}

function featureColumns(
  table: TextTable,
  rows: readonly TextRow[],
  target: number | undefined,
  file: string,
): [number[], string[]] {
  const others = table.names.map((_, column) => column).filter((column) => column !== target);
  const isText = (column: number) =>
    rows.every(({ cells }) => !isNumber(cells[column]) && !isDecimalComma(cells[column])) &&
    rows.some(({ cells }) => !isMissing(cells[column]));
  const left = target === undefined ? others.filter(isText) : [];
  const columns = others.filter((column) => !left.includes(column));
  if (columns.length === 0) {
    throw new AppError("data", `${file}: expected at least one column of numbers besides the target, there is none`, {
      hint: "Check the delimiter, the header and the target.",
      details: { columns: table.names },
    });
  }
  const names = left.map((column) => table.names[column]);
  const note = `Columns of text were left out: ${shortList(names)}. To use one as labels, make it the target.`;
  return [columns, names.length > 0 ? [note] : []];
}

function readCell(table: TextTable, row: TextRow, column: number, file: string): number {
  const cell = row.cells[column];
  const value = isNumber(cell) ? Number(cell) : NaN;
  if (Number.isFinite(value)) return value;
  const details = { line: row.line, column: table.names[column], received: cell };
  if (isMissing(cell)) {
    throw new AppError("data", `${placeOf(table, row, column, file)}: expected a number, ${missingWords(cell)}`, {
      hint: "Remove the row or fill in the value.",
      details,
    });
  }
  throw new AppError("data", `${placeOf(table, row, column, file)}: expected a finite number, got "${cell}"`, {
    hint: isDecimalComma(cell)
      ? "Write decimals with a point."
      : isNumber(cell)
        ? "The number is beyond the range of float64: rescale the column."
        : "Remove the column, make it the target, or replace its values by numbers (one 0/1 column per value).",
    details,
  });
}

const placeOf = (table: TextTable, row: TextRow, column: number, file: string): string => {
  const name = table.names[column];
  const position = `column ${column + 1}`;
  return `${file}, line ${row.line}, ${name === position ? position : `${position} ("${name}")`}`;
};

const isDecimalComma = (cell: string): boolean => /^[+-]?\d+,\d+$/.test(cell);

const missingWords = (cell: string): string => (cell === "" ? "the cell is empty" : `got "${cell}"`);

interface Target {
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly targets?: Float64Array;
  readonly notes?: readonly string[];
}

function readTarget(table: TextTable, rows: readonly TextRow[], column: number, file: string): Target {
  const cells = rows.map((row) => row.cells[column]);
  const gap = cells.findIndex(isMissing);
  if (gap >= 0) {
    const place = placeOf(table, rows[gap], column, file);
    throw new AppError("data", `${place}: expected a label or a target, ${missingWords(cells[gap])}`, {
      hint: "Remove the row or fill in the value.",
      details: { line: rows[gap].line, column: table.names[column], received: cells[gap] },
    });
  }
  const name = table.names[column];
  if (!cells.every(isNumber)) return classTarget(nameClasses(cells), name, cells.length);
  const values = rows.map((row) => readCell(table, row, column, file));
  const distinct = new Set(values).size;
  const repeated = distinct <= 2 || distinct < values.length;
  if (values.every(Number.isInteger) && repeated && distinct <= mostIntegerClasses) {
    return classTarget(nameClasses(values), name, cells.length);
  }
  const notes = distinct === 1 ? [`The target "${name}" is the same in every row.`] : [];
  return { targets: Float64Array.from(values), notes };
}

function classTarget(classes: ReturnType<typeof nameClasses>, name: string, n: number): Target {
  const count = classes.classNames.length;
  if (count === 1) return { ...classes, notes: [oneClassNote(classes.classNames[0])] };
  if (count > 2 && count === n) return { ...classes, notes: [`Every row has its own class in the target "${name}".`] };
  return classes;
}

function constantNote(inputs: Float64Array, n: number, names: readonly string[]): string[] {
  if (n < 2) return [];
  const d = names.length;
  const constant = names.filter((_, k) => {
    for (let i = 1; i < n; i++) if (inputs[i * d + k] !== inputs[k]) return false;
    return true;
  });
  return constant.length > 0 ? [`Columns with the same value in every row: ${shortList(constant)}.`] : [];
}

const shortList = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
