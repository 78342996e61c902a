import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../errors.js";
import { tableDataset } from "./csv.js";
import { readTable, type TextTable } from "./csv-table.js";
import type { Dataset } from "./dataset.js";
import { readChunks } from "./files.js";
import { applyTextTable } from "./table-apply.js";
import { sampleRecords } from "./table-sample.js";
import type { AppliedTable, Preprocessing, TableOptions } from "./table.js";
import { decodeText } from "./text-encoding.js";

/** A file that is larger is read in part: as many rows as fit into about this much, drawn at random. */
const defaultSampleAbove = 32 * 1024 * 1024;

export interface TableFileOptions {
  /** Default `auto`. */
  readonly header?: boolean | "auto";
  /** Only the first rows. */
  readonly limit?: number;
  /** Folder at which relative paths start; default the process's. */
  readonly cwd?: string;
  /** Seed of the sample of a large file; default 0. */
  readonly seed?: number;
  /** Bytes above which a file is sampled; default 32 MB (unpacked). */
  readonly sampleAbove?: number;
}

/**
 * Reads a CSV file, plain or gzip, in UTF-8, UTF-16 or Latin-1. Of files of more than 32 MB a random sample of rows is
 * kept, in file order, with a note; memory stays below a few hundred MB whatever the size. `A.csv+B.csv` pastes tables of
 * as many rows side by side, such as inputs and targets in files of their own.
 * Errors: `data` as `readTable`, and for files that cannot be read.
 */
export async function readTableFile(file: string, options: TableFileOptions = {}): Promise<TextTable> {
  const { cwd = process.cwd() } = options;
  const parts = file.split("+");
  if (parts.length > 1 && !existsSync(resolve(cwd, file))) {
    const tables: TextTable[] = [];
    for (const part of parts) tables.push(await readWhole(part.trim(), cwd, { ...options, sampleAbove: Infinity }));
    return tables.reduce((left, right) => paste(file, left, right));
  }
  return readWhole(file, cwd, options);
}

async function readWhole(file: string, cwd: string, options: TableFileOptions): Promise<TextTable> {
  const { header = "auto", limit = Infinity, seed = 0, sampleAbove = defaultSampleAbove } = options;
  const chunks = readChunks(file, cwd);
  const held: Uint8Array[] = [];
  let size = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    held.push(next.value);
    size += next.value.length;
    if (size <= sampleAbove) continue;
    const { bytes, lineOf, notes } = await sampleRecords(file, held, chunks, { limit, seed, budget: sampleAbove });
    const { text, notes: encoding } = decodeText(bytes, file, (line) => lineOf(line + 1));
    const table = readTable(text, file, header, lineOf);
    return { ...table, rows: table.rows.slice(0, limit), notes: [...notes, ...encoding, ...table.notes] };
  }
  const { text, notes } = decodeText(Buffer.concat(held), file);
  const table = readTable(text, file, header);
  return { ...table, rows: table.rows.slice(0, limit), notes: [...notes, ...table.notes] };
}

function paste(file: string, left: TextTable, right: TextTable): TextTable {
  if (left.rows.length !== right.rows.length) {
    throw new AppError(
      "data",
      `${file}: expected tables of as many rows to paste, ${left.file} has ${left.rows.length} and ${right.file} ${right.rows.length}`,
      {
        hint: "Row k of one must belong to row k of the other.",
        details: { rows: [left.rows.length, right.rows.length] },
      },
    );
  }
  const names = right.header ? right.names : right.names.map((_, j) => `column ${left.names.length + j + 1}`);
  return {
    file,
    header: left.header && right.header,
    delimiter: left.delimiter,
    names: [...left.names, ...names],
    rows: left.rows.map(({ line, cells }, row) => ({ line, cells: [...cells, ...right.rows[row].cells] })),
    notes: [...left.notes, ...right.notes],
  };
}

export interface FitTableOptions extends TableOptions, Omit<TableFileOptions, "header" | "limit"> {
  /** Rows of the data set (0-based) whose statistics are used; default all. The others stay unseen. */
  readonly fitRows?: readonly number[];
}

/**
 * Reads a table as a data set for learning, with what is needed to read another file in the same way. Target: as given,
 * else a column called target, class, label, y or outcome, else the last; inputs are standardised unless told otherwise.
 * Errors: as `readTableFile` and `fitTextTable`.
 *
 * @example const { dataset, preprocessing } = await fitTable("iris.csv", { target: "species" })
 */
export async function fitTable(
  path: string,
  options: FitTableOptions = {},
): Promise<{ readonly dataset: Dataset; readonly preprocessing: Preprocessing }> {
  return fitRead(await readTableFile(path, options), options);
}

/** As `fitTable`, for a table that was read before: other rows to fit cost no second reading. */
export function fitRead(
  table: TextTable,
  options: Omit<FitTableOptions, "header"> = {},
): { readonly dataset: Dataset; readonly preprocessing: Preprocessing } {
  const dataset = tableDataset(`csv:${table.file}`, table, options, options.fitRows);
  return { dataset, preprocessing: dataset.preprocessing };
}

/**
 * Reads another table as a fit did, to predict: see `applyTextTable`. All rows are read, so a file above 256 MB of inputs
 * is refused. Errors: `data` for columns that are not there, cells that are no numbers, `limit` for too many rows.
 *
 * @example const { inputs, labels } = await applyTable(preprocessing, "new.csv")
 */
export async function applyTable(
  preprocessing: Preprocessing,
  path: string,
  options: Pick<TableFileOptions, "cwd" | "limit"> = {},
): Promise<AppliedTable> {
  checkVersion(preprocessing);
  const { header } = preprocessing;
  return applyTextTable(preprocessing, await readTableFile(path, { ...options, header, sampleAbove: Infinity }));
}

function checkVersion({ version }: { readonly version: number }): void {
  if (version === 1) return;
  throw new AppError("data", `Expected a table's preprocessing of version 1, got ${version}`, {
    hint: "It was written by another version of eigennas: fit again.",
  });
}
