import { createHash } from "node:crypto";
import { AppError } from "../errors.js";
import type { Dataset } from "./dataset.js";

/**
 * A data set whose rows are made when asked for, so that 60,000 images stay bytes until a batch of 128 is drawn.
 * Everything but `row` means the same as in `Dataset`.
 */
export interface RowSource {
  readonly spec: string;
  readonly n: number;
  readonly d: number;
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly targets?: Float64Array;
  readonly imageShape?: NonNullable<Dataset["imageShape"]>;
  readonly hash: string;
  readonly notes: readonly string[];
  readonly preprocessing?: NonNullable<Dataset["preprocessing"]>;
  /** Writes the d numbers of row `index` (0-based) to `out`, from `offset` (default 0) on. */
  row(index: number, out: Float64Array, offset?: number): void;
}

/** The fields of a `RowSource` or `Dataset` besides its numbers. */
function describe(data: RowSource | Dataset): Omit<RowSource, "row"> {
  return {
    spec: data.spec,
    n: data.n,
    d: data.d,
    ...(data.labels && { labels: data.labels }),
    ...(data.classNames && { classNames: data.classNames }),
    ...(data.targets && { targets: data.targets }),
    ...(data.imageShape && { imageShape: data.imageShape }),
    hash: data.hash,
    notes: data.notes,
    ...(data.preprocessing && { preprocessing: data.preprocessing }),
  };
}

/** A data set in memory seen as a `RowSource`, so that `makeBatch` can draw from it. */
export function sourceOf(dataset: Dataset): RowSource {
  const { d, inputs } = dataset;
  return {
    ...describe(dataset),
    row: (index, out, offset = 0) => out.set(inputs.subarray(index * d, (index + 1) * d), offset),
  };
}

/** A `Dataset` may hold this many bytes of float64 inputs; beyond it, draw a batch from the source instead. */
const largestBytes = 256 * 1024 * 1024;

/** Errors: `limit` when n x d float64 numbers need more than 256 MB. */
export function checkSize(spec: string, n: number, d: number): void {
  const bytes = n * d * 8;
  if (bytes <= largestBytes) return;
  const megabytes = (value: number) => Math.floor(value / 1024 / 1024);
  throw new AppError(
    "limit",
    `${spec}: expected at most ${megabytes(largestBytes)} MB of float64 inputs, ${n} rows of ${d} numbers are ${megabytes(bytes)} MB`,
    {
      hint: `Use at most ${Math.floor(largestBytes / 8 / d).toLocaleString("en-US")} rows of ${d} ${d === 1 ? "number" : "numbers"} (n=..., or a smaller file); a kernel wants a few hundred.`,
      details: { n, d, bytes },
    },
  );
}

/** All rows of a source as a `Dataset`, n x d float64. Errors: `limit` when that needs more than 256 MB. */
export function materialise(source: RowSource): Dataset {
  const { n, d } = source;
  checkSize(source.spec, n, d);
  const inputs = new Float64Array(n * d);
  for (let i = 0; i < n; i++) source.row(i, inputs, i * d);
  return { ...describe(source), inputs };
}

/** The first `limit` rows of a data set, with a hash of their own; the data set itself when it has no more. */
export function firstRows(dataset: Dataset, limit = Infinity): Dataset {
  if (limit >= dataset.n) return dataset;
  const inputs = dataset.inputs.slice(0, limit * dataset.d);
  const labels = dataset.labels?.slice(0, limit);
  const targets = dataset.targets?.slice(0, limit);
  return {
    ...dataset,
    n: limit,
    inputs,
    ...(labels && { labels }),
    ...(targets && { targets }),
    hash: hashOf(inputs, labels, targets),
  };
}

/** SHA-256 (hex) of the bytes of the arrays given, in order; undefined ones are left out. */
export function hashOf(...arrays: readonly (ArrayBufferView | undefined)[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) {
    if (array) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}
