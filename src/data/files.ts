import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AppError, nearestName } from "../errors.js";

const unzip = promisify(gunzip);

/**
 * The bytes of a file, unpacked when they are gzip (recognised by content, not by name).
 * Errors: `data` when the file is absent, is a folder, cannot be read, or its gzip stream is cut off.
 */
export async function readBytes(file: string, cwd: string): Promise<Uint8Array> {
  const path = resolve(cwd, file);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw await unreadable(file, path, cause);
  }
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await unzip(bytes);
  } catch (cause) {
    throw new AppError(
      "data",
      `${file}: expected a whole gzip file, but it cannot be unpacked after ${bytes.length} bytes (${messageOf(cause)})`,
      { hint: "The file is cut off or damaged: download or copy it again.", details: { path }, cause },
    );
  }
}

async function unreadable(file: string, path: string, cause: unknown): Promise<AppError> {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "EISDIR") {
    return new AppError("data", `${file}: expected a file, this is a folder`, {
      hint: "Name a file inside it.",
      details: { path },
      cause,
    });
  }
  if (code !== "ENOENT" && code !== "ENOTDIR") {
    return new AppError("data", `${file}: cannot be read (${messageOf(cause)})`, {
      hint: "Check the permissions of the file.",
      details: { path },
      cause,
    });
  }
  const siblings = await readdir(dirname(path)).catch(() => undefined);
  const near = siblings && nearestName(basename(path), siblings);
  const hint =
    siblings === undefined
      ? `The folder ${dirname(path)} does not exist; relative paths start at the working directory.`
      : near === undefined
        ? `Looked for ${path}; relative paths start at the working directory.`
        : `Looked for ${path}; did you mean ${near}?`;
  return new AppError("data", `${file}: no such file`, { hint, details: { path }, cause });
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
