import { workerData } from "piscina";
import { measureRunner, type MeasuredCell, type MeasureSetup, type MeasureTask } from "./measure.js";
import { replyOf, type Reply } from "./threads.js";

const run = measureRunner(workerData as MeasureSetup);

/** Entry of a worker thread. */
export default function work(task: MeasureTask): Promise<Reply<readonly MeasuredCell[]>> {
  return replyOf(() => run(task));
}
