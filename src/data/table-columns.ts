import { AppError } from "../errors.js";
import { isGap, isWordGap, writingOf } from "./cells.js";
import { shortList } from "./column-names.js";
import type { TextTable } from "./csv-table.js";

/** A column that becomes inputs. */
export interface ChosenColumn {
  readonly column: number;
  readonly kind: "numbers" | "decimal commas" | "words";
}

/** The columns that become inputs, and those that do not. */
export interface ColumnPlan {
  readonly columns: readonly ChosenColumn[];
  readonly dropped: { readonly name: string; readonly reason: string }[];
  readonly notes: readonly string[];
}

/**
 * Decides from the `rows` of a table what its columns are. Left out: columns in `toDrop`, without any value, with one
 * word in all rows or another word in every row, with the numbers of the rows. Without a target all columns of words are,
 * unless there are no others. Errors: `data` for dates and for more than `maxCategories` words, when there is a target.
 */
export function chooseColumns(
  table: TextTable,
  rows: Int32Array,
  target: number | undefined,
  toDrop: ReadonlySet<number>,
  maxCategories: number,
): ColumnPlan {
  const kept: ChosenColumn[] = [];
  const words: ChosenColumn[] = [];
  const dropped: ColumnPlan["dropped"] = [];
  table.names.forEach((name, column) => {
    if (column === target) return;
    const leave = (reason: string) => dropped.push({ name, reason });
    if (toDrop.has(column)) return leave("as asked");
    const cells = Array.from(rows, (row) => table.rows[row].cells[column]);
    const kind = writingOf(cells, table.delimiter);
    if (kind === "nothing") return leave("no value in any row");
    if (kind === "dates") {
      if (target !== undefined) throw dateError(table, rows, column);
      return leave("dates");
    }
    if (kind !== "words") {
      return numbersRowIds(table, name, column, cells) ? leave("numbers its rows") : kept.push({ column, kind });
    }
    return words.push({ column, kind });
  });
  // Without a target, words are more likely a label than an input.
  const leaveWords = target === undefined && kept.length > 0;
  for (const chosen of words) {
    const { column } = chosen;
    const cells = Array.from(rows, (row) => table.rows[row].cells[column]);
    const reason = leaveWords ? "text" : (uselessWords(cells) ?? tooManyWords(table, column, cells, maxCategories));
    if (reason === undefined) kept.push(chosen);
    else dropped.push({ name: table.names[column], reason });
  }
  const columns = kept.toSorted((a, b) => a.column - b.column);
  if (columns.length === 0) throw nothingLeft(table);
  return { columns, dropped, notes: droppedNotes(dropped) };
}

function droppedNotes(dropped: ColumnPlan["dropped"]): string[] {
  const isText = (reason: string) => reason === "text" || reason === "dates";
  const text = dropped.filter(({ reason }) => isText(reason)).map(({ name }) => name);
  const others = dropped.filter(({ reason }) => !isText(reason));
  const reasons = [...new Set(others.map(({ reason }) => reason))];
  const note = `Columns of text were left out: ${shortList(text)}. To use one as labels, make it the target.`;
  return [
    ...(text.length > 0 ? [note] : []),
    ...reasons.map((reason) => {
      const names = others.filter((other) => other.reason === reason).map(({ name }) => name);
      return `Left out (${reason}): ${shortList(names)}.`;
    }),
  ];
}

/** Why a column of words says nothing about its rows. */
function uselessWords(cells: readonly string[]): string | undefined {
  const values = cells.filter((cell) => !isWordGap(cell));
  const distinct = new Set(values).size;
  if (distinct === 1 && values.length === cells.length) return "the same word in every row";
  return distinct > 2 && distinct === values.length ? "another word in every row" : undefined;
}

function tooManyWords(table: TextTable, column: number, cells: readonly string[], most: number): string | undefined {
  const values = cells.filter((cell) => !isWordGap(cell));
  const distinct = new Set(values).size;
  if (distinct <= most) return undefined;
  if (2 * distinct > values.length) return "almost another word in every row";
  const name = table.names[column];
  throw new AppError(
    "data",
    `${table.file}, column ${column + 1} ("${name}"): expected at most ${most} different words, it has ${distinct}`,
    {
      hint: `Leave the column out (drop "${name}"), or allow more categories: one 0/1 column for each.`,
      details: { column: name, distinct, most },
    },
  );
}

/** A blank header as R and pandas write it above row numbers, or a name that ends in id, over integers that hardly repeat. */
function numbersRowIds({ header }: TextTable, name: string, column: number, cells: readonly string[]): boolean {
  const blank = name === `column ${column + 1}` || /^unnamed: ?\d+$/i.test(name);
  const named = /^(row_?)?(id|nr|no|index|number)$|[ _.-]id$|[a-z]I[dD]$/i.test(name);
  if (!header || !(blank || named) || cells.length < 10) return false;
  const integers = cells.every((cell) => /^\d+$/.test(cell) || isGap(cell));
  return integers && new Set(cells).size > 0.9 * cells.length;
}

function dateError(table: TextTable, rows: Int32Array, column: number): AppError {
  const name = table.names[column];
  const example = table.rows[rows.find((row) => !isGap(table.rows[row].cells[column]))!].cells[column];
  return new AppError(
    "data",
    `${table.file}, column ${column + 1} ("${name}"): expected numbers or words, it holds dates such as "${example}"`,
    {
      hint: `Leave the column out (--drop ${JSON.stringify(name)}), or replace it by numbers such as year and month.`,
      details: { column: name, example },
    },
  );
}

export function nothingLeft({ file, names }: TextTable): AppError {
  return new AppError("data", `${file}: expected at least one column of numbers besides the target, there is none`, {
    hint: "Check the delimiter, the header and the target.",
    details: { columns: names },
  });
}
