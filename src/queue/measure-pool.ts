import { setImmediate } from "node:timers/promises";
import { measureRunner, type MeasuredCell, type MeasureSetup, type MeasureTask } from "./measure.js";
import { threadPool, valueOf, type Reply } from "./threads.js";

/** Measures cells: in this thread, or on worker threads. */
export interface MeasureBackend {
  readonly threads: number;
  run(task: MeasureTask): Promise<readonly MeasuredCell[]>;
  close(): Promise<void>;
}

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
  const pool = threadPool("./measure-worker", import.meta.url, threads, setup);
  return {
    threads,
    run: async (task) => valueOf((await pool.run(task)) as Reply<readonly MeasuredCell[]>),
    close: () => pool.destroy(),
  };
}
