import { workerData } from "piscina";
import type { ScoringContext } from "../score/scorer.js";
import type { Task } from "./backend.js";
import { taskRunner } from "./tasks.js";

const run = taskRunner(workerData as ScoringContext);

/** Entry of a worker thread. */
export default (task: Task): unknown => run(task);
