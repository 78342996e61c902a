import { AppError } from "../errors.js";

/** A record longer than this is a quote that was never closed. */
const longestRecord = 16 * 1024 * 1024;

const [lineFeed, carriageReturn, quote, blank] = [10, 13, 34, 32];
const delimiters = new Set([44, 59, 9, 124]); // , ; tab |

/**
 * Cuts the bytes of a CSV file into records: at line ends (LF, CR LF, CR) that are not inside a quoted cell. Works on UTF-8
 * and all encodings that contain ASCII. Blank records are left out. `onRecord(bytes, line)` gets the record without its line
 * end, as a view that is valid during the call alone, and the 1-based line at which it ends; false stops.
 */
export class RecordSplitter {
  readonly #file: string;
  readonly #onRecord: (record: Uint8Array, line: number) => boolean;
  #rest: Uint8Array = new Uint8Array();
  /** Bytes of `#rest` that were looked at. */
  #seen = 0;
  #line = 1;
  #inQuotes = false;
  #closed = false;
  #cellStart = true;
  #afterReturn = false;
  #stopped = false;

  constructor(file: string, onRecord: (record: Uint8Array, line: number) => boolean) {
    this.#file = file;
    this.#onRecord = onRecord;
  }

  /** Returns false when no more is wanted. Errors: `data` for a record of more than 16 MB. */
  push(chunk: Uint8Array): boolean {
    const data = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    let start = 0;
    for (let i = this.#seen; i < data.length && !this.#stopped; i++) {
      const byte = data[i];
      if (byte === lineFeed || byte === carriageReturn) {
        const second = byte === lineFeed && this.#afterReturn;
        this.#afterReturn = byte === carriageReturn;
        if (!second) {
          if (!this.#inQuotes) this.#emit(data, start, i);
          this.#line++;
        }
        if (!this.#inQuotes) {
          start = i + 1;
          this.#cellStart = true;
          this.#closed = false;
        }
        continue;
      }
      this.#afterReturn = false;
      if (byte === quote) {
        if (this.#inQuotes) {
          this.#inQuotes = false;
          this.#closed = true;
        } else if (this.#cellStart || this.#closed) this.#inQuotes = true;
        this.#cellStart = false;
      } else if (!this.#inQuotes) {
        this.#closed = false;
        if (byte !== blank) this.#cellStart = delimiters.has(byte);
      }
    }
    this.#rest = data.slice(start);
    this.#seen = this.#rest.length;
    if (this.#rest.length > longestRecord) throw this.#tooLong();
    return !this.#stopped;
  }

  /** The last record, if no line end follows it. Errors: `data` for a quote that is not closed. */
  end(): void {
    if (this.#stopped) return;
    if (this.#inQuotes) throw this.#tooLong();
    this.#emit(this.#rest, 0, this.#rest.length);
  }

  #emit(data: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      if (data[i] === blank || data[i] === 9) continue;
      if (!this.#onRecord(data.subarray(start, end), this.#line)) this.#stopped = true;
      return;
    }
  }

  #tooLong(): AppError {
    return new AppError("data", `${this.#file}, line ${this.#line}: expected the end of a quoted cell, there is none`, {
      hint: 'A cell that holds a quote is written in quotes, with the quote doubled: "2"" pipe".',
      details: { line: this.#line },
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
