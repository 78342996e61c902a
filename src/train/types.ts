import type { Shape } from "../arch/graph.js";
import type { FiniteEngine } from "../kernels/finite/engine/engine.js";
import type { EngineMemory } from "../kernels/finite/engine/memory.js";
import type { Initialisation } from "../kernels/finite/parameters.js";
import type { AugmentOptions } from "./augment.js";
import type { LossName } from "./loss.js";
import type { OptimizerOptions } from "./optimizer.js";
import type { ScheduleOptions } from "./schedule.js";

/** Rows of numbers with what is to be learnt of them. */
export interface TrainingSet {
  readonly n: number;
  /** n x size of the network's input, images channel by channel. */
  readonly inputs: Float32Array | Float64Array;
  /** Class of every row, for cross-entropy (and, one-hot, for the squared loss). */
  readonly labels?: Int32Array;
  /** n x outputs, for the squared loss. */
  readonly targets?: Float64Array;
}

export interface TrainingData {
  readonly train: TrainingSet;
  /** Watched after every epoch, for early stopping and the choice of the epoch that is kept. */
  readonly validation?: TrainingSet;
  /** Looked at once, at the end. */
  readonly test?: TrainingSet;
}

export interface TrainOptions extends ScheduleOptions {
  readonly engine: FiniteEngine;
  /** Threads of the engine; 1 by default. The result has the same bytes with any number. */
  readonly threads?: number;
  readonly memory?: EngineMemory | undefined;
  readonly epochs: number;
  /** Samples of a step at most (default 128): an epoch is cut into batches that differ by one at most. */
  readonly batch?: number;
  /** Default SGD with momentum 0.9. */
  readonly optimizer?: OptimizerOptions;
  readonly weightDecay?: number;
  /** Default: cross-entropy with labels, squared with targets. */
  readonly loss?: LossName;
  /** How weights are drawn; default `kaiming`. */
  readonly init?: Initialisation;
  /** Values to begin with instead of a draw, in the layout of `Parameter.shape`. */
  readonly parameters?: readonly Float64Array[];
  /** Key of weights, order and augmentation; default 0. */
  readonly seed?: number | string;
  readonly augment?: AugmentOptions;
  /** Stops after so many epochs without a smaller validation loss, and goes back to the best one. */
  readonly patience?: number;
  /** Takes up a training where a snapshot left it. */
  readonly resume?: Uint8Array | undefined;
  /** Ends the training after the step in hand; the last event has a snapshot. */
  readonly signal?: AbortSignal | undefined;
}

/** How a network does on a set. */
export interface Evaluation {
  readonly loss: number;
  /** Share of rows whose largest output is their class; for targets R^2 (`rSquared`). */
  readonly score: number;
}

/** One epoch. Training figures are those of the batches while it was trained. */
export interface EpochRecord {
  /** From 1 on. */
  readonly epoch: number;
  readonly learningRate: number;
  readonly train: Evaluation;
  readonly validation?: Evaluation;
}

/** A learnt tensor, as PyTorch names and lays out its own: `stem.norm.weight`, `stem.norm.running_mean`. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float64Array;
  /** Of the file; float32 unless it is said. */
  readonly precision?: "float64";
}

export interface TrainResult {
  readonly history: readonly EpochRecord[];
  /** `early`: patience ran out. */
  readonly stopped: "complete" | "early";
  /** The epoch whose weights these are: the last, or the best by validation with `patience`. */
  readonly epoch: number;
  readonly train: Evaluation;
  readonly validation?: Evaluation;
  readonly test?: Evaluation;
  /** Weights and running statistics, in the order of the network. */
  readonly tensors: readonly NamedTensor[];
}

export type TrainEvent =
  | {
      readonly type: "step";
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      /** Gives the bytes that `resume` takes; valid until the next event. */
      readonly snapshot: () => Uint8Array;
    }
  | { readonly type: "epoch"; readonly record: EpochRecord; readonly snapshot: () => Uint8Array }
  | { readonly type: "cancelled"; readonly snapshot: () => Uint8Array }
  | { readonly type: "done"; readonly result: TrainResult };
