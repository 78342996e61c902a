import { AppError } from "../errors.js";
import { rng } from "../rng.js";
import type { Batch, Normalization } from "./dataset.js";
import { DirectionIndex } from "./directions.js";
import { drawBalanced } from "./draw.js";
import { nearestPair, nearestPairLimit } from "./nearest.js";
import { normOf, rowNormalizer, withBias } from "./normalize.js";
import { hashOf, type RowSource } from "./source.js";

export interface BatchOptions {
  /** Number of rows wanted; without it, all rows in file order. */
  readonly samples?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default `unit`. */
  readonly normalize?: Normalization;
  /** Equal numbers from every class; default true, without effect when there are no labels. */
  readonly classBalanced?: boolean;
  /** Remove rows that repeat an earlier one; default true. Otherwise they stay and are noted. */
  readonly deduplicate?: boolean;
}

/** A kernel of this many rows is 800 MB of float64. */
const largestBatch = 10_000;

/**
 * Draws the inputs that kernels see (docs/theory.md 1.2). The same source, options and seed give the same batch.
 * With `samples`, classes take turns in a random order, so their sizes differ by at most one unless a class runs out,
 * and a larger batch begins with the rows of a smaller one. Without it, or with as many as there are rows, all rows
 * are taken in file order.
 *
 * After normalisation rows of norm 0 (unless `none`) and duplicates (equal up to rounding, 1e-13; the first is kept)
 * are removed, counted, and replaced by further draws while there are rows. Antipodal pairs stay and are counted.
 *
 * Errors: `usage` for `samples` < 1, `limit` above 10,000 rows, `data` when no row can be used.
 *
 * @example makeBatch(await openDataset("mnist"), { samples: 128, seed: 1 }).report
 */
export function makeBatch(given: RowSource, options: BatchOptions = {}): Batch {
  const { samples, seed = 0, normalize = "unit", deduplicate = true } = options;
  const source = withBias(given, normalize);
  checkCount(source, samples);
  const { d } = source;
  const all = samples === undefined || samples >= source.n;
  const classBalanced = !all && source.labels !== undefined && (options.classBalanced ?? true);
  const capacity = all ? source.n : samples;
  const inputs = new Float64Array(capacity * d);
  const rows = new Int32Array(capacity);
  const normalizer = rowNormalizer(source, normalize);
  const index = new DirectionIndex(inputs, d);
  const count = { kept: 0, zero: 0, duplicates: 0, conflicts: 0, parallel: 0, antipodal: 0 };

  const accept = (row: number): boolean => {
    const position = count.kept;
    source.row(row, inputs, position * d);
    if (!normalizer.apply(inputs, position * d)) {
      count.zero++;
      return false;
    }
    for (let j = 0; j < d; j++) inputs[position * d + j] += 0; // -0 becomes 0, so that equal rows have equal bytes
    const { duplicateOf, parallel, antipodal } = index.relate(position);
    if (duplicateOf !== undefined) {
      count.duplicates++;
      if (differ(source, row, rows[duplicateOf])) count.conflicts++;
      if (deduplicate) return false;
    }
    index.add(position);
    rows[position] = row;
    count.kept++;
    count.parallel += parallel;
    count.antipodal += antipodal;
    return true;
  };
  if (all) for (let row = 0; row < source.n; row++) accept(row);
  else drawBalanced(source, samples, classBalanced, rng(seed, "batch"), accept);

  const n = count.kept;
  if (n === 0) throw nothingLeft(source, normalize);
  return finish(source, n < capacity ? inputs.slice(0, n * d) : inputs, rows.slice(0, n), {
    ...count,
    options: { samples, seed, normalize, classBalanced, deduplicate },
    notes: normalizer.notes,
  });
}

interface Outcome {
  readonly zero: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly parallel: number;
  readonly antipodal: number;
  readonly options: Required<Omit<BatchOptions, "samples">> & { readonly samples: number | undefined };
  readonly notes: readonly string[];
}

function finish(source: RowSource, inputs: Float64Array, rows: Int32Array, outcome: Outcome): Batch {
  const n = rows.length;
  const { d } = source;
  const { options } = outcome;
  const labels = source.labels && Int32Array.from(rows, (row) => source.labels![row]);
  const targets = source.targets && Float64Array.from(rows, (row) => source.targets![row]);
  const norms = Array.from(rows, (_, i) => normOf(inputs, i * d, d));
  const nearest = nearestPair(inputs, n, d);
  return {
    n,
    d,
    inputs,
    ...(labels && { labels }),
    ...(source.classNames && { classNames: source.classNames }),
    ...(targets && { targets }),
    ...(source.imageShape && { imageShape: source.imageShape }),
    rows,
    report: {
      dataSpec: source.spec,
      dataHash: source.hash,
      batchHash: hashOf(inputs, labels, targets),
      rowsInData: source.n,
      samples: n,
      seed: options.seed,
      normalize: options.normalize,
      classBalanced: options.classBalanced,
      duplicatesRemoved: options.deduplicate ? outcome.duplicates : 0,
      antipodalPairs: outcome.antipodal,
      zeroRowsRemoved: outcome.zero,
      norms: [norms.reduce((a, b) => Math.min(a, b)), norms.reduce((a, b) => Math.max(a, b))],
      ...(nearest && {
        nearestPair: { rows: [rows[nearest.rows[0]], rows[nearest.rows[1]]], correlation: nearest.correlation },
      }),
      notes: [...source.notes, ...outcome.notes, ...batchNotes(source, n, norms, labels, outcome)],
    },
  };
}

function batchNotes(
  source: RowSource,
  n: number,
  norms: readonly number[],
  labels: Int32Array | undefined,
  outcome: Outcome,
): string[] {
  const { samples, deduplicate, classBalanced } = outcome.options;
  const notes: string[] = [];
  const note = (condition: boolean, text: string) => {
    if (condition) notes.push(text);
  };
  const { zero, duplicates, conflicts, parallel, antipodal } = outcome;
  const zeroKept = norms.filter((norm) => norm === 0).length;
  note(
    samples !== undefined && samples > source.n,
    `${samples} samples were asked for, the data has ${source.n === 1 ? "1 row: it is" : `${source.n} rows: all are`} used.`,
  );
  note(zero > 0, `${zero} ${zero === 1 ? "row has" : "rows have"} norm 0 and cannot be normalised: removed.`);
  note(zeroKept > 0, `${zeroKept} ${zeroKept === 1 ? "row is" : "rows are"} 0.`);
  note(
    duplicates > 0,
    deduplicate
      ? `${duplicates} ${duplicates === 1 ? "row repeats" : "rows repeat"} another one: removed.`
      : `${duplicates} ${duplicates === 1 ? "row repeats another one and was" : "rows repeat another one and were"} kept: the kernel is singular.`,
  );
  note(
    conflicts > 0,
    `${conflicts} of the repeated rows ${conflicts === 1 ? "has" : "have"} another label than the row ${conflicts === 1 ? "that it repeats" : "that they repeat"}.`,
  );
  note(
    parallel > 0,
    `${parallel} ${parallel === 1 ? "pair of rows is" : "pairs of rows are"} parallel: kernels of homogeneous activations are singular.`,
  );
  note(
    antipodal > 0,
    `${antipodal} ${antipodal === 1 ? "pair of rows is" : "pairs of rows are"} antipodal: kernels of odd activations are singular.`,
  );
  note(
    samples !== undefined && samples <= source.n && n < samples,
    `${samples} samples were asked for, ${n} ${n === 1 ? "row was" : "rows were"} left to use.`,
  );
  const sizes = labels && classSizes(labels, source.classNames?.length ?? 0);
  note(
    classBalanced && sizes !== undefined && Math.max(...sizes) - Math.min(...sizes) > 1,
    `The classes are not balanced, some have too few rows: ${sizes?.map((size, k) => `${source.classNames?.[k] ?? k}: ${size}`).join(", ")}.`,
  );
  note(n > nearestPairLimit, `The nearest pair was not looked for among more than ${nearestPairLimit} rows.`);
  return notes;
}

function classSizes(labels: Int32Array, classes: number): number[] {
  const sizes = new Array<number>(classes).fill(0);
  for (const label of labels) sizes[label]++;
  return sizes;
}

const differ = (source: RowSource, a: number, b: number): boolean =>
  source.labels?.[a] !== source.labels?.[b] || source.targets?.[a] !== source.targets?.[b];

function checkCount(source: RowSource, samples: number | undefined): void {
  if (samples !== undefined && !(Number.isSafeInteger(samples) && samples >= 1)) {
    throw new AppError("usage", `The number of samples must be an integer of at least 1, got ${samples}`, {
      hint: "Leave it out to use all rows.",
      details: { samples },
    });
  }
  const wanted = Math.min(samples ?? source.n, source.n);
  if (wanted <= largestBatch) return;
  throw new AppError("limit", `Expected a batch of at most ${largestBatch} rows, got ${wanted}`, {
    hint: "Kernels are n x n: ask for fewer samples, such as 128.",
    details: { wanted },
  });
}

function nothingLeft(source: RowSource, normalize: Normalization): AppError {
  return new AppError(
    "data",
    `${source.spec}: expected a row that is not 0 after normalisation (${normalize}), there is none`,
    {
      hint:
        normalize === "standard" ? "Standardising needs two different rows: use unit or none." : "Check the columns.",
      details: { rows: source.n },
    },
  );
}
