import { CsvError, parse } from "csv-parse/sync";
import { AppError } from "../errors.js";

/** All lines of a CSV text as cells, trimmed. Quotes as in RFC 4180, if there are any. Errors: `data` for open quotes. */
export function splitCells(text: string, file: string): (readonly string[])[] {
  const clean = text.replace(/^\uFEFF/, "");
  if (!clean.includes('"')) return clean.split(/\r?\n/).map((line) => line.split(",").map((cell) => cell.trim()));
  try {
    return parse(clean, { trim: true, relax_column_count: true });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const reason = cause.message.replace(/, value is .*$/su, "");
    throw new AppError("data", `${file}: expected CSV, but ${reason}`, {
      hint: "Columns are separated by commas; quotes are doubled inside quotes.",
      cause,
    });
  }
}
