import { openStore, type Run, type RunStore } from "../store/index.js";

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

/** Adds what training told of a run to the store at `path`. Throws AppError `store` when it cannot be written. */
export function amendRun(id: string, path: string, part: Parameters<RunStore["amend"]>[1]): void {
  const store = openStore(path);
  try {
    store.amend(id, part);
  } finally {
    store.close();
  }
}
