import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Expected } from "./catalogue.js";

/** The length of a file; undefined when there is none. */
export async function lengthOf(path: string): Promise<number | undefined> {
  const state = await stat(path).catch(() => undefined);
  return state?.isFile() === true ? state.size : undefined;
}

/** What is wrong with a file, in words; undefined when length and checksum (SHA-256, else MD5) are as expected. */
export async function faultOf(path: string, { bytes, sha256, md5 }: Partial<Expected>): Promise<string | undefined> {
  const length = await lengthOf(path);
  if (length === undefined) return "there is no file";
  if (bytes !== undefined && length !== bytes) return `expected ${bytes} bytes, got ${length}`;
  const [kind, expected] = sha256 === undefined ? (["md5", md5] as const) : (["sha256", sha256] as const);
  if (expected === undefined) return undefined;
  const hash = createHash(kind);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  const found = hash.digest("hex");
  const name = kind === "sha256" ? "SHA-256" : "MD5";
  return found === expected ? undefined : `expected the ${name} checksum ${expected}, got ${found}`;
}
