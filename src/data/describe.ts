import { createHash } from "node:crypto";
import { makeBatch } from "./batch.js";
import { nearestPairLimit } from "./nearest.js";
import { normOf } from "./normalize.js";
import type { RowSource } from "./source.js";

/** What a data set is like, before anything is computed with it. */
export interface DataDescription {
  readonly spec: string;
  readonly n: number;
  readonly d: number;
  readonly imageShape?: NonNullable<RowSource["imageShape"]>;
  /** Classes with their numbers of rows. */
  readonly classes?: readonly { readonly name: string; readonly rows: number }[];
  /** Least, mean and largest regression target, and its standard deviation. */
  readonly targets?: DataSummary;
  /** All numbers of the inputs. */
  readonly values: DataSummary;
  /** Columns with one value in every row. */
  readonly constantColumns: number;
  /** Rows that repeat an earlier one exactly, and those of them with another label or target. */
  readonly duplicates: number;
  readonly conflicts: number;
  /** Rows of zeros. */
  readonly zeroRows: number;
  /**
   * The two rows whose directions are nearest among `among` rows (repeated ones left out): correlation
   * <x, y> / (|x| |y|), angle in degrees, and distance of x / |x| and y / |y|.
   */
  readonly nearestPair?: {
    readonly rows: readonly [number, number];
    readonly correlation: number;
    readonly degrees: number;
    readonly distance: number;
    readonly among: number;
  };
  /** SHA-256 of inputs and targets. */
  readonly hash: string;
  readonly notes: readonly string[];
}

export interface DataSummary {
  readonly least: number;
  readonly mean: number;
  readonly largest: number;
  /** Standard deviation, divisor n. */
  readonly deviation: number;
}

/**
 * Looks at every row once, and at all pairs of at most `nearestRows` rows drawn with the seed (default and limit 4000).
 *
 * @example describeData(await openDataset("mnist")).duplicates
 */
export function describeData(
  source: RowSource,
  { seed = 0, nearestRows = nearestPairLimit }: { readonly seed?: number; readonly nearestRows?: number } = {},
): DataDescription {
  const { n, d, labels, classNames, targets } = source;
  const row = new Float64Array(d);
  const first = new Float64Array(d);
  source.row(0, first);
  const changes = new Uint8Array(d);
  const seen = new Map<string, number>();
  const values = new Tally();
  let [duplicates, conflicts, zeroRows] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    source.row(i, row);
    let zero = true;
    for (let j = 0; j < d; j++) {
      row[j] += 0; // -0 becomes 0
      values.add(row[j]);
      if (row[j] !== 0) zero = false;
      if (row[j] !== first[j]) changes[j] = 1;
    }
    if (zero) zeroRows++;
    const key = createHash("sha1").update(new Uint8Array(row.buffer)).digest("base64");
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, i);
    else {
      duplicates++;
      if (labels?.[earlier] !== labels?.[i] || targets?.[earlier] !== targets?.[i]) conflicts++;
    }
  }
  const nearest = nearestOf(source, seed, Math.min(nearestRows, nearestPairLimit), zeroRows);
  const counts = labels && classNames && countLabels(labels, classNames);
  return {
    spec: source.spec,
    n,
    d,
    ...(source.imageShape && { imageShape: source.imageShape }),
    ...(counts && { classes: counts }),
    ...(targets && { targets: tallyOf(targets) }),
    values: values.summary(),
    constantColumns: n > 1 ? d - changes.reduce((sum, change) => sum + change, 0) : 0,
    duplicates,
    conflicts,
    zeroRows,
    ...(nearest && { nearestPair: nearest }),
    hash: source.hash,
    notes: source.notes,
  };
}

function nearestOf(source: RowSource, seed: number, rows: number, zeroRows: number): DataDescription["nearestPair"] {
  if (zeroRows === source.n) return undefined;
  const { n, report } = makeBatch(source, { samples: Math.min(rows, source.n), seed, normalize: "unit" });
  if (report.nearestPair === undefined) return undefined;
  const { rows: pair, correlation } = report.nearestPair;
  const [x, y] = pair.map((index) => {
    const values = new Float64Array(source.d);
    source.row(index, values);
    const norm = normOf(values, 0, source.d);
    return values.map((value) => value / norm);
  });
  const distance = Math.sqrt(x.reduce((sum, value, j) => sum + (value - y[j]) ** 2, 0));
  // 2 asin(distance / 2) keeps its digits for near rows, where acos loses them.
  const degrees = (2 * Math.asin(Math.min(1, distance / 2)) * 180) / Math.PI;
  return { rows: pair, correlation, degrees, distance, among: n };
}

const countLabels = (labels: Int32Array, names: readonly string[]): { name: string; rows: number }[] => {
  const counts = new Array<number>(names.length).fill(0);
  for (const label of labels) counts[label]++;
  return names.map((name, k) => ({ name, rows: counts[k] }));
};

/** Mean and deviation by Welford's update. */
class Tally {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #least = Infinity;
  #largest = -Infinity;

  add(value: number): void {
    this.#count++;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
    if (value < this.#least) this.#least = value;
    if (value > this.#largest) this.#largest = value;
  }

  summary(): DataSummary {
    const deviation = Math.sqrt(this.#squares / this.#count);
    return { least: this.#least, mean: this.#mean, largest: this.#largest, deviation };
  }
}

function tallyOf(values: Float64Array): DataSummary {
  const tally = new Tally();
  for (const value of values) tally.add(value);
  return tally.summary();
}
