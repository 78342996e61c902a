import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { AppError } from "../errors.js";
import type { ScoringContext } from "../score/scorer.js";
import type { Backend, Reply, Task, TaskResults } from "./backend.js";
import { taskRunner } from "./tasks.js";

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
  const source = import.meta.url.endsWith(".ts");
  const pool = new Piscina({
    filename: fileURLToPath(new URL(source ? "./worker-source.mjs" : "./worker.js", import.meta.url)),
    ...(source ? { execArgv: [] } : {}),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    workerData: context,
  });
  return {
    threads,
    run: async <T extends Task>(task: T, signal?: AbortSignal) => {
      const reply = (await pool.run(task, signal ? { signal } : {})) as Reply;
      if ("value" in reply) return reply.value as TaskResults[T["kind"]];
      const { code, message, ...rest } = reply.error;
      throw new AppError(code, message, rest);
    },
    close: () => pool.destroy(),
  };
}
