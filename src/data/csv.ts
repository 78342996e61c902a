import { shortList } from "./column-names.js";
import { readTable, type TextTable } from "./csv-table.js";
import type { Dataset } from "./dataset.js";
import { checkSize, hashOf } from "./source.js";
import { fitTextTable } from "./table-fit.js";
import type { TableOptions } from "./table.js";

export type CsvOptions = TableOptions;

/**
 * Reads the text of a CSV file; `file` is its name for messages. Numbers stay as they are unless `standardize` is set.
 * Without a target every numeric column is a coordinate and columns of text are left out with a note; with one, words
 * become 0/1 columns. A target of text or of few integers that repeat gives class labels, other numbers give regression
 * targets.
 * Errors: `data` for empty or ragged tables and for cells that are not finite numbers where numbers are expected (line and
 * column are named), `usage` for a column that does not exist.
 *
 * @example readCsv("csv:a.csv", "x,y,kind\n1,2,up\n3,4,down\n", "a.csv", { target: "kind" })
 */
export const readCsv = (spec: string, text: string, file: string, options: CsvOptions = {}): Dataset =>
  tableDataset(spec, readTable(text, file, options.header ?? "auto"), { target: null, standardize: false, ...options });

/** A table as a data set; statistics come from the rows `fitRows` of the data set alone. Errors: as `fitTextTable`. */
export function tableDataset(
  spec: string,
  table: TextTable,
  options: TableOptions,
  fitRows?: readonly number[],
): Dataset & Required<Pick<Dataset, "preprocessing">> {
  const rows = table.rows.slice(0, options.limit);
  checkSize(spec, rows.length, 1);
  const fitted = fitTextTable({ ...table, rows }, options, fitRows);
  const { inputs, labels, targets, preprocessing } = fitted;
  const { inputNames, target } = preprocessing;
  const n = fitted.rows.length;
  return {
    spec,
    n,
    d: inputNames.length,
    inputs,
    ...(labels && { labels }),
    ...(target?.classNames && { classNames: target.classNames }),
    ...(targets && { targets }),
    hash: hashOf(inputs, labels, targets),
    notes: [...fitted.notes, ...constantNote(inputs, n, inputNames)],
    preprocessing,
  };
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
