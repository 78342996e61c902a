/** What a target is learnt as. */
export type TableTask = "classification" | "regression";

/**
 * What happens to a cell without a value. `impute`: the mean of the column, or its most frequent category. `indicate`: as
 * `impute`, and one more 0/1 column says where. `drop`: the row is left out of a fit. `refuse`: an error that names the cell.
 */
export type MissingRule = "impute" | "indicate" | "drop" | "refuse";

export interface TableOptions {
  /**
   * Column with labels or regression targets: its name, or its number from 1 on (-1: the last); null: none.
   * Default: the last column for `fitTable`, none for a `csv:` spec.
   */
  readonly target?: string | number | null;
  /** Default `auto`. */
  readonly header?: boolean | "auto";
  /** Default: found out from the target's values. */
  readonly task?: TableTask;
  /** Columns to leave out, by name or number. */
  readonly drop?: readonly (string | number)[];
  /** Default `impute`. */
  readonly missing?: MissingRule;
  /** A column of text may have this many different values; default 50. */
  readonly maxCategories?: number;
  /** Every column to mean 0 and variance 1 over the rows of the fit; default true for `fitTable`, false for `csv:`. */
  readonly standardize?: boolean;
  /** Only the first rows. */
  readonly limit?: number;
}

/** A column of the file, found again in another file by name and count, or by position where there was no header. */
export interface ColumnReference {
  readonly name: string;
  /** 0 for the first column of that name, 1 for the second, ... */
  readonly occurrence: number;
  /** 0-based position in the file of the fit. */
  readonly position: number;
}

/** A column of numbers: one input, and a second one (1 where it is missing) with `indicator`. */
export interface NumberFeature extends ColumnReference {
  readonly kind: "number";
  /** Decimals are written 1,5. */
  readonly decimalComma: boolean;
  /** Stands in for a missing cell. */
  readonly fill: number;
  readonly indicator: boolean;
}

/** A column of words: 0/1 for the second of two categories, else one 0/1 input a category; then the indicator. */
export interface CategoryFeature extends ColumnReference {
  readonly kind: "category";
  readonly categories: readonly string[];
  /** Stands in for a missing cell; a word that is not in `categories` gives zeros. */
  readonly fill: string;
  readonly indicator: boolean;
}

export type Feature = NumberFeature | CategoryFeature;

export interface TableTarget extends ColumnReference {
  readonly task: TableTask;
  /** Classification: the words (or numbers) of classes 0, 1, ... */
  readonly classNames?: readonly string[];
  /** Regression: targets are given in the file's units; these are their mean and deviation over the rows of the fit. */
  readonly mean?: number;
  readonly scale?: number;
  readonly decimalComma: boolean;
}

/** How rows of a table become inputs: plain JSON, to be stored with a run and applied to another file later. */
export interface Preprocessing {
  readonly version: 1;
  /** Whether the file of the fit had a header; without one, columns are found by position. */
  readonly header: boolean;
  /** Number of columns of the file of the fit. */
  readonly width: number;
  readonly features: readonly Feature[];
  /** One name an input, e.g. `age`, `colour=red`, `age is missing`. */
  readonly inputNames: readonly string[];
  /** Input j is (value - mean[j]) / scale[j]: 0 and 1 without standardising. Statistics of the rows of the fit alone. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly target?: TableTarget;
  readonly missing: MissingRule;
  /** Columns that were left out, and why. */
  readonly dropped: readonly { readonly name: string; readonly reason: string }[];
}

/** A table as inputs. */
export interface AppliedTable {
  readonly n: number;
  readonly d: number;
  /** n x d, row-major. */
  readonly inputs: Float64Array;
  /** Where the file has the target column: the class of each row, -1 for a class the fit did not see or no value. */
  readonly labels?: Int32Array;
  /** Where the file has the target column: the values, NaN for no value. */
  readonly targets?: Float64Array;
  /** Line of the file at which each row ends. */
  readonly lines: Int32Array;
  readonly notes: readonly string[];
}
