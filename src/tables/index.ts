export { joinTable, parseTable, readTable, type TableOptions } from "./read.js";
export { needColumn, type BenchmarkTable } from "./table.js";
export {
  costInfo,
  moreInfo,
  seeds,
  simulateTrainEval,
  type CostInfo,
  type MoreInfo,
  type SeedChoice,
  type SetAnswer,
} from "./nats/answers.js";
export { readArchitectureFile, readMetaFile } from "./nats/file.js";
export { openNats, type NatsFolder } from "./nats/folder.js";
export {
  importNats,
  type ImportOptions,
  type ImportProgress,
  type ImportSummary,
  type SkippedFile,
} from "./nats/import.js";
export {
  natsDatasets,
  natsSets,
  type EpochSeries,
  type NatsDataset,
  type NatsResults,
  type NatsSet,
  type NatsTrial,
} from "./nats/results.js";
export { natsColumns, natsRecipes, natsValues, type NatsSpace } from "./nats/row.js";
