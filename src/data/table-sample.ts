import { rng } from "../rng.js";
import { RecordSplitter } from "./record-splitter.js";
import { encodingOf, type TextEncoding } from "./text-encoding.js";

/** Rows and cells kept of a large file, besides the bytes that are allowed. */
const [mostRows, mostCells] = [100_000, 4_000_000];

/** A part of a file: its first record and others, in file order, one a line. */
export interface RecordSample {
  readonly bytes: Uint8Array;
  /** 1-based line of the file, for a 1-based line of `bytes`. */
  readonly lineOf: (line: number) => number;
  readonly notes: readonly string[];
}

/**
 * The first record of a file and a uniform sample of the others (reservoir, keyed by the seed), or its first records with a
 * `limit`. `held`: what was read of the file so far (emptied); `more`: the rest. Memory: about `budget` bytes of records.
 */
export async function sampleRecords(
  file: string,
  held: Uint8Array[],
  more: AsyncGenerator<Uint8Array>,
  { limit, seed, budget }: { readonly limit: number; readonly seed: number; readonly budget: number },
): Promise<RecordSample> {
  const encoding = encodingOf(held[0]);
  const toUtf8 = recoder(encoding);
  const random = rng(seed, "table");
  const kept: { readonly record: Uint8Array; readonly line: number }[] = [];
  let count = 0;
  let capacity = Infinity;
  const splitter = new RecordSplitter(file, (record, line) => {
    count++;
    if (count === 1) capacity = capacityFor(held, record, budget);
    // The first record may be the header, which has a place of its own, as has one row more for files without.
    if (count > limit + 1) return false;
    if (kept.length <= capacity) kept.push({ record: record.slice(), line });
    else {
      const at = 1 + Math.floor(random.uniform() * (count - 1));
      if (at <= capacity) kept[at] = { record: record.slice(), line };
    }
    return true;
  });
  let bytes = held.reduce((sum, chunk) => sum + chunk.length, 0);
  let wanted = true;
  for (const chunk of held) wanted = wanted && splitter.push(toUtf8(chunk));
  held.length = 0;
  while (wanted) {
    const next = await more.next();
    if (next.done === true) break;
    bytes += next.value.length;
    wanted = splitter.push(toUtf8(next.value));
  }
  if (wanted) splitter.end();
  await more.return(undefined);
  const seen = Math.min(count - 1, limit);
  const sampled = kept.length - 1 < seen;
  const note =
    `${file} has ${seen < count - 1 ? "more than " : ""}${seen.toLocaleString("en-US")} rows (${Math.round(bytes / 1e6).toLocaleString("en-US")} MB): ` +
    `${(kept.length - 1).toLocaleString("en-US")} of them, drawn at random (seed ${seed}), were read.`;
  return { ...joinRecords(kept.toSorted((a, b) => a.line - b.line)), notes: sampled ? [note] : [] };
}

/** Rows that fit into the budget, by the size of those at the start. */
function capacityFor(held: readonly Uint8Array[], first: Uint8Array, budget: number): number {
  const start = held[0].subarray(0, 1 << 20);
  let lines = 1;
  for (const byte of start) if (byte === 10) lines++;
  let cells = 1;
  for (const byte of first) if (byte === 44 || byte === 59 || byte === 9 || byte === 124 || byte === 32) cells++;
  return Math.max(2, Math.floor(Math.min(mostRows, budget / (start.length / lines), mostCells / cells)));
}

function recoder(encoding: TextEncoding): (chunk: Uint8Array) => Uint8Array {
  if (encoding === "utf-8") return (chunk) => chunk;
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  return (chunk) => encoder.encode(decoder.decode(chunk, { stream: true }));
}

function joinRecords(
  kept: readonly { readonly record: Uint8Array; readonly line: number }[],
): Omit<RecordSample, "notes"> {
  const size = kept.reduce((sum, { record }) => sum + record.length + 1, 0);
  const bytes = new Uint8Array(size);
  const lines: number[] = [];
  let at = 0;
  for (const { record, line } of kept) {
    bytes.set(record, at);
    bytes[at + record.length] = 10;
    at += record.length + 1;
    let inside = 0;
    for (const byte of record) if (byte === 10) inside++;
    for (let k = inside; k >= 0; k--) lines.push(line - k);
  }
  return { bytes, lineOf: (line) => lines[Math.min(line, lines.length) - 1] };
}
