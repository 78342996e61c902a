import { createReadStream } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
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
    throw badGzip(file, path, bytes.length, cause);
  }
}

/**
 * The bytes of a file in pieces, unpacked when they are gzip, for files that need not fit into memory. Stopping early closes
 * the file. Errors: as `readBytes`.
 */
export async function* readChunks(file: string, cwd: string): AsyncGenerator<Uint8Array> {
  const path = resolve(cwd, file);
  const zipped = await startsWithGzip(path).catch(async (cause: unknown) => {
    throw await unreadable(file, path, cause);
  });
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  const chunks = zipped ? stream.pipe(createGunzip()) : stream;
  stream.on("error", (cause) => chunks.destroy(cause));
  try {
    for await (const chunk of chunks) yield chunk as Uint8Array;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw zipped ? badGzip(file, path, stream.bytesRead, cause) : await unreadable(file, path, cause);
  } finally {
    stream.destroy();
  }
}

async function startsWithGzip(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

const badGzip = (file: string, path: string, length: number, cause: unknown): AppError =>
  new AppError(
    "data",
    `${file}: expected a whole gzip file, but it cannot be unpacked after ${length} bytes (${messageOf(cause)})`,
    { hint: "The file is cut off or damaged: download or copy it again.", details: { path }, cause },
  );

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
