import { workerData } from "piscina";
import { AppError } from "../errors.js";
import type { ScoringContext } from "../score/scorer.js";
import type { Reply, Task } from "./backend.js";
import { taskRunner } from "./tasks.js";

const run = taskRunner(workerData as ScoringContext);

/** Entry of a worker thread. Our errors travel as plain data, since a thread boundary strips their class and fields. */
export default function work(task: Task): Reply {
  try {
    return { value: run(task) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint, details } = error;
    return { error: { code, message, details, ...(hint === undefined ? {} : { hint }) } };
  }
}
