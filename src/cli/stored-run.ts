import { openStore, type Run, type RunArtifacts } from "../store/index.js";
import type { Io } from "./io.js";

/** What may name a run: its id, a part of it, or `latest`. Genotypes look otherwise. */
export const runName = /^(latest|[0-9a-f-]+)$/;

/** A run of the store at `path`, by its id, a part of it, or `latest`. Throws AppError `not-found` or `usage`, as `load` does. */
export function storedRun(name: string, path: string): Run {
  const store = openStore(path, "read");
  try {
    return store.load(name);
  } finally {
    store.close();
  }
}

/**
 * Stores what training told of a run with it, or says on stderr why not: it is being searched again. Throws AppError `store` when
 * that cannot be written.
 */
export function amendRun(
  id: string,
  path: string,
  part: Pick<RunArtifacts, "choice" | "training">,
  io: Pick<Io, "err">,
): void {
  const store = openStore(path);
  try {
    if (store.amend(id, part)) return;
    io.err(`note: run ${id} is being searched again; this is not stored with it. The same command does so later.\n`);
  } finally {
    store.close();
  }
}
