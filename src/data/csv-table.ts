import { CsvError, parse } from "csv-parse/sync";
import { AppError } from "../errors.js";
import { isMissing, isNumber, printable } from "./cells.js";

/** A rectangular table of text cells. */
export interface TextTable {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Whether the first line gave the names. */
  readonly header: boolean;
  readonly delimiter: string;
  /** Column names; `column 1`, `column 2`, ... without a header. */
  readonly names: readonly string[];
  readonly rows: readonly TextRow[];
  readonly notes: readonly string[];
}

export interface TextRow {
  /** 1-based line of the file at which the row ends. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Splits the text of a CSV file into a table. Delimiter: whichever of `,` `;` tab and white space fits the first
 * lines; quotes as in RFC 4180; blank lines skipped. `header: "auto"`: the first line is a header unless all its cells
 * are numbers, or some are and the others are text in the second line too.
 * `lineOf` numbers the lines of a text that is a part of the file.
 * Errors: `data` for a file without rows, ragged rows (with the line) and unclosed quotes.
 */
export function readTable(
  text: string,
  file: string,
  header: boolean | "auto",
  lineOf: (line: number) => number = (line) => line,
): TextTable {
  const clean = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  if (clean.includes("\0")) {
    throw new AppError("data", `${file}: expected text in UTF-8, it holds zero bytes`, {
      hint: "Save the table as CSV in UTF-8.",
    });
  }
  const delimiter = guessDelimiter(clean);
  const records = splitRows(clean, file, delimiter).map(({ line, cells }) => ({ line: lineOf(line), cells }));
  if (records.length === 0) {
    throw new AppError("data", `${file}: expected a table, the file is empty`, {
      hint: "Give a CSV file with one row per input.",
    });
  }
  const rowNames = header !== false && lacksRowNames(records);
  if (rowNames) records[0] = { ...records[0], cells: ["", ...records[0].cells] };
  checkWidths(records, file);
  const [hasHeader, notes] = header === "auto" && !rowNames ? detectHeader(records) : [header !== false, []];
  const rows = hasHeader ? records.slice(1) : records;
  if (rows.length === 0) {
    throw new AppError("data", `${file}: expected rows of data, the file has a header line only`, {
      hint: "If that line is data, say that there is no header.",
    });
  }
  const first = records[0].cells;
  const names = first.map((cell, j) => (hasHeader && cell !== "" ? printable(cell) : `column ${j + 1}`));
  const repeated = [...new Set(names.filter((name, j) => names.indexOf(name) !== j))];
  const repeatedNote = `Header names that occur more than once: ${repeated.join(", ")}.`;
  const allNotes = repeated.length > 0 ? [...notes, repeatedNote] : notes;
  return { file, header: hasHeader, delimiter, names, rows, notes: allNotes };
}

/** R writes no header cell above the names of the rows. */
function lacksRowNames(records: readonly TextRow[]): boolean {
  const width = records[0].cells.length;
  const isHeader = records.length > 2 && !records[0].cells.some(isNumber);
  return isHeader && records.every(({ cells }, i) => i === 0 || cells.length === width + 1);
}

function detectHeader(records: readonly TextRow[]): [boolean, string[]] {
  const first = records[0].cells;
  const isData = (cell: string) => isNumber(cell) || isMissing(cell);
  if (first.every(isData)) return [false, []];
  const second = records.at(1)?.cells;
  const sameKinds = second?.every((cell, j) => isData(first[j]) || !isData(cell)) ?? false;
  if (sameKinds && first.some(isNumber)) {
    return [false, ["The first line was read as data, since it looks like the second one."]];
  }
  return [true, []];
}

function checkWidths(records: readonly TextRow[], file: string): void {
  const width = records[0].cells.length;
  const ragged = records.find((record) => record.cells.length !== width);
  if (ragged === undefined) return;
  throw new AppError(
    "data",
    `${file}, line ${ragged.line}: expected ${width} cells as in the first line, got ${ragged.cells.length}`,
    {
      hint: "Check the delimiter and the quotes on that line.",
      details: { line: ragged.line, expected: width, received: ragged.cells.length },
    },
  );
}

const quotedOrWord = /"((?:[^"]|"")*)"|(\S+)/g;
const words = (line: string): string[] =>
  Array.from(
    line.matchAll(quotedOrWord),
    (match) => (match[1] as string | undefined)?.replaceAll('""', '"') ?? match[2],
  );

function splitRows(text: string, file: string, delimiter: string): TextRow[] {
  if (delimiter === "white space") {
    return text
      .split("\n")
      .map((line, index) => ({ line: index + 1, cells: words(line) }))
      .filter((row) => row.cells.length > 0);
  }
  try {
    const records: unknown = parse(text, {
      delimiter,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: "\n",
      max_record_size: 0,
    });
    return (records as InfoRecord[]).map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new AppError("data", `${file}: expected CSV, but ${cause.message}`, {
      hint: 'A cell that holds a quote is written in quotes, with the quote doubled: "2"" pipe".',
      cause,
    });
  }
}

/** What csv-parse gives with `info: true`; its types know only plain records. */
interface InfoRecord {
  readonly info: { readonly lines: number };
  readonly record: string[];
}

/** The delimiter that splits the first lines into equally many cells, or else the one that occurs most. */
function guessDelimiter(text: string): string {
  const lines = firstLines(text, 20);
  const candidates = ["\t", ";", ",", "|"].map((delimiter) => ({
    delimiter,
    counts: lines.map((line) => line.split(delimiter).length - 1),
  }));
  const even = candidates.find(({ counts }) => counts[0] > 0 && counts.every((count) => count === counts[0]));
  if (even) return even.delimiter;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const most = candidates.toSorted((a, b) => total(b.counts) - total(a.counts))[0];
  if (total(most.counts) > 0) return most.delimiter;
  const severalWords = lines.filter((line) => words(line).length > 1).length;
  return severalWords > lines.length / 2 ? "white space" : ",";
}

/** The first lines that are not blank, with `q` in place of every quoted cell. */
function firstLines(text: string, count: number): string[] {
  const start = text.slice(0, 1_000_000);
  const lines = start.replace(/(^|[,;|\s])"(?:[^"]|"")*"/g, "$1q").split("\n");
  if (start.length < text.length && lines.length > 1) lines.pop();
  return lines.filter((line) => line.trim() !== "").slice(0, count);
}
