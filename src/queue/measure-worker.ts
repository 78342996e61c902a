import { workerData } from "piscina";
import { AppError } from "../errors.js";
import { measureRunner, type MeasureSetup, type MeasureTask } from "./measure.js";
import type { MeasureReply } from "./measure-pool.js";

const run = measureRunner(workerData as MeasureSetup);

/** Entry of a worker thread. Our errors travel as plain data, since a thread boundary strips their class and fields. */
export default function work(task: MeasureTask): MeasureReply {
  try {
    return { value: run(task) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, hint } = error;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}
