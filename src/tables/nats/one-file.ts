import { closeSync, openSync, readSync } from "node:fs";
import { Bzip2Decoder } from "../../data/bzip2.js";
import { plainGlobals, readPickle } from "../../data/pickle/index.js";
import { AppError } from "../../errors.js";
import { metaArchs } from "./file.js";
import { parseResults, type NatsResults } from "./results.js";

const readBytes = 1 << 20;
/** Memo numbers kept at both ends: those of the list of architectures and of about ten of them. */
const memoWindow = 1 << 17;

/** What one architecture of the one-file benchmark gave: results by recipe, or why it could not be read. */
export type OneArchitecture = ReadonlyMap<string, NatsResults> | AppError;

/**
 * Reads `NATS-tss-v1_0-3ffb9.pickle.pbz2`, the whole benchmark as one pickle of 5 GB, and hands over architecture by
 * architecture, keeping nothing. Blocks until it is done. Returns the strings of all architectures.
 * Errors: `data` for a file that is absent, damaged or something else.
 */
export function readOneFile(path: string, file: string, take: (one: OneArchitecture) => void): readonly string[] {
  const parsed = new WeakMap<object, NatsResults | AppError>();
  const onItems = (dict: Map<unknown, unknown>): boolean => {
    if (dict.has("all_results") && dict.has("arch_index")) {
      parsed.set(dict, attempt(dict, file));
      dict.clear();
      return false;
    }
    const recipes = new Map<string, NatsResults>();
    let failure: AppError | undefined;
    for (const [key, value] of dict) {
      const results = typeof value === "object" && value !== null ? parsed.get(value) : undefined;
      if (typeof key !== "string" || results === undefined) return false;
      if (results instanceof AppError) failure = results;
      else recipes.set(key, results);
    }
    if (dict.size === 0) return false;
    dict.clear();
    take(failure ?? recipes);
    return true;
  };
  const descriptor = open(path, file);
  try {
    const decoder = new Bzip2Decoder(() => {
      const buffer = new Uint8Array(readBytes);
      const length = readSync(descriptor, buffer);
      return length === 0 ? undefined : buffer.subarray(0, length);
    }, file);
    const value = readPickle(() => decoder.read(), { file, globals: plainGlobals, onItems, memoWindow });
    return metaArchs(value instanceof Map ? value.get("meta_archs") : undefined, file);
  } finally {
    closeSync(descriptor);
  }
}

function attempt(dict: Map<unknown, unknown>, file: string): NatsResults | AppError {
  try {
    return parseResults(dict, `${file}, ${String(dict.get("arch_str")).slice(0, 120)}`);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function open(path: string, file: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new AppError("data", `${file}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      hint: "Name the folder or the file of NATS-Bench.",
      cause,
    });
  }
}
