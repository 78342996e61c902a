import { dataSetIds, type DataSetId, type Validation } from "./types.js";

/** Columns by rows, and the index in the space of every row: all that is needed of a benchmark table. */
export interface AnswerTable {
  readonly indices: Int32Array;
  column(name: string): Float64Array | undefined;
}

/** What a benchmark knows about one data set, by index of the space; NaN where it knows nothing. */
export interface DataSetAnswers {
  readonly id: DataSetId;
  /** Column of the accuracy by which scores are judged. */
  readonly column: string;
  /** Test accuracy in percent. */
  readonly test: Float64Array;
}

/** Column names that hold the test accuracy, the first that is there counts. */
const testColumns: Readonly<Record<DataSetId, readonly string[]>> = {
  c10: ["c10_test"],
  c100: ["c100_test", "c100_valtest"],
  in16: ["in16_test", "in16_valtest"],
};

const validationColumns: Readonly<Record<DataSetId, readonly string[]>> = {
  c10: ["c10v_valid"],
  c100: ["c100_valid", "c10v_valid"],
  in16: ["in16_valid", "c10v_valid"],
};

const secondsColumns: Readonly<Record<DataSetId, string>> = {
  c10: "train_s_c10v",
  c100: "train_s_c100",
  in16: "train_s_in16",
};

/** Epochs of the short training as a share of the long one, whose seconds the tables have. */
const shortShare = 12 / 200;

/** A column of a table as one number for every index of a space of `size` cells; undefined when there is none. */
export function byIndex(table: AnswerTable, name: string, size: number): Float64Array | undefined {
  const column = table.column(name);
  if (column === undefined) return undefined;
  const values = new Float64Array(size).fill(NaN);
  table.indices.forEach((index, row) => (values[index] = column[row]));
  return values;
}

/** The data sets that a table has test accuracies of, in a fixed order. */
export function answersOf(table: AnswerTable, size: number): DataSetAnswers[] {
  return dataSetIds.flatMap((id) => {
    for (const column of testColumns[id]) {
      const test = byIndex(table, column, size);
      if (test?.some((value) => !Number.isNaN(value))) return [{ id, column, test }];
    }
    return [];
  });
}

/** By what finalists are chosen, and what it costs to know it. */
export interface ValidationAnswers {
  readonly column: string;
  readonly accuracy: Float64Array;
  /** Seconds of training a cell, NaN when the table has none. */
  readonly seconds: Float64Array;
}

/**
 * The validation accuracy of a data set after 12 or 200 epochs, CIFAR-10's when the table has none of its own; undefined
 * when it has none at all.
 */
export function validationOf(
  table: AnswerTable,
  id: DataSetId,
  validation: Exclude<Validation, "none">,
  size: number,
): ValidationAnswers | undefined {
  for (const name of validationColumns[id]) {
    const column = validation === "e12" ? `${name}_e12` : name;
    const accuracy = byIndex(table, column, size);
    if (!accuracy?.some((value) => !Number.isNaN(value))) continue;
    const own = name === validationColumns[id][0] ? id : "c10";
    const whole = byIndex(table, secondsColumns[own], size) ?? new Float64Array(size).fill(NaN);
    return { column, accuracy, seconds: validation === "e12" ? whole.map((value) => value * shortShare) : whole };
  }
  return undefined;
}
