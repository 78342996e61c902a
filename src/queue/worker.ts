import { workerData } from "piscina";
import type { ScoringContext } from "../score/scorer.js";
import type { Task } from "./backend.js";
import { taskRunner } from "./tasks.js";
import { replyOf, type Reply } from "./threads.js";

const run = taskRunner(workerData as ScoringContext);

/** Entry of a worker thread. */
export default function work(task: Task): Promise<Reply<unknown>> {
  return replyOf(() => run(task));
}
