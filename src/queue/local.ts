import { setMaxListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { ScoringContext } from "../score/scorer.js";
import type { Backend, Task, TaskResults } from "./backend.js";
import { taskRunner } from "./tasks.js";
import { threadPool, valueOf, type Reply } from "./threads.js";

/** Runs every task in this thread, one after the other, with a turn for timers and signals before each. */
export function inlineBackend(context: ScoringContext): Backend {
  const run = taskRunner(context);
  let last: Promise<unknown> = Promise.resolve();
  return {
    threads: 1,
    run: <T extends Task>(task: T, signal?: AbortSignal) => {
      const result = last.then(async () => {
        await setImmediate();
        signal?.throwIfAborted();
        return run(task) as TaskResults[T["kind"]];
      });
      last = result.catch(() => undefined);
      return result;
    },
    close: () => Promise.resolve(),
  };
}

/** Runs tasks on `threads` worker threads, each with its own scorer. Close it, or the process stays. */
export function poolBackend(context: ScoringContext, threads: number): Backend {
  const pool = threadPool("./worker", import.meta.url, threads, context);
  return {
    threads,
    run: async <T extends Task>(task: T, signal?: AbortSignal) => {
      if (signal) setMaxListeners(0, signal); // every task that waits listens
      return valueOf((await pool.run(task, signal ? { signal } : {})) as Reply<TaskResults[T["kind"]]>);
    },
    close: () => pool.destroy(),
  };
}
