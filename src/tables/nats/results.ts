import { PickleTuple } from "../../data/pickle/index.js";
import { AppError } from "../../errors.js";

export const natsDatasets = ["cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"] as const;
export type NatsDataset = (typeof natsDatasets)[number];

/** What a network was evaluated on; `ori-test` of CIFAR-100 and ImageNet16-120 is x-valid and x-test together. */
export const natsSets = ["x-valid", "x-test", "ori-test"] as const;
export type NatsSet = (typeof natsSets)[number];

/** One number an epoch, from 0 on; NaN where the file has none. Accuracies in percent, times in seconds. */
export interface EpochSeries {
  readonly accuracy: Float64Array;
  readonly loss: Float64Array;
  readonly seconds: Float64Array;
}

/** One training of one architecture. */
export interface NatsTrial {
  readonly dataset: NatsDataset;
  readonly seed: number;
  readonly epochs: number;
  /** In millions, as recorded. */
  readonly params: number;
  /** In millions, as recorded. */
  readonly flops: number;
  /** Mean of the measured seconds of one batch; undefined when none was measured. */
  readonly latency?: number;
  readonly train: EpochSeries;
  readonly evaluations: ReadonlyMap<NatsSet, EpochSeries>;
}

/** All trainings of an architecture by one recipe ("12" and "200" epochs; size space: "01", "12", "90"). */
export interface NatsResults {
  readonly index: number;
  readonly arch: string;
  /** Trials in ascending order of seeds. */
  readonly trials: ReadonlyMap<NatsDataset, readonly NatsTrial[]>;
}

/** Longest training in the benchmark. */
const mostEpochs = 200;
type Dict = ReadonlyMap<unknown, unknown>;

/**
 * Checks what a pickle of NATS-Bench holds of one architecture and one recipe, field by field, and gives typed arrays.
 * `file` is the name for messages. Source: NATS-Bench nats_bench/api_utils.py, `ArchResults` and `ResultsCount`.
 * Errors: `data` that names the field.
 */
export function parseResults(state: unknown, file: string): NatsResults {
  const reader = new FieldReader(file);
  const dict = reader.dict(state, "a recipe");
  const index = reader.integer(dict, "arch_index");
  const arch = reader.text(dict, "arch_str");
  const trials = new Map<NatsDataset, NatsTrial[]>();
  const all = reader.dict(dict.get("all_results"), "all_results");
  if (all.size > 64) throw reader.wrong("all_results", "at most 64 trials", all.size);
  for (const [key, value] of all) {
    const [name, seed] = key instanceof PickleTuple ? key.items : [];
    const dataset = natsDatasets.find((known) => known === name);
    if (dataset === undefined || typeof seed !== "number") throw reader.wrong("all_results", "(data set, seed)", name);
    const list = trials.get(dataset) ?? [];
    trials.set(dataset, list);
    list.push(parseTrial(reader, reader.dict(value, `results of ${dataset}`), dataset, seed));
  }
  for (const list of trials.values()) list.sort((a, b) => a.seed - b.seed);
  return { index, arch, trials };
}

function parseTrial(reader: FieldReader, state: Dict, dataset: NatsDataset, seed: number): NatsTrial {
  const epochs = reader.integer(state, "epochs");
  if (epochs < 1 || epochs > mostEpochs) throw reader.wrong("epochs", `1 to ${mostEpochs}`, epochs);
  const names = reader.list(state, "eval_names");
  const latency = state.get("latency");
  const seconds = Array.isArray(latency)
    ? latency.map((value) => reader.number(value, "latency")).filter((value) => value > 0)
    : [];
  const byEpoch = (key: string) => reader.series(state.get(key), key, epochs, (epoch) => epoch);
  const bySet = (key: string, set: NatsSet) => reader.series(state.get(key), key, epochs, (epoch) => `${set}@${epoch}`);
  const sets = natsSets.filter((set) => names.includes(set));
  return {
    dataset,
    seed,
    epochs,
    params: reader.number(state.get("params"), "params"),
    flops: reader.number(state.get("flop"), "flop"),
    ...(seconds.length > 0 && { latency: seconds.reduce((sum, value) => sum + value, 0) / seconds.length }),
    train: { accuracy: byEpoch("train_acc1es"), loss: byEpoch("train_losses"), seconds: byEpoch("train_times") },
    evaluations: new Map(
      sets.map((set) => [
        set,
        {
          accuracy: bySet("eval_acc1es", set),
          loss: bySet("eval_losses", set),
          seconds: bySet("eval_times", set),
        },
      ]),
    ),
  };
}

/** Takes fields out of a dict of a pickle, each with its check. */
class FieldReader {
  constructor(readonly file: string) {}

  wrong(field: string, expected: string, received: unknown): AppError {
    const shown = typeof received === "string" ? `"${received.slice(0, 60)}"` : kindOf(received);
    return new AppError("data", `${this.file}: expected ${field} to be ${expected}, got ${shown}`, {
      hint: "Is this an architecture file of NATS-Bench (v1.0, simple)?",
      details: { field },
    });
  }

  dict(value: unknown, field: string): Dict {
    if (value instanceof Map) return value as Dict;
    throw this.wrong(field, "a dict", value);
  }

  list(state: Dict, field: string): readonly unknown[] {
    const value = state.get(field);
    if (Array.isArray(value)) return value as readonly unknown[];
    throw this.wrong(field, "a list", value);
  }

  text(state: Dict, field: string): string {
    const value = state.get(field);
    if (typeof value === "string" && value.length < 200) return value;
    throw this.wrong(field, "a short text", value);
  }

  integer(state: Dict, field: string): number {
    const value = state.get(field);
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw this.wrong(field, "an integer", value);
  }

  number(value: unknown, field: string): number {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.wrong(field, "a finite number", value);
  }

  /** A dict from epoch to number as an array; a dict that is None gives NaN only. */
  series(value: unknown, field: string, epochs: number, key: (epoch: number) => unknown): Float64Array {
    const series = new Float64Array(epochs).fill(NaN);
    if (value === null || value === undefined) return series;
    const dict = this.dict(value, field);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const entry = dict.get(key(epoch));
      if (entry === undefined) continue;
      if (typeof entry !== "number") throw this.wrong(field, "numbers by epoch", entry);
      series[epoch] = entry;
    }
    return series;
  }
}

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return value instanceof Map ? "a dict" : Array.isArray(value) ? "a list" : "something else";
};
