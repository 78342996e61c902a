import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { AppError, errorCodes, type ErrorCode } from "../errors.js";
import type { ScoringContext } from "../score/scorer.js";
import type { Backend, Task, TaskResults } from "./backend.js";
import { taskRunner } from "./tasks.js";

/** Runs every task in this thread; for small work and for tests. */
export function inlineBackend(context: ScoringContext): Backend {
  const run = taskRunner(context);
  return {
    threads: 1,
    run: async <T extends Task>(task: T, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      await Promise.resolve();
      return run(task) as TaskResults[T["kind"]];
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
      try {
        return (await pool.run(task, signal ? { signal } : {})) as TaskResults[T["kind"]];
      } catch (error) {
        signal?.throwIfAborted();
        throw revive(error);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Errors lose their class on the way between threads. */
function revive(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "AppError") return error;
  const { code, hint } = error as Partial<AppError>;
  const known = errorCodes.includes(code as ErrorCode) ? (code as ErrorCode) : "internal";
  return new AppError(known, error.message, { cause: error, ...(hint === undefined ? {} : { hint }) });
}
