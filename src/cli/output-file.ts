import { closeSync, constants, mkdtempSync, openSync, rmdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { AppError } from "../errors.js";
import { makeFolders } from "../store/folders.js";

/** A file that a command will write once it has computed; that it can be written was seen before. */
export interface OutputFile {
  readonly path: string;
  /** Writes all of the file and returns its path. Throws AppError `usage` when it cannot be written any more. */
  write(content: string | Uint8Array): Promise<string>;
}

/**
 * The file that a flag names, checked at once, so that nothing is computed in vain: its folders are made, and it can be
 * written. The file itself is neither made nor changed. No file for no name.
 *
 * @throws AppError "usage" when the file cannot be written.
 */
export function outputFile(file: string, cwd: string, flag?: string): OutputFile;
export function outputFile(file: string | undefined, cwd: string, flag?: string): OutputFile | undefined;
export function outputFile(file: string | undefined, cwd: string, flag = "--out"): OutputFile | undefined {
  if (file === undefined) return undefined;
  const path = resolve(cwd, file);
  checked(file, flag, () => tryFile(path));
  return {
    path,
    write: async (content) => {
      try {
        makeFolders(dirname(path));
        await writeFile(path, content);
      } catch (cause) {
        throw unwritable(file, flag, cause);
      }
      return path;
    },
  };
}

/**
 * The path of the folder that a flag names, made, in which files can be made.
 *
 * @throws AppError "usage" when it cannot be made, or nothing in it.
 */
export function outputFolder(folder: string, cwd: string, flag = "--out"): string {
  const path = resolve(cwd, folder);
  checked(folder, flag, () => tryFolder(path));
  return path;
}

/** Pipes and devices are left alone: they would notice being opened. */
function tryFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) tryFolder(dirname(path));
  else if (found.isFile() || found.isDirectory()) closeSync(openSync(path, constants.O_WRONLY));
}

/** Makes something of a name that nobody else has, and takes it away: permissions alone do not tell. */
function tryFolder(path: string): void {
  makeFolders(path);
  rmdirSync(mkdtempSync(join(path, ".eigennas-")));
}

function checked(file: string, flag: string, attempt: () => void): void {
  try {
    attempt();
  } catch (cause) {
    throw unwritable(file, flag, cause);
  }
}

function unwritable(file: string, flag: string, cause: unknown): unknown {
  if (!(cause instanceof Error && "code" in cause)) return cause;
  const message = `${flag}: expected a place where files can be written, ${file} gives ${String(cause.code)}`;
  return new AppError("usage", message, { hint: "Name a file in a folder that you may write to.", cause });
}
