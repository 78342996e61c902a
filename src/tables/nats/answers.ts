import { AppError } from "../../errors.js";
import type { EpochSeries, NatsDataset, NatsResults, NatsSet, NatsTrial } from "./results.js";

/** Mean over all seeds, or the trial with one seed. A random seed is the caller's draw from `seeds`. */
export type SeedChoice = "mean" | number;

/** One set after an epoch: percent, cross-entropy, seconds of all epochs so far and on average of one. */
export interface SetAnswer {
  readonly accuracy: number;
  readonly loss: number;
  readonly allSeconds: number;
  readonly perSeconds: number;
}

/** What the benchmark's `get_more_info` answers; a set that was not recorded at that epoch is absent. */
export interface MoreInfo {
  readonly train: SetAnswer;
  readonly valid?: SetAnswer;
  readonly test?: SetAnswer;
  readonly valtest?: SetAnswer;
}

/** Sets behind the words valid, test and valtest of each data set. */
const setsOf: Readonly<Record<NatsDataset, { valid?: NatsSet; test: NatsSet; valtest?: NatsSet }>> = {
  "cifar10-valid": { valid: "x-valid", test: "ori-test" },
  cifar10: { test: "ori-test" },
  cifar100: { valid: "x-valid", test: "x-test", valtest: "ori-test" },
  "ImageNet16-120": { valid: "x-valid", test: "x-test", valtest: "ori-test" },
};

/** The seeds with which an architecture was trained on a data set, ascending. */
export const seeds = (results: NatsResults, dataset: NatsDataset): readonly number[] =>
  (results.trials.get(dataset) ?? []).map(({ seed }) => seed);

/**
 * Accuracies, losses and seconds after an epoch (from 0 on; default the last).
 * Source: NATS-Bench `NATStopology.get_more_info` (`seed: "mean"` is `is_random=False`).
 * Errors: `not-found` for a data set or seed that the benchmark does not have, `usage` for an epoch beyond the last.
 */
export function moreInfo(
  results: NatsResults,
  dataset: NatsDataset,
  { epoch, seed = "mean" }: { readonly epoch?: number; readonly seed?: SeedChoice } = {},
): MoreInfo {
  const trials = chosen(results, dataset, seed);
  const last = epoch ?? trials[0].epochs - 1;
  if (!Number.isSafeInteger(last) || last < 0 || trials.some(({ epochs }) => last >= epochs)) {
    throw new AppError("usage", `expected an epoch from 0 to ${trials[0].epochs - 1}, got ${last}`);
  }
  const answer = (of: (trial: NatsTrial) => EpochSeries | undefined): SetAnswer | undefined => {
    const series = trials.map(of).filter((one) => one !== undefined);
    if (series.length < trials.length) return undefined;
    const accuracy = mean(series.map((one) => one.accuracy[last]));
    if (Number.isNaN(accuracy)) return undefined;
    const allSeconds = mean(series.map((one) => sum(one.seconds.subarray(0, last + 1))));
    return {
      accuracy,
      loss: mean(series.map((one) => one.loss[last])),
      allSeconds,
      perSeconds: allSeconds / (last + 1),
    };
  };
  const { valid, test, valtest } = setsOf[dataset];
  const onSet = (set: NatsSet | undefined) => set && answer(({ evaluations }) => evaluations.get(set));
  const train = answer((trial) => trial.train);
  if (train === undefined) throw absent(results, `training results on ${dataset} at epoch ${last}`);
  const [onValid, onTest, onBoth] = [onSet(valid), onSet(test), onSet(valtest)];
  return {
    train,
    ...(onValid && { valid: onValid }),
    ...(onTest && { test: onTest }),
    ...(onBoth && { valtest: onBoth }),
  };
}

/** What a network costs: millions of parameters and FLOPs, seconds. */
export interface CostInfo {
  readonly params: number;
  readonly flops: number;
  /** Seconds of one batch of 256; undefined when it was not measured. */
  readonly latency?: number;
  /** Training seconds of one epoch, and of all. */
  readonly trainEpochSeconds: number;
  readonly trainSeconds: number;
}

/** The trial that counts when the records of an architecture contradict each other. */
const trustedSeed = 888;

/**
 * Mean over the trials. In some records the parameters or FLOPs differ between the trials (beyond 5 decimals): then the
 * trial with seed 888 counts for both. Source: NATS-Bench `get_cost_info` and its note on a legacy issue.
 * Errors: `not-found` for a data set that the benchmark does not have.
 */
export function costInfo(results: NatsResults, dataset: NatsDataset): CostInfo {
  const trials = chosen(results, dataset, "mean");
  const differ = (of: (trial: NatsTrial) => number) => new Set(trials.map((trial) => of(trial).toFixed(5))).size > 1;
  const legacy = differ(({ params }) => params) || differ(({ flops }) => flops);
  const trusted = legacy ? trials.filter(({ seed }) => seed === trustedSeed) : [];
  const counted = trusted.length > 0 ? trusted : trials;
  const latencies = trials.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  return {
    params: mean(counted.map(({ params }) => params)),
    flops: mean(counted.map(({ flops }) => flops)),
    ...(latencies.length > 0 && { latency: mean(latencies) }),
    trainEpochSeconds: mean(trials.map(({ train, epochs }) => sum(train.seconds) / epochs)),
    trainSeconds: mean(trials.map(({ train }) => sum(train.seconds))),
  };
}

/**
 * What a search pays and gets that trains for real and looks at the validation set once: percent, seconds.
 * `cifar10` answers from `cifar10-valid`. The recipe of 12 epochs is the benchmark's default.
 * Source: NATS-Bench `simulate_train_eval`, where time = train-all-time + valid-per-time.
 * Errors: as `moreInfo`.
 */
export function simulateTrainEval(
  results: NatsResults,
  dataset: Exclude<NatsDataset, "cifar10-valid">,
  options: { readonly epoch?: number; readonly seed?: SeedChoice } = {},
): { readonly accuracy: number; readonly seconds: number; readonly latency?: number } {
  const { train, valid } = moreInfo(results, dataset === "cifar10" ? "cifar10-valid" : dataset, options);
  if (valid === undefined) throw absent(results, `a validation accuracy on ${dataset} at that epoch`);
  const { latency } = costInfo(results, dataset);
  return {
    accuracy: valid.accuracy,
    seconds: train.allSeconds + valid.perSeconds,
    ...(latency !== undefined && { latency }),
  };
}

function chosen(results: NatsResults, dataset: NatsDataset, seed: SeedChoice): readonly NatsTrial[] {
  const trials = results.trials.get(dataset) ?? [];
  const found = seed === "mean" ? trials : trials.filter((trial) => trial.seed === seed);
  if (found.length > 0) return found;
  throw absent(results, seed === "mean" ? dataset : `seed ${seed} on ${dataset}`);
}

const absent = ({ index }: NatsResults, what: string): AppError =>
  new AppError("not-found", `the benchmark has no ${what} for architecture ${index}`, {
    hint: "Not every architecture was trained with every seed, and not every set was looked at after every epoch.",
    details: { index },
  });

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
