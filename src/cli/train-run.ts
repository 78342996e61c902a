import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { chooseEngine } from "../kernels/finite/engine/choose.js";
import { EngineMemory } from "../kernels/finite/engine/memory.js";
import { NotCompiled } from "../kernels/finite/compile/not-compiled.js";
import { openTrainings, type TrainingRecord } from "../store/trainings.js";
import { checkpointFile, train, type NamedTensor, type TrainResult } from "../train/index.js";
import { checkpointWriter, fromCheckpoint } from "./checkpointing.js";
import type { PreparedData } from "./train-data.js";
import type { Recipe } from "./train-options.js";

/** Trainings of some networks under one budget, each with some seeds. */
export interface TrainPlan {
  /** What the results depend on besides network and seed; results of equal protocols are shared. */
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly folder: string;
  readonly networks: readonly string[];
  readonly seeds: readonly number[];
  readonly recipe: Recipe;
  readonly init: "ntk" | "pytorch";
  readonly threads: number;
  /** Rows of a seed: its own split, shared by all networks. */
  readonly prepare: (seed: number) => PreparedData;
  readonly build: (network: string, prepared: PreparedData) => GraphArchitecture;
}

export interface TrainProgress {
  readonly network: string;
  readonly seed: number;
  readonly done: number;
  readonly total: number;
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export interface TrainSurroundings {
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: TrainProgress) => void;
  /** Weights of a training that ends now (not of one that was stored before). */
  readonly onWeights?: (network: string, seed: number, tensors: readonly NamedTensor[]) => void;
  /** Trains these again though they are stored: their weights are asked for. */
  readonly again?: (network: string, seed: number) => boolean;
}

/**
 * Runs what is not stored yet, seed by seed. Every training is stored when it ends; one that is ended by the signal or the end of
 * the process goes on from its checkpoint the next time, with the same result. Trainings that diverge are results too.
 * Returns the records that are there, all of them unless the signal was given.
 */
export async function runTrainings(plan: TrainPlan, around: TrainSurroundings): Promise<TrainingRecord[]> {
  const { engine } = chooseEngine();
  const file = openTrainings(plan.folder, { ...plan.protocol, engine: engine.name });
  const wanted = plan.seeds.flatMap((seed) => plan.networks.map((network) => ({ network, seed })));
  const found = new Map(file.records.map((record) => [`${record.seed} ${record.network}`, record]));
  const keyOf = ({ network, seed }: { network: string; seed: number }): string => `${seed} ${network}`;
  const memory = new EngineMemory(engine);
  let prepared: { readonly seed: number; readonly data: PreparedData } | undefined;
  let done = 0;
  for (const job of wanted) {
    const { network, seed } = job;
    done++;
    if (found.has(keyOf(job)) && around.again?.(network, seed) !== true) continue;
    if (around.signal.aborted) continue;
    if (prepared?.seed !== seed) prepared = { seed, data: plan.prepare(seed) };
    const begun = around.now();
    const checkpoint = checkpointFile(file.checkpoint(network, seed));
    const outcome = await trainOne(plan, job, prepared.data, {
      ...around,
      checkpoint,
      onStep: (step) => around.onProgress({ ...job, done, total: wanted.length, ...step }),
      engine: { engine, memory, threads: plan.threads },
    });
    if (outcome === undefined) continue;
    const seconds = (around.now() - begun) / 1000;
    const record = recordOf(job, outcome, seconds);
    if (!found.has(keyOf(job))) {
      file.append(record);
      found.set(keyOf(job), record);
    }
    checkpoint.remove();
    if ("tensors" in outcome) around.onWeights?.(network, seed, outcome.tensors);
  }
  return wanted.map((job) => found.get(keyOf(job))).filter((record) => record !== undefined);
}

interface Failed {
  readonly failure: string;
}

async function trainOne(
  plan: TrainPlan,
  { network, seed }: { readonly network: string; readonly seed: number },
  prepared: PreparedData,
  around: TrainSurroundings & {
    readonly checkpoint: ReturnType<typeof checkpointFile>;
    readonly onStep: (step: { epoch: number; step: number; steps: number; loss: number }) => void;
    readonly engine: Pick<Parameters<typeof train>[2], "engine" | "memory" | "threads">;
  },
): Promise<TrainResult | Failed | undefined> {
  const { checkpoint } = around;
  const options = { ...plan.recipe, ...around.engine, init: plan.init, seed, signal: around.signal };
  const keep = checkpointWriter(checkpoint, around.now);
  const { data } = prepared;
  try {
    return await fromCheckpoint(checkpoint, async (resume) => {
      for await (const event of train(plan.build(network, prepared), data, { ...options, resume })) {
        if (event.type === "done") return event.result;
        if (event.type === "cancelled") checkpoint.write(event.snapshot());
        if (event.type !== "step") continue;
        around.onStep(event);
        keep(event.snapshot);
      }
      return undefined;
    });
  } catch (error) {
    if (error instanceof NotCompiled) return { failure: error.message };
    if (error instanceof AppError && error.code === "numeric") return { failure: error.message };
    throw error;
  }
}

function recordOf(
  { network, seed }: { readonly network: string; readonly seed: number },
  outcome: TrainResult | Failed,
  seconds: number,
): TrainingRecord {
  if ("failure" in outcome) return { network, seed, history: [], epoch: 0, failure: outcome.failure, seconds };
  const { history, epoch, train: trained, validation, test } = outcome;
  return {
    network,
    seed,
    history: [...history],
    epoch,
    train: trained,
    ...(validation && { validation }),
    ...(test && { test }),
    seconds,
  };
}
