import { createHash } from "node:crypto";
import { printable } from "../data/cells.js";
import { readBytes } from "../data/files.js";
import { decodeText } from "../data/text-encoding.js";
import { AppError } from "../errors.js";
import { sizeArch, sizeSize } from "../spaces/size.js";
import { topologyArch, topologySize } from "../spaces/topology.js";
import { splitCells } from "./cells.js";
import { tableOf, type BenchmarkTable } from "./table.js";

const spaces = {
  topology: { size: topologySize, archOf: topologyArch },
  size: { size: sizeSize, archOf: sizeArch },
} as const;

/** Cells that mean "no value". */
const missing = /^(|nan|na|n\/a|none|null)$/i;

export interface TableOptions {
  /** Space of a table without arch strings; default `topology`. */
  readonly space?: BenchmarkTable["space"];
  /** Folder at which relative paths start; default the process's. */
  readonly cwd?: string;
}

/**
 * Reads a table of benchmark answers: CSV, plain or gzip, whose first line names the columns. `index` (official, from 0)
 * is needed, `arch` is checked against it when it is there. Every other column is one of numbers (empty, NaN, NA: no
 * value; inf allowed), or else is left out as text. Whatever columns there are can be used: `c100_test`, `in16_valid_e12`.
 * Errors: `data` for a file that is absent, damaged, ragged, or whose index and arch are not those of the space.
 *
 * @example (await readTable("nasbench201.csv.gz")).column("c10_test")
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<BenchmarkTable> {
  const bytes = await readBytes(path, options.cwd ?? process.cwd());
  return parseTable(decodeText(bytes, path).text, path, options);
}

/** A table from the text of a CSV file; `file` is its name for messages. Errors: as `readTable`. */
export function parseTable(text: string, file: string, options: TableOptions = {}): BenchmarkTable {
  const [header, ...lines] = splitCells(text, file);
  const rows = lines
    .map((cells, k) => ({ cells, line: k + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  checkShape(header, rows, file);
  const indexColumn = header.indexOf("index");
  const archColumn = header.indexOf("arch");
  const space = options.space ?? (rows[0].cells.at(archColumn)?.includes(":") ? "size" : "topology");
  const numbered = rows.map((row) => ({ ...row, index: readIndex(row, indexColumn, spaces[space].size, file) }));
  numbered.sort((a, b) => a.index - b.index);
  const twice = numbered.find(({ index }, k) => k > 0 && numbered[k - 1].index === index);
  if (twice) throw bad(file, twice.line, `index ${twice.index} once`, "it twice");
  const archs = numbered.map(({ cells, line, index }) => {
    const arch = spaces[space].archOf(index);
    if (archColumn >= 0 && cells[archColumn] !== arch) throw bad(file, line, `arch ${arch}`, `"${cells[archColumn]}"`);
    return arch;
  });
  const data = new Map<string, Float64Array>();
  const textColumns = new Map<string, string>();
  header.forEach((name, column) => {
    if (column === indexColumn || column === archColumn) return;
    const values = new Float64Array(numbered.length);
    for (let k = 0; k < numbered.length; k++) {
      const cell = numbered[k].cells[column];
      values[k] = numberOf(cell);
      if (!Number.isNaN(values[k]) || missing.test(cell)) continue;
      textColumns.set(name, cell);
      return;
    }
    data.set(name, values);
  });
  const indices = Int32Array.from(numbered, ({ index }) => index);
  const hash = createHash("sha256").update(text).digest("hex");
  return tableOf({ space, indices, archs, textColumns, hash, data });
}

/**
 * The table with further columns of another one, row by row by index; NaN where the other has no row. Names that the
 * table already has are not overwritten: with `prefix` (`hw_`) all names of the other begin with it.
 * Errors: `usage` for two different spaces or for a name that both have.
 *
 * @example joinTable(await readTable("nasbench201.csv.gz"), await readTable("hwnasbench.csv.gz"))
 */
export function joinTable(table: BenchmarkTable, other: BenchmarkTable, { prefix = "" } = {}): BenchmarkTable {
  if (table.space !== other.space) {
    throw new AppError("usage", `expected two tables of one space, got ${table.space} and ${other.space}`, {
      hint: "A table without arch strings counts as one of the topology space unless you say otherwise.",
    });
  }
  const taken = other.columns.filter((name) => table.columns.includes(prefix + name));
  if (taken.length > 0) {
    throw new AppError("usage", `expected new columns, but both tables have ${taken.join(", ")}`, {
      hint: "Give a prefix for the columns of the second table, or remove them from it.",
    });
  }
  const rowOf = new Map(Array.from(other.indices, (index, row) => [index, row]));
  const rows = Array.from(table.indices, (index) => rowOf.get(index));
  const data = new Map(table.columns.map((name) => [name, table.column(name)!]));
  for (const name of other.columns) {
    const values = other.column(name)!;
    data.set(
      prefix + name,
      Float64Array.from(rows, (row) => (row === undefined ? NaN : values[row])),
    );
  }
  const { space, indices, archs } = table;
  const textColumns = new Map([
    ...table.textColumns,
    ...Array.from(other.textColumns, ([name, text]) => [prefix + name, text] as const),
  ]);
  const hash = createHash("sha256").update(`${table.hash} ${prefix} ${other.hash}`).digest("hex");
  return tableOf({ space, indices, archs, textColumns, hash, data });
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

function checkShape(header: readonly string[], rows: readonly Row[], file: string): void {
  if (!header.includes("index")) {
    throw new AppError("data", `${file}: expected a column named index in the first line, got ${shown(header)}`, {
      hint: "The first line names the columns; index is the official index of the benchmark, from 0 on.",
    });
  }
  const twice = header.find((name, k) => header.indexOf(name) !== k);
  if (twice !== undefined) throw bad(file, 1, "every column once", `${twice} twice`);
  if (rows.length === 0) throw bad(file, 2, "rows", "none");
  const ragged = rows.find(({ cells }) => cells.length !== header.length);
  if (ragged) throw bad(file, ragged.line, `${header.length} cells`, `${ragged.cells.length}`);
}

function readIndex({ cells, line }: Row, column: number, size: number, file: string): number {
  const text = cells[column];
  const index = /^\d+$/.test(text) ? Number(text) : NaN;
  if (index < size) return index;
  throw bad(file, line, `an index from 0 to ${size - 1}`, `"${text}"`);
}

const infinite = /^([+-]?)inf(inity)?$/i;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** NaN for what is no number. */
function numberOf(cell: string): number {
  if (decimal.test(cell)) return Number(cell);
  const match = infinite.exec(cell);
  return match === null ? NaN : match[1] === "-" ? -Infinity : Infinity;
}

const shown = (cells: readonly string[]): string => `"${printable(cells.join(",")).slice(0, 80)}"`;

const bad = (file: string, line: number, expected: string, received: string): AppError =>
  new AppError("data", `${file}, line ${line}: expected ${expected}, got ${received}`, {
    hint: "A table has one row an architecture of the space, in any order.",
    details: { line },
  });
