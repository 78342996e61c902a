import { setImmediate } from "node:timers/promises";
import type { ModelParameters } from "../arch/architecture.js";
import { makeBatch, type Batch, type Normalization, type RowSource } from "../data/index.js";
import { AppError } from "../errors.js";
import { evaluateOn } from "../queue/evaluate.js";
import { inlineBackend, poolBackend } from "../queue/local.js";
import { rng } from "../rng.js";
import type { Metric } from "../score/metrics.js";
import { formatGenotype, parseGenotype, type LayeredSpace } from "../spaces/index.js";
import { openSupernets, type SupernetRecord } from "../store/supernets.js";
import { checkpointFile, type CheckpointFile } from "../train/index.js";
import { heaviestLayers, judgeSupernet, type ScoredLayers, type SupernetVerdict } from "../train/supernet-check.js";
import { trainSupernet, type SupernetOptions } from "../train/supernet.js";
import { checkpointWriter, fromCheckpoint } from "./checkpointing.js";
import { prepareTraining } from "./train-data.js";

/** Some supernets of one recipe, and the score that their choices are held against. */
export interface SupernetPlan {
  readonly source: RowSource;
  readonly normalize: Normalization;
  /** Rows to learn from at most. */
  readonly rows: number;
  readonly recipe: Omit<SupernetOptions, "outputs" | "seed">;
  /** One supernet each: its weights, order and split. */
  readonly seeds: readonly number[];
  /** Key of the split, of the batch and of the networks that are drawn. */
  readonly seed: number;
  readonly space: LayeredSpace;
  readonly metric: Metric;
  readonly model: ModelParameters;
  /** Inputs that networks are scored on. */
  readonly samples: number;
  readonly threads: number;
}

/** The choices of descent held against the scores of the space. */
export interface SupernetFindings {
  readonly verdict: SupernetVerdict;
  /** The network of the heaviest choices. */
  readonly derived: string;
  /** Networks that were scored, and on how many inputs. */
  readonly networks: number;
  readonly inputs: number;
}

export interface SupernetProgress {
  /** Which supernet, from 1 on. */
  readonly number: number;
  readonly epoch: number;
  readonly loss: number;
}

export interface SupernetSurroundings {
  /** Where supernets are stored. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: SupernetProgress) => void;
}

/** Networks of the space that are scored at most. */
const mostNetworks = 1000;

/**
 * Trains what is not stored yet, one supernet after the other. Each is stored when it ends; one that is ended by the signal or the
 * end of the process goes on from its checkpoint the next time, with the same result. Undefined when the signal was given.
 */
export async function trainSupernets(
  plan: SupernetPlan,
  around: SupernetSurroundings,
): Promise<SupernetRecord[] | undefined> {
  const { recipe, rows, normalize, seed, source } = plan;
  const file = openSupernets(around.folder, {
    ...{ purpose: "supernet", data: source.hash, rows, normalize, seed, recipe, version: 1 },
  });
  const trained: SupernetRecord[] = [];
  for (const [k, own] of plan.seeds.entries()) {
    const stored = file.records.find((record) => record.seed === own);
    const record = stored ?? (await trainOne(plan, own, k + 1, checkpointFile(file.checkpoint(String(own))), around));
    if (record === undefined) return undefined;
    if (stored === undefined) file.append([record]);
    checkpointFile(file.checkpoint(String(own))).remove();
    trained.push(record);
  }
  return trained;
}

async function trainOne(
  plan: SupernetPlan,
  seed: number,
  number: number,
  checkpoint: CheckpointFile,
  { signal, now, onProgress }: SupernetSurroundings,
): Promise<SupernetRecord | undefined> {
  const { data, outputs } = splitOf(plan, seed);
  const keep = checkpointWriter(checkpoint, now);
  return fromCheckpoint(checkpoint, async (resume) => {
    for (const { epoch, loss, layers, snapshot } of trainSupernet(data, { ...plan.recipe, outputs, seed }, resume)) {
      await setImmediate(); // a Ctrl-C gets its turn
      onProgress({ number, epoch, loss });
      if (epoch === plan.recipe.epochs) return { seed, rows: data.train.n, layers };
      if (signal.aborted) {
        checkpoint.write(snapshot());
        return undefined;
      }
      keep(snapshot);
    }
    return undefined;
  });
}

/** Rows of one supernet: another split for each; half of them for the choices where these are learnt apart. */
const splitOf = ({ source, rows, normalize, seed, recipe }: SupernetPlan, own: number) =>
  prepareTraining(
    { source, test: undefined },
    { rows, validation: recipe.mode === "joint" ? 0 : 0.5, normalize, images: false, seed: `${seed} ${own}` },
  );

/**
 * Scores the space, or a sample of a large one, and judges the choices by it. Rejects when the signal is given; throws AppError
 * `numeric` when no network has a score.
 */
export async function judgeChoices(
  plan: SupernetPlan,
  trained: readonly SupernetRecord[],
  signal: AbortSignal,
): Promise<SupernetFindings> {
  const { metric, recipe, seed } = plan;
  const choices = trained.map(({ layers }) => layers);
  const derived = formatGenotype({ kind: "layered", layers: [...heaviestLayers(recipe.activations, choices)] });
  const batch = makeBatch(plan.source, { samples: plan.samples, seed, normalize: plan.normalize });
  const [networks, own] = await scored(plan, batch, [networksOf(plan), [derived]], signal);
  if (networks.length === 0) throw new AppError("numeric", `No network of the space has a ${metric.label}.`);
  const verdict = judgeSupernet(
    recipe.activations,
    choices,
    { networks, derived: own.at(0)?.score ?? NaN, better: metric.better },
    rng(seed, "supernet permutations"),
  );
  return { verdict, derived, networks: networks.length, inputs: batch.n };
}

/** All networks of a space, or a sample of a large one. */
function networksOf({ space, seed }: SupernetPlan): string[] {
  if (space.size <= BigInt(mostNetworks)) return [...space.enumerate()];
  const random = rng(seed, "supernet networks");
  return [...new Set(Array.from({ length: mostNetworks }, () => space.sample(random)))];
}

/** Scores of some lists of networks; those that have none are left out. */
async function scored(
  { model, metric, space, threads }: SupernetPlan,
  batch: Batch,
  lists: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<ScoredLayers[][]> {
  const context = { batch, model, metric: metric.name, space: space.spec };
  const backend = threads > 1 ? poolBackend(context, threads) : inlineBackend(context);
  try {
    const rows = await Promise.all(lists.map((genotypes) => evaluateOn(backend)(genotypes, signal)));
    return rows.map((list) =>
      list
        .filter(({ score }) => Number.isFinite(score))
        .map(({ genotype, score }) => ({ layers: parseGenotype(genotype).layers, score })),
    );
  } finally {
    await backend.close();
  }
}
