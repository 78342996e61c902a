import type { TextTable } from "../data/csv-table.js";
import type { TableOptions } from "../data/table.js";
import { AppError } from "../errors.js";
import { splitRecord, type SplitRecord, type StudySettings } from "./split-record.js";

/** One split of one table: what a worker thread is asked. */
export interface SplitTask {
  readonly table: TextTable;
  readonly options: TableOptions;
  readonly split: number;
  readonly settings: StudySettings;
}

/** The record, or why the table cannot be studied. */
export type SplitReply = { readonly record: SplitRecord } | { readonly reason: string };

/** Entry of a worker thread. */
export default function work({ table, options, split, settings }: SplitTask): SplitReply {
  try {
    return { record: splitRecord(table, options, split, settings) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { reason: error.message };
  }
}
