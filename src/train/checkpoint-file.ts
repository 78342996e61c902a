import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../errors.js";

/**
 * A snapshot of a training in a file. Written beside it first, flushed and renamed, so that whatever ends the process leaves
 * the old file or the new one. Throws AppError `store` when it cannot be written or read.
 */
export interface CheckpointFile {
  read(): Uint8Array | undefined;
  write(bytes: Uint8Array): void;
  remove(): void;
}

export function checkpointFile(path: string): CheckpointFile {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new AppError("store", `${path}: ${(cause as Error).message}`, {
        hint: `Check that ${dirname(path)} is a folder that you may write to, and that the disk is not full.`,
        cause,
      });
    }
  };
  return {
    read: () => guarded(() => (existsSync(path) ? readFileSync(path) : undefined)),
    write: (bytes) =>
      guarded(() => {
        // Of this process alone: another one may do the same training.
        const draft = `${path}.${process.pid}.new`;
        try {
          const file = openSync(draft, "w");
          try {
            writeFileSync(file, bytes);
            fsyncSync(file);
          } finally {
            closeSync(file);
          }
          renameSync(draft, path);
        } catch (error) {
          rmSync(draft, { force: true });
          throw error;
        }
      }),
    remove: () => guarded(() => rmSync(path, { force: true })),
  };
}
