import { AppError, nearestName } from "../errors.js";

/** Known answers, one row an architecture: accuracies in percent, losses, costs, published scores. Immutable by convention. */
export interface BenchmarkTable {
  readonly space: "topology" | "size";
  /** Number of rows. */
  readonly count: number;
  /** Official index of each row, each once; ascending. */
  readonly indices: Int32Array;
  /** The benchmark's string of each row. */
  readonly archs: readonly string[];
  /** Names of the columns of numbers, without index and arch, in the order of the file. */
  readonly columns: readonly string[];
  /** Names of columns that hold text and are left out, each with the first text. */
  readonly textColumns: ReadonlyMap<string, string>;
  /** A column by its name, e.g. `c10_test`, `c100_valid_e12`; NaN where the file has no value. undefined: no such column. */
  column(name: string): Float64Array | undefined;
  /** SHA-256 (hex) of the file's text; of all parts for a joined table. */
  readonly hash: string;
}

/**
 * A column that must be there. Errors: `usage` with the nearest names, or with the text that makes a column no numbers.
 *
 * @example needColumn(table, "c10_test")
 */
export function needColumn(table: BenchmarkTable, name: string): Float64Array {
  const column = table.column(name);
  if (column !== undefined) return column;
  const text = table.textColumns.get(name);
  if (text !== undefined) {
    throw new AppError("usage", `column ${name}: expected numbers, it holds "${text.slice(0, 60)}"`, {
      hint: "Only columns of numbers can be used; an empty cell means that there is no value.",
    });
  }
  const near = nearestName(name, table.columns);
  throw new AppError("usage", `column ${name}: the table has no such column`, {
    hint: near === undefined ? `It has ${table.columns.join(", ")}.` : `Did you mean ${near}?`,
    details: { columns: table.columns },
  });
}

/** A table of these columns. */
export function tableOf(
  parts: Omit<BenchmarkTable, "count" | "columns" | "column"> & { readonly data: ReadonlyMap<string, Float64Array> },
): BenchmarkTable {
  const { space, indices, archs, textColumns, hash, data } = parts;
  return {
    space,
    count: indices.length,
    indices,
    archs,
    textColumns,
    hash,
    columns: [...data.keys()],
    column: (name) => data.get(name),
  };
}
