import { makeBatch, openDataset, type Batch } from "../data/index.js";
import type { DataOptions } from "./options.js";

const defaultSamples = 128;
const mostRows = 4000;

/**
 * Opens the data and draws the batch. Without `samples`: labelled data give 128 inputs, others all rows up to 4,000; a
 * csv file that is scored as it is (`everyRow`) gives all its rows up to 4,000 in file order.
 */
export async function loadBatch(
  options: DataOptions,
  cwd: string,
  { everyRow = false }: { readonly everyRow?: boolean } = {},
): Promise<Batch> {
  const { data, target, task, drop, missing, header, normalize, keepDuplicates, seed } = options;
  const source = await openDataset(data, {
    cwd,
    ...(target === undefined ? {} : { target }),
    ...(task === undefined ? {} : { task }),
    ...(drop === undefined ? {} : { drop }),
    ...(missing === undefined ? {} : { missing }),
    ...(header === undefined ? {} : { header }),
  });
  const labelled = source.labels !== undefined || source.imageShape !== undefined;
  const whole = (everyRow && data.startsWith("csv:")) || !labelled;
  const samples = options.samples ?? (whole ? Math.min(mostRows, source.n) : defaultSamples);
  return makeBatch(source, {
    ...(options.samples === undefined && samples >= source.n ? {} : { samples }),
    seed,
    normalize,
    deduplicate: !keepDuplicates,
  });
}
