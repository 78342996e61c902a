import { z } from "zod";
import { AppError } from "../../errors.js";
import { renderTrainPage } from "../../report/index.js";
import { metricOf } from "../../score/metrics.js";
import { benchmarkSpace, canonicalGenotype } from "../../spaces/index.js";
import type { Run, TrainingStudy } from "../../store/index.js";
import type { Contestant } from "../../train/contest.js";
import { preparationTensors, type NamedTensor } from "../../train/index.js";
import { tensorsToNpz } from "../../train/npz.js";
import { chooseByTraining, choiceText } from "../choose.js";
import { defineCommand } from "../command.js";
import { interruptedExit, type Io } from "../io.js";
import { counted, grouped } from "../numbers.js";
import {
  dataFlags,
  dataShape,
  flag,
  folderBeside,
  modelFlags,
  modelOf,
  modelShape,
  numberFlag,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  storeFlags,
  storePath,
  storeShape,
  threadFlags,
  threadShape,
} from "../options.js";
import { outputFile } from "../output-file.js";
import { openSource, sourceOptions, usualNormalization } from "../prepare.js";
import { statusLine } from "../progress.js";
import { batchOfRun } from "../run-batch.js";
import { prepareTraining, testSource } from "../train-data.js";
import { contestantsOf, networkFor } from "../train-networks.js";
import { recipeFlags, recipeOf, recipeShape, recipeText } from "../train-options.js";
import { runTrainings } from "../train-run.js";
import { studyJson, studyOf, type StudiedScore } from "../train-study.js";
import { judgementLines, secondsText, trainText } from "../train-text.js";
import { packageVersion } from "../version.js";
import { amendRun, storedRun } from "../stored-run.js";

const own = new Set(["--samples <n>", "--data <spec>", "--keep-duplicates"]);

const schema = z.strictObject({
  what: z.array(z.string()).min(1, "expected a run or genotypes"),
  top: numberFlag({ integer: true, least: 1 }).optional(),
  choose: flag,
  random: numberFlag({ integer: true, least: 0 }).default(5),
  seeds: numberFlag({ integer: true, least: 1 }).default(3),
  ...dataShape,
  data: z.string().optional(),
  test: z.string().optional(),
  rows: numberFlag({ integer: true, least: 2 }).optional(),
  ...recipeShape,
  width: numberFlag({ integer: true, least: 1 }).default(256),
  channels: numberFlag({ integer: true, least: 1 }).default(16),
  cells: numberFlag({ integer: true, least: 1 }).default(5),
  ...modelShape,
  out: z.string().min(1, "expected a file name").optional(),
  weights: z.string().min(1, "expected a file name").optional(),
  ...seedShape,
  ...threadShape,
  ...storeShape,
  quiet: flag,
  ...outputShape,
});

type TrainOptions = z.output<typeof schema>;

export const trainCommand = defineCommand({
  name: "train",
  summary: "train the best networks of a run against random ones, or networks of your own",
  operands: [
    {
      syntax: "<what...>",
      key: "what",
      description:
        "a run (its id, a part of it, or latest), or genotypes: relu-relu+tanh, cell strings or topology:INDEX, widths",
    },
  ],
  flags: [
    { syntax: "--top <k>", description: "of a run: how many of the best (default: 5)" },
    { syntax: "--random <k>", description: "of a run: how many others, drawn from its space (default: 5)" },
    { syntax: "--choose", description: "of a run: train only the best, for --epochs, and choose by rows held out" },
    { syntax: "--seeds <n>", description: "trainings of each network: weights, order and split (default: 3)" },
    {
      syntax: "--data <spec>",
      description: "what to learn, as in search (default: the run's); a quarter of the rows is held out to test",
    },
    { syntax: "--test <spec>", description: "rows to test on instead (default: mnist:test with mnist)" },
    { syntax: "--rows <n>", description: "rows to learn from at most (default: all)" },
    ...dataFlags.filter(({ syntax }) => !own.has(syntax)),
    ...recipeFlags,
    { syntax: "--width <m>", description: "width of layered networks (default: 256)" },
    { syntax: "--channels <c>", description: "cells: channels of the first stage (default: 16)" },
    { syntax: "--cells <n>", description: "cells: cells a stage (default: 5)" },
    ...modelFlags,
    {
      syntax: "--out <file>",
      description: "HTML page with curves and the verdict (default: none; the report of a run shows its last ones too)",
    },
    {
      syntax: "--weights <file>",
      description:
        "weights of the first network and seed as .npz, named as PyTorch does, with the means and deviations of its rows",
    },
    ...seedFlags,
    ...threadFlags,
    ...storeFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas train latest --top 5 --epochs 10 --out training.html",
    "eigennas train relu-relu tanh+tanh --data mnist --rows 12000 --epochs 5",
    "eigennas train latest --top 3 --random 3 --seeds 5 --width 512 --optimizer sgd --lr 0.05 --json",
  ],
  schema,
  run: async (options, io) => {
    const page = outputFile(options.out, io.cwd);
    const weightsFile = outputFile(options.weights, io.cwd, "--weights");
    const { data, seed, threads } = options;
    const path = storePath(options.store, io.cwd);
    const run = runOf(options.what, path);
    if (options.choose) return choose(run, options, path, io);
    if (run === undefined && data === undefined)
      throw new AppError("usage", "--data: expected what the networks are to learn, got nothing");
    const own = data === undefined || run?.protocol.source === undefined;
    const how = data === undefined ? run!.protocol.source : sourceOptions({ ...options, data }, io.cwd);
    if (how === undefined) {
      throw new AppError("usage", `run ${run!.id}: it does not say how its data was read`, { hint: "Give --data." });
    }
    const source = await openSource(how);
    const test = await testSource(source, options.test, io.cwd);
    const contestants: readonly Contestant[] =
      run === undefined
        ? [...new Set(options.what.map(canonicalGenotype))].map((name) => ({ name, group: "top", score: NaN }))
        : contestantsOf(run, (await batchOfRun(run, own ? source : undefined)).batch, {
            ...options,
            top: options.top ?? 5,
          });
    const images = contestants.some(({ name }) => benchmarkSpace(name) !== undefined);
    const recipe = recipeOf(options, images);
    const normalize = options.normalize ?? run?.protocol.batch.normalize ?? usualNormalization(how);
    const model = run?.protocol.model ?? modelOf(options);
    const { width, channels, cells, rows } = options;
    const sizes = images ? { channels, cells } : { width, model, normalize };
    const prepare = (split: number) =>
      prepareTraining(
        { source, test },
        { rows, validation: options.patience === undefined ? 0 : 0.1, normalize, images, seed: `${seed} ${split}` },
      );
    const seeds = Array.from({ length: options.seeds }, (_, k) => seed + k);
    let learntTensors: readonly NamedTensor[] | undefined;
    const status = statusLine(io, options.quiet);
    const abort = new AbortController();
    const stopListening = io.onInterrupt(() => {
      status.note("Interrupted: what was trained is stored; the same command goes on from there.");
      abort.abort();
    });
    try {
      const records = await runTrainings(
        {
          protocol: { data: source.hash, test: test?.hash, rows, seed, recipe, ...sizes, version: 1 },
          folder: folderBeside(path, io.cwd, "training"),
          networks: contestants.map(({ name }) => name),
          seeds,
          recipe,
          init: images ? "pytorch" : "ntk",
          threads,
          prepare,
          build: (network, prepared) => networkFor(network, prepared, { width, channels, cells, model }),
        },
        {
          signal: abort.signal,
          now: () => io.now(),
          onProgress: ({ network, done, total, epoch, step, steps, loss }) =>
            status.update(
              () =>
                `training ${done} of ${total} · ${network} · epoch ${epoch} of ${recipe.epochs} · step ${step} of ${steps} · loss ${loss.toPrecision(4)}`,
            ),
          ...(weightsFile && {
            again: (network, k) => network === contestants[0].name && k === seeds[0],
            onWeights: (network, k, tensors) => {
              if (network === contestants[0].name && k === seeds[0]) learntTensors = tensors;
            },
          }),
        },
      );
      status.end();
      if (abort.signal.aborted) return interruptedExit;
      const first = prepare(seeds[0]);
      const score: StudiedScore | undefined = run && metricOf(run.protocol.score.name);
      const classes = source.labels !== undefined;
      const learnt = first.data.train.n;
      const study = studyOf(contestants, records, {
        about: `${source.spec}: ${grouped(learnt)} rows to learn from, ${grouped(first.data.test!.n)} to test on. ${recipeText(recipe)}; ${images ? `${channels} channels, ${counted(cells, "cell")} a stage` : `width ${width}`}; ${counted(seeds.length, "seed")}; ${secondsText(records)} of training.`,
        score,
        classes,
        seeds,
      });
      const told: TrainingStudy = {
        ...{ version: packageVersion(), command: io.commandLine, about: study.about, classes, records },
        ...(score && { score: { label: score.label, better: score.better } }),
        ...{ verdict: study.verdict, judgement: score ? judgementLines(study) : [] },
      };
      const file = await page?.write(renderTrainPage(told));
      if (learntTensors !== undefined)
        await weightsFile?.write(tensorsToNpz([...learntTensors, ...preparationTensors(first.preparation)]));
      io.out(
        options.json
          ? `${JSON.stringify({ run: run?.id ?? null, ...studyJson(study), ...(file && { file }) })}\n`
          : trainText(study, io.width) + (file === undefined ? "" : `Open ${file} in a browser.\n`),
      );
      if (run !== undefined) amendRun(run.id, path, { training: told }, io);
      if (weightsFile !== undefined && learntTensors === undefined) {
        throw new AppError("numeric", `--weights: the training of ${contestants[0].name} failed, it has no weights`, {
          hint: "Try a smaller --lr.",
        });
      }
      return 0;
    } finally {
      stopListening();
      status.end();
    }
  },
});

/** The last step of a search, for a run that is complete. */
async function choose(run: Run | undefined, options: TrainOptions, path: string, io: Io): Promise<number> {
  const { json, epochs, width, threads, quiet } = options;
  const source = run?.protocol.source;
  if (run === undefined || source === undefined)
    throw new AppError("usage", "--choose: expected a run that says how its data was read");
  const { model, seed, batch, strategy } = run.protocol;
  const top = (run.artifacts?.top ?? []).slice(0, options.top ?? strategy.top);
  if (top.length === 0) throw new AppError("data", `run ${run.id}: expected networks to train, this run found none`);
  const plan = {
    run: run.id,
    source,
    model,
    seed,
    normalize: batch.normalize,
    epochs,
    width,
    threads,
    quiet,
    store: path,
  };
  const choice = await chooseByTraining({ ...plan, genotypes: top.map(({ genotype }) => genotype) }, io);
  if (choice === undefined) return interruptedExit;
  io.out(json ? `${JSON.stringify({ run: run.id, choice })}\n` : choiceText(choice, io.width));
  amendRun(run.id, path, { choice }, io);
  return 0;
}

/** A run, if the one operand is no genotype. */
function runOf(what: readonly string[], path: string): Run | undefined {
  if (what.length > 1 || isGenotype(what[0])) return undefined;
  return storedRun(what[0], path);
}

function isGenotype(text: string): boolean {
  try {
    canonicalGenotype(text);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "genotype") return false;
    throw error;
  }
}
