import { makeBatch, type Batch, type RowSource } from "../data/index.js";
import { AppError } from "../errors.js";
import type { Run } from "../store/index.js";
import { openSource } from "./prepare.js";

/**
 * The data and the batch of a stored run, read again; `opened` is the data if it is open already, which a run that does not say
 * how its data was read needs.
 *
 * @throws AppError "data" when the run does not say how its data was read, or the data is not the same any more.
 */
export async function batchOfRun(
  { id, protocol }: Pick<Run, "id" | "protocol">,
  opened?: RowSource,
): Promise<{ readonly batch: Batch; readonly source: RowSource }> {
  const { source: how, batch: report } = protocol;
  if (how === undefined && opened === undefined) {
    throw new AppError("data", `run ${id}: it was made by a version that did not keep how its data was read`, {
      hint: `Repeat it: ${protocol.command}`,
    });
  }
  const source = opened ?? (await openSource(how!));
  const { seed, normalize, samples } = report;
  if (source.hash === report.dataHash) {
    for (const deduplicate of [true, false]) {
      for (const rule of report.classBalanced ? [{ samples }] : [{}, { samples }]) {
        const batch = makeBatch(source, { ...rule, seed, normalize, deduplicate });
        if (batch.report.batchHash === report.batchHash) return { batch, source };
      }
    }
  }
  throw new AppError(
    "data",
    `run ${id}: ${report.dataSpec} is not the data of the search any more, its contents have changed`,
    {
      hint: "Bring the old data back, or search again on the new one.",
      details: { expected: report.dataHash, received: source.hash },
    },
  );
}
