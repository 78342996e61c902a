import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { AppError } from "../errors.js";
import { measureRunner, type MeasuredCell, type MeasureSetup, type MeasureTask } from "./measure.js";

/** Measures cells: in this thread, or on worker threads. */
export interface MeasureBackend {
  readonly threads: number;
  run(task: MeasureTask): Promise<readonly MeasuredCell[]>;
  close(): Promise<void>;
}

/** What a worker thread sends back: the result, or one of our errors as plain data. */
export type MeasureReply =
  | { readonly value: readonly MeasuredCell[] }
  | { readonly error: { readonly code: AppError["code"]; readonly message: string; readonly hint?: string } };

/** Worker threads that measure, or this thread for one. Close it, or the process stays. */
export function measureBackend(setup: MeasureSetup, threads: number): MeasureBackend {
  if (threads === 1) {
    const run = measureRunner(setup);
    return {
      threads,
      run: async (task) => {
        await setImmediate();
        return run(task);
      },
      close: () => Promise.resolve(),
    };
  }
  const source = import.meta.url.endsWith(".ts");
  const pool = new Piscina({
    filename: fileURLToPath(new URL(source ? "./measure-worker-source.mjs" : "./measure-worker.js", import.meta.url)),
    ...(source ? { execArgv: [] } : {}),
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Infinity,
    workerData: setup,
  });
  return {
    threads,
    run: async (task) => {
      const reply = (await pool.run(task)) as MeasureReply;
      if ("value" in reply) return reply.value;
      const { code, message, ...rest } = reply.error;
      throw new AppError(code, message, rest);
    },
    close: () => pool.destroy(),
  };
}
