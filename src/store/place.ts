import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AppError } from "../errors.js";
import { makeFolders } from "./folders.js";
import { schemaVersion } from "./schema.js";

/** Where a store is opened: its own file, or a copy that goes away with `release`. */
export interface Place {
  readonly path: string;
  release(): void;
}

/** A file that may be written, in folders that are made. @throws AppError "store" for what is not a file or not writable. */
export function placeToWrite(path: string): Place {
  if (path !== ":memory:") {
    checkFile(path);
    makeFolders(dirname(path));
    if (!writable(path)) {
      throw new AppError("store", `${path}: the store is not writable`, {
        hint: "Allow writing to the file and its folder, or give another path for the store.",
        details: { path },
      });
    }
  }
  return { path, release: () => undefined };
}

/**
 * A store to be read only: nothing is made and its layout stays. One that may not be written, or that has an older
 * layout, is read through a copy, since SQLite writes beside a database in write-ahead mode even to read it.
 *
 * @throws AppError "not-found" when there is no file, "store" when it is not one.
 */
export function placeToRead(path: string): Place {
  if (!existsSync(path)) {
    throw new AppError("not-found", `${path}: there is no store`, {
      hint: "`eigennas search --data mnist` makes one; --store names another file.",
      details: { path },
    });
  }
  checkFile(path);
  if (writable(path) && headerVersion(path) === schemaVersion) return { path, release: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "eigennas-store-"));
  const release = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, "store.sqlite");
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    return { path: copy, release };
  } catch (cause) {
    release();
    throw cause;
  }
}

function checkFile(path: string): void {
  const state = statSync(path, { throwIfNoEntry: false });
  if (state === undefined || state.isFile()) return;
  const what = state.isDirectory() ? "a folder" : "a device";
  throw new AppError("store", `${path}: expected a file for the store, this is ${what}`, {
    hint: state.isDirectory() ? `Name a file in it, such as ${join(path, "runs.sqlite")}.` : "Name another file.",
    details: { path },
  });
}

/** Whether the file, once there, and its folder may be written. */
function writable(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `PRAGMA user_version` as it stands in the file's header, at byte 60. */
function headerVersion(path: string): number {
  const header = Buffer.alloc(64);
  const file = openSync(path, "r");
  try {
    return readSync(file, header, 0, 64, 0) < 64 ? -1 : header.readUInt32BE(60);
  } finally {
    closeSync(file);
  }
}
