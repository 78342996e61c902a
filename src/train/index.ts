/** Training of networks of finite width (`eigennas/train`). */
export { train } from "./trainer.js";
export type {
  EpochRecord,
  Evaluation,
  NamedTensor,
  TrainEvent,
  TrainingData,
  TrainingSet,
  TrainOptions,
  TrainResult,
} from "./types.js";
export type { AugmentOptions } from "./augment.js";
export type { LossName } from "./loss.js";
export type { OptimizerOptions } from "./optimizer.js";
export { learningRate, type ScheduleOptions } from "./schedule.js";
export { checkpointFile, type CheckpointFile } from "./checkpoint-file.js";
export { preparationJson, preparationTensors, splitTensors, type Preparation } from "./preparation.js";
export { isSnapshotError } from "./snapshot.js";
