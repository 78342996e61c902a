import { AppError } from "../errors.js";

/** Text, and what people should know of how it was read. */
export interface DecodedText {
  readonly text: string;
  readonly notes: readonly string[];
}

export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be";

/**
 * The encoding of a file from its first bytes: by its byte order mark, or by zero bytes in every second place, as text in
 * UTF-16 has them. Everything else is taken for UTF-8 (see `decodeText` for lines that are not).
 */
export function encodingOf(start: Uint8Array): TextEncoding {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  const pairs = Math.min(Math.floor(start.length / 2), 512);
  const zeros = [0, 0];
  for (let k = 0; k < 2 * pairs; k++) if (start[k] === 0) zeros[k % 2]++;
  if (pairs >= 2 && zeros[1] > 0.7 * pairs && zeros[0] < 0.1 * pairs) return "utf-16le";
  if (pairs >= 2 && zeros[0] > 0.7 * pairs && zeros[1] < 0.1 * pairs) return "utf-16be";
  return "utf-8";
}

/**
 * Text of a file in UTF-8 or UTF-16. Lines that are not valid UTF-8 are read as Windows-1252 (which holds Latin-1) one by
 * one, so that a file of mixed encodings comes out right; a note counts them and names the first.
 * `lineOf(k)` is the line of the file of line k (0-based), for texts that are a part of one.
 * Errors: `data` for zero bytes, which no text has.
 */
export function decodeText(bytes: Uint8Array, file: string, lineOf = (k: number): number => k + 1): DecodedText {
  const encoding = encodingOf(bytes);
  if (encoding !== "utf-8") return { text: new TextDecoder(encoding).decode(bytes), notes: [] };
  if (bytes.includes(0)) throw noText(file);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), notes: [] };
  } catch {
    return byLines(bytes, lineOf);
  }
}

function byLines(bytes: Uint8Array, lineOf: (k: number) => number): DecodedText {
  const strict = new TextDecoder("utf-8", { fatal: true });
  const western = new TextDecoder("windows-1252");
  const lines: string[] = [];
  let [first, count] = [-1, 0];
  let several = false;
  for (let start = 0; start <= bytes.length;) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    try {
      const text = strict.decode(line);
      if (text.length < line.length) several = true;
      lines.push(text);
    } catch {
      if (first < 0) first = lines.length;
      count++;
      lines.push(western.decode(line));
    }
    if (end < 0) break;
    start = end + 1;
  }
  const which = count === 1 ? `Line ${lineOf(first)} is` : `${count} lines (the first is line ${lineOf(first)}) are`;
  const others = several ? "; other lines are UTF-8, so the file mixes encodings: check its words" : "";
  return {
    text: lines.join("\n"),
    notes: [`${which} not UTF-8 and ${count === 1 ? "was" : "were"} read as Latin-1 (Windows-1252)${others}.`],
  };
}

const noText = (file: string): AppError =>
  new AppError("data", `${file}: expected text in UTF-8, UTF-16 or Latin-1, it holds zero bytes`, {
    hint: "Save the table as CSV in UTF-8; a spreadsheet file (.xlsx) is not text.",
  });
