import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { storeFailure } from "./failure.js";
import { makeFolders } from "./folders.js";

/** Records of one protocol, one line of JSON each, in a file that is only appended to. */
export interface LineFile<T> {
  readonly path: string;
  /** What the file held when it was opened: of several records of one key the first. */
  readonly records: readonly T[];
  readonly append: (records: readonly T[]) => void;
  /** Where the checkpoint of work belongs that will give the record with this key. */
  readonly checkpoint: (key: string) => string;
}

export interface LineFormat<T> {
  readonly schema: z.ZodType<T>;
  /** What two records are alike by. */
  readonly keyOf: (record: T) => string;
  /** Writes what JSON has not, as `JSON.stringify` takes it. */
  readonly replacer?: (key: string, value: unknown) => unknown;
}

/** The name of a protocol: equal ones, whatever the order of their keys, have one file. */
export function protocolKey(protocol: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(protocol)))
    .digest("hex")
    .slice(0, 20);
}

/**
 * Opens the records of a protocol in a folder, which is made; the first line of the file is the protocol. Lines are appended
 * whole; one that was cut off by the end of a process is skipped when the file is read, so a kill loses at most what was
 * not yet appended. Several processes may append to one file.
 *
 * @throws AppError "store" when the file cannot be read or written.
 */
export function openLines<T>(folder: string, protocol: unknown, format: LineFormat<T>): LineFile<T> {
  const path = join(folder, `${protocolKey(protocol)}.jsonl`);
  const guarded = <R>(work: () => R): R => {
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
    records: recordsOf(text, format),
    append: (records) =>
      guarded(() => {
        if (records.length > 0)
          appendFileSync(path, records.map((record) => `${JSON.stringify(record, format.replacer)}\n`).join(""));
      }),
    checkpoint: (key) => {
      const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
      return join(folder, `${protocolKey(protocol)}-${name}.training`);
    },
  };
}

function recordsOf<T>(text: string, { schema, keyOf }: LineFormat<T>): T[] {
  const found = new Map<string, T>();
  for (const line of text.split("\n")) {
    const record = parsed(line, schema);
    if (record === undefined) continue;
    const key = keyOf(record);
    if (!found.has(key)) found.set(key, record);
  }
  return [...found.values()];
}

function parsed<T>(line: string, schema: z.ZodType<T>): T | undefined {
  try {
    const checked = schema.safeParse(JSON.parse(line));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

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
