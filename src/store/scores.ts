import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { storeFailure } from "./failure.js";
import { makeFolders } from "./folders.js";

/** What one group of measures said of one network under one protocol. */
export interface ScoreRecord {
  readonly cell: number;
  readonly draw: number;
  readonly values: Readonly<Record<string, number>>;
  readonly failure?: string;
  /** Seconds of one thread. */
  readonly seconds: number;
}

/** Records of one protocol, in a file that is only appended to. */
export interface ScoreFile {
  readonly path: string;
  /** What the file held when it was opened: of several records of one network and draw the first. */
  readonly records: readonly ScoreRecord[];
  append(records: readonly ScoreRecord[]): void;
}

/** JSON has no infinities. */
const number = z.union([
  z.number(),
  z.literal("inf").transform(() => Infinity),
  z.literal("-inf").transform(() => -Infinity),
]);

const recordSchema = z.object({
  cell: z.number(),
  draw: z.number(),
  values: z.record(z.string(), number),
  failure: z.exactOptional(z.string()),
  seconds: z.number(),
});

/** The name of a protocol: equal ones, whatever the order of their keys, have one file. */
export function protocolKey(protocol: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(protocol)))
    .digest("hex")
    .slice(0, 20);
}

/**
 * Opens the scores of a protocol in a folder, which is made. One line of JSON a record, after a first line with the protocol.
 * Lines are appended whole; one that was cut off by the end of a process is skipped when the file is read, so a kill
 * loses at most what was not yet appended. Several processes may append to one file.
 *
 * @throws AppError "store" when the file cannot be read or written.
 * @example openScores(".eigennas/scores", { group: "ntk", channels: 16 }).records.length
 */
export function openScores(folder: string, protocol: unknown): ScoreFile {
  const path = join(folder, `${protocolKey(protocol)}.jsonl`);
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw storeFailure(path, cause);
    }
  };
  const text = guarded(() => (existsSync(path) ? readFileSync(path, "utf8") : ""));
  if (text === "") {
    guarded(() => {
      makeFolders(dirname(path));
      appendFileSync(path, `${JSON.stringify({ protocol: sorted(protocol) })}\n`);
    });
  } else if (!text.endsWith("\n")) guarded(() => appendFileSync(path, "\n"));
  return {
    path,
    records: recordsOf(text),
    append: (records) =>
      guarded(() => {
        if (records.length > 0)
          appendFileSync(path, records.map((record) => `${JSON.stringify(record, infinities)}\n`).join(""));
      }),
  };
}

function recordsOf(text: string): ScoreRecord[] {
  const found = new Map<string, ScoreRecord>();
  for (const line of text.split("\n")) {
    const record = parsed(line);
    if (record === undefined) continue;
    const key = `${record.draw}/${record.cell}`;
    if (!found.has(key)) found.set(key, record);
  }
  return [...found.values()];
}

function parsed(line: string): ScoreRecord | undefined {
  try {
    const checked = recordSchema.safeParse(JSON.parse(line));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

const infinities = (_: string, value: unknown): unknown =>
  value === Infinity ? "inf" : value === -Infinity ? "-inf" : value;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
