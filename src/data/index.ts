export type { Batch, BatchReport, Dataset, Normalization } from "./dataset.js";
export { readBytes } from "./files.js";
export { parseNpz, type NpyArray } from "./npy.js";
export { makeBatch, type BatchOptions } from "./batch.js";
export { readCsv, type CsvOptions } from "./csv.js";
export { describeData, type DataDescription, type DataSummary } from "./describe.js";
export { idxSource, parseIdx, type IdxArray } from "./idx.js";
export { loadDataset, openDataset, type LoadOptions } from "./load.js";
export {
  normalizations,
  parseNormalization,
  preparedWidth,
  rowPreparation,
  rowPreparer,
  type RowPreparation,
} from "./normalize.js";
export { firstRows, materialise, sourceOf, type RowSource } from "./source.js";
export { dataKinds, specList, type DataKind } from "./spec.js";
export { applyTextTable } from "./table-apply.js";
export {
  applyTable,
  fitRead,
  fitTable,
  readTableFile,
  type FitTableOptions,
  type TableFileOptions,
} from "./table-file.js";
export type { TextRow, TextTable } from "./csv-table.js";
export type {
  AppliedTable,
  CategoryFeature,
  ColumnReference,
  Feature,
  MissingRule,
  NumberFeature,
  Preprocessing,
  TableOptions,
  TableTarget,
  TableTask,
} from "./table.js";
