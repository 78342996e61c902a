import { makeBatch, openDataset, type Batch, type Normalization, type RowSource } from "../data/index.js";
import { AppError } from "../errors.js";
import type { RunSource } from "../store/index.js";
import type { DataOptions } from "./options.js";

const defaultSamples = 128;
const mostRows = 4000;
/** Leave-one-out and evidence take a dozen factorisations a network. */
const tableSamples = 256;

/** From here on a network takes seconds: progress is shown. */
export const manyInputs = 1000;

/**
 * Refuses a batch whose kernel is too large for the full score: a dozen factorisations and all eigenvalues, n^3 each.
 * Throws AppError `limit`.
 */
export function checkMatrix(n: number): void {
  if (n <= mostRows) return;
  throw new AppError(
    "limit",
    `expected at most ${mostRows.toLocaleString("en-US")} inputs, got ${n.toLocaleString("en-US")}: all scores of a network take n^3 operations a dozen times`,
    { hint: `Use --samples ${mostRows} or fewer; 128 to 512 tell networks apart.` },
  );
}

/** The options that say how data is read, as a run keeps them. */
export function sourceOptions({ data, target, task, drop, missing, header }: DataOptions, cwd: string): RunSource {
  return {
    folder: cwd,
    data,
    ...(target === undefined ? {} : { target }),
    ...(task === undefined ? {} : { task }),
    ...(drop === undefined ? {} : { drop }),
    ...(missing === undefined ? {} : { missing }),
    ...(header === undefined ? {} : { header }),
  };
}

/** Whether rows have a target that a csv names. */
export const isTargetTable = ({ data, target }: Pick<RunSource, "data"> & { readonly target?: unknown }): boolean =>
  data.startsWith("csv:") && target !== undefined;

/** How rows are prepared unless it is said: tables with a target are learnt from, which wants a bias. */
export const usualNormalization = (source: Parameters<typeof isTargetTable>[0]): Normalization =>
  isTargetTable(source) ? "affine" : "unit";

/** Opens what a run was made of. */
export const openSource = ({ folder, data, ...options }: RunSource): Promise<RowSource> =>
  openDataset(data, { cwd: folder, ...options });

/**
 * Opens the data and draws the batch. Without `samples`: labelled data give 128 inputs, others all rows up to 4,000; a
 * csv file that is scored as it is (`everyRow`) gives all its rows up to 4,000 in file order. A csv with a target that is
 * searched by its labels (`table`) gives 256.
 */
export async function loadBatch(options: DataOptions, cwd: string, how: SampleRule = {}): Promise<Batch> {
  return (await loadSourceAndBatch(options, cwd, how)).batch;
}

interface SampleRule {
  readonly everyRow?: boolean;
  readonly table?: boolean;
}

/** What `loadBatch` gives, with the data that the batch was drawn from. */
export async function loadSourceAndBatch(
  options: DataOptions,
  cwd: string,
  { everyRow = false, table = false }: SampleRule = {},
): Promise<{ readonly batch: Batch; readonly source: RowSource }> {
  const { data, normalize = "unit", keepDuplicates, seed } = options;
  const source = await openSource(sourceOptions(options, cwd));
  const labelled = source.labels !== undefined || source.imageShape !== undefined;
  const whole = (everyRow && data.startsWith("csv:")) || !labelled;
  const samples =
    options.samples ??
    (table ? Math.min(tableSamples, source.n) : whole ? Math.min(mostRows, source.n) : defaultSamples);
  const batch = makeBatch(source, {
    ...(options.samples === undefined && samples >= source.n ? {} : { samples }),
    seed,
    normalize,
    deduplicate: !keepDuplicates,
  });
  return { batch, source };
}
