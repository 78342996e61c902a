import type { Preprocessing } from "./table.js";

/** Named preparation of the inputs. `unit`: every row divided by its norm; `standard`: columns standardised, then rows to unit norm. `affine`: columns standardised, a coordinate of 1 added, then rows to unit norm. */
export type Normalization = "unit" | "none" | "standard" | "affine";

/** n inputs of dimension d with optional targets, row-major. Immutable by convention. */
export interface Dataset {
  /** What the user wrote, e.g. `mnist`, `csv:points.csv`. */
  readonly spec: string;
  readonly n: number;
  readonly d: number;
  /** n x d, row-major. */
  readonly inputs: Float64Array;
  /** Class index 0..classes-1 per row; undefined without a target or for regression. */
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  /** Regression targets; undefined otherwise. */
  readonly targets?: Float64Array;
  /** For images: rows are channel by channel (planar), each row by row, as convolutional networks take them. */
  readonly imageShape?: { readonly height: number; readonly width: number; readonly channels: number };
  /** SHA-256 (hex) of inputs and targets. */
  readonly hash: string;
  /** Warnings for people: constant columns, missing values, ... */
  readonly notes: readonly string[];
  /** For tables: how rows became inputs, to be applied to other files. */
  readonly preprocessing?: Preprocessing;
}

/** What was done to make a batch of a data set; goes into every result. */
export interface BatchReport {
  readonly dataSpec: string;
  readonly dataHash: string;
  readonly batchHash: string;
  readonly rowsInData: number;
  readonly samples: number;
  readonly seed: number;
  readonly normalize: Normalization;
  readonly classBalanced: boolean;
  readonly duplicatesRemoved: number;
  readonly antipodalPairs: number;
  readonly zeroRowsRemoved: number;
  /** Smallest and largest norm after normalisation. */
  readonly norms: readonly [number, number];
  /** The most correlated pair of rows kept: indices into the data set and the correlation. */
  readonly nearestPair?: { readonly rows: readonly [number, number]; readonly correlation: number };
  readonly notes: readonly string[];
}

/** The inputs that kernels see. `rows[i]` is the row of the data set that became input i. */
export interface Batch {
  readonly n: number;
  readonly d: number;
  readonly inputs: Float64Array;
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly targets?: Float64Array;
  readonly imageShape?: NonNullable<Dataset["imageShape"]>;
  readonly rows: Int32Array;
  readonly report: BatchReport;
}
