import { z } from "zod";
import { AppError } from "../../errors.js";
import { finiteCompute } from "../../queue/finite-compute.js";
import { metricOf, metrics } from "../../score/metrics.js";
import { openStore, type Choice, type RunRequest, type RunStore } from "../../store/index.js";
import { chooseByTraining, choiceText } from "../choose.js";
import { defineCommand } from "../command.js";
import { computeFlags, drawsFlag, finiteSettings, widthShape } from "../finite-options.js";
import { interruptedExit, quoted, type Io } from "../io.js";
import { counted } from "../numbers.js";
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
  wordFlag,
} from "../options.js";
import { loadSourceAndBatch, sourceOptions, isTargetTable, usualNormalization } from "../prepare.js";
import { progressReporter } from "../progress.js";
import { foundNothing, runSearch, type ResumedRun, type SearchOutcome, type SearchPlan } from "../run-search.js";
import { searchJson, searchText } from "../search-output.js";
import { spaceFlags, spaceOf, spaceShape } from "../space-option.js";
import { amendRun } from "../stored-run.js";
import { checkLabels, chooseStrategy, strategyWords } from "../strategy-choice.js";
import { validationText } from "../validation.js";
import { packageVersion } from "../version.js";

/** Score of a search on a table with a target: the best of the scores in docs/real-data.md. */
const tableScore = "log_evidence";
const tableScoreReason =
  "score log_evidence: a target is given, and of all scores it had the best mean rank on held-out rows in our study of tables (docs/real-data.md), by a margin that is not significant; --score names another.";

export const searchCommandSchema = z.strictObject({
  ...dataShape,
  ...spaceShape,
  ...modelShape,
  score: z.string().optional(),
  strategy: wordFlag(strategyWords).default("auto"),
  budget: numberFlag({ integer: true, least: 1 }).optional(),
  maxSeconds: numberFlag({ above: 0 }).optional(),
  top: numberFlag({ integer: true, least: 1 }).default(10),
  validate: numberFlag({ integer: true, least: 1 }).optional(),
  ...widthShape,
  quiet: flag,
  ...seedShape,
  ...threadShape,
  ...storeShape,
  ...outputShape,
});

export type SearchOptions = z.output<typeof searchCommandSchema>;

export const searchCommand = defineCommand({
  name: "search",
  summary: "find the networks with the best score in a space of activations and skips",
  flags: [
    ...dataFlags,
    ...spaceFlags,
    {
      syntax: "--score <metric>",
      description: `${metrics.map(({ name }) => name).join(", ")} (default: lambda_min; ${tableScore} for a csv with --target)`,
    },
    { syntax: "--strategy <name>", description: `${strategyWords.join(", ")} (default: auto)` },
    { syntax: "--budget <n>", description: "evaluations at most (default: 2,000 where a strategy needs one)" },
    { syntax: "--max-seconds <s>", description: "seconds at most; comparisons get a fifth more, or 2 s" },
    { syntax: "--top <k>", description: "how many of the best to keep (default: 10)" },
    {
      syntax: "--validate <epochs>",
      description: "train the best so long and choose among them by rows held out (width: --width, or 256)",
    },
    {
      syntax: "--width <m>",
      description: "score the best as real networks too, m wide; the ranking stays that of infinite width",
    },
    drawsFlag,
    ...computeFlags,
    ...modelFlags,
    ...seedFlags,
    ...threadFlags,
    ...storeFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas search --data mnist",
    "eigennas search --data mnist --depth 6 --activations relu,tanh --top 10 --json",
    "eigennas search --data csv:iris.csv --target species --score loo_error --depth 2-4",
    "eigennas search --data sphere:n=32,d=16 --depth 3 --top 5 --width 512",
    "eigennas search --data csv:iris.csv --target species --depth 2-4 --top 5 --validate 20",
  ],
  schema: searchCommandSchema,
  run: async (options, io, typed) => {
    const { plan, outcome } = await searchWith(options, io, { typed });
    return finishSearch(plan, outcome, options, io);
  },
});

/** Chooses by a short training if that was asked for, prints all, and gives the exit code. */
export async function finishSearch(
  plan: SearchPlan,
  outcome: SearchOutcome,
  options: SearchOptions,
  io: Io,
): Promise<number> {
  const { validate: epochs, width = 256, store, quiet } = options;
  const wanted = epochs !== undefined && outcome.status === "complete" && outcome.artifacts.top.length > 0;
  const chosen = wanted
    ? chooseByTraining(
        {
          ...{ run: outcome.run, source: plan.source, model: plan.model, seed: plan.seed, threads: plan.threads },
          ...{ epochs, width, quiet, store: storePath(store, io.cwd), normalize: plan.batch.report.normalize },
          genotypes: outcome.artifacts.top.map(({ genotype }) => genotype),
        },
        io,
      )
    : undefined;
  const choice = await chosen?.catch((error: unknown) => {
    printOutcome(plan, outcome, options, io, undefined);
    throw error;
  });
  printOutcome(plan, outcome, options, io, choice);
  if (choice !== undefined) amendRun(outcome.run, storePath(store, io.cwd), { choice }, io);
  if (!wanted || choice !== undefined) return exitCodeOf(outcome, io);
  io.err(`The search is complete; go on with choosing: eigennas train ${outcome.run} --choose --epochs ${epochs}\n`);
  return interruptedExit;
}

/** Prints what a search found: as a table, or as JSON. */
function printOutcome(
  plan: SearchPlan,
  outcome: SearchOutcome,
  { json, store }: SearchOptions,
  io: Io,
  choice: Choice | undefined,
): void {
  io.out(
    json
      ? `${JSON.stringify({ ...searchJson(plan, outcome), ...(choice && { choice }) })}\n`
      : searchText(plan, outcome) + validationText(plan, outcome) + (choice ? choiceText(choice, io.width) : ""),
  );
  if (outcome.status === "interrupted") io.err(`Go on with: ${resumeLine(outcome.run, store)}\n`);
}

/** The command line that goes on with a run. */
export const resumeLine = (run: string, store: string | undefined): string =>
  `eigennas resume ${run}${store === undefined ? "" : ` --store ${quoted(store)}`}`;

/** How a search is begun: from what was typed, or as a run that goes on. */
interface Beginning {
  readonly typed: Readonly<Record<string, unknown>>;
  /** Takes over a stored run once everything is loaded; the search goes on with it. */
  readonly claim?: (store: RunStore, plan: SearchPlan) => ResumedRun;
}

/** 0, or 130 after Ctrl-C, or 1 with an error on stderr when the time was up before anything was solved. */
export function exitCodeOf({ status, result }: SearchOutcome, io: Io): number {
  if (foundNothing(result)) {
    io.err("error: --max-seconds: the time was up before one network was solved\nhint: Allow more seconds.\n");
    return 1;
  }
  return status === "interrupted" ? interruptedExit : 0;
}

/** Checks, loads, searches; progress and notes go to stderr, nothing to stdout. */
export async function searchWith(
  options: SearchOptions,
  io: Io,
  { typed, claim }: Beginning,
): Promise<{ readonly plan: SearchPlan; readonly outcome: SearchOutcome }> {
  const table = isTargetTable(options);
  const metric = metricOf(options.score ?? (table ? tableScore : "lambda_min"));
  const space = await spaceOf(options, io.cwd);
  const normalize = options.normalize ?? usualNormalization(options);
  const { batch, source: rowSource } = await loadSourceAndBatch({ ...options, normalize }, io.cwd, {
    table: table && options.score === undefined,
  });
  checkLabels(metric, batch);
  const strategy = chooseStrategy(options.strategy, options.budget, { size: space.size, batch, metric });
  const { maxSeconds, top, seed, threads, width, draws, engine, memory } = options;
  const finite = finiteSettings({ width, draws, engine, memory }, seed, batch);
  if (finite !== undefined) finiteCompute(finite);
  const plan: SearchPlan = {
    space,
    batch,
    rowSource,
    source: sourceOptions(options, io.cwd),
    model: modelOf(options),
    metric,
    strategy,
    maxSeconds,
    top,
    seed,
    threads,
    finite,
    version: packageVersion(),
    commandLine: io.commandLine,
    request: { folder: io.cwd, options: typed as RunRequest["options"] },
  };
  const path = storePath(options.store, io.cwd);
  const store = openStore(path);
  const progress = progressReporter(io, options.quiet);
  if (table && options.score === undefined) progress.note(tableScoreReason);
  if (strategy.reason !== undefined) progress.note(strategy.reason);
  const abort = new AbortController();
  let finishing = false;
  let run: string | undefined;
  const stopListening = io.onInterrupt(() => {
    progress.note(
      finishing
        ? "The search is over: comparisons that are not computed yet are left out; Ctrl-C again ends the process."
        : "Interrupted: the best found so far is being stored; Ctrl-C again ends the process.",
    );
    abort.abort();
  });
  try {
    const resumed = claim?.(store, plan);
    const outcome = await runSearch(plan, {
      store,
      finiteFolder: folderBeside(path, io.cwd, "finite"),
      resumed,
      signal: abort.signal,
      now: () => io.now(),
      onRun: (id) => (run = id),
      onProgress: (state) => progress.update(state),
      onFinishing: () => {
        finishing = true;
        progress.end();
        const { finite } = plan;
        if (finite !== undefined && !abort.signal.aborted)
          progress.note(`Scoring the best at width ${finite.width}, ${counted(finite.draws, "draw")} each.`);
      },
    });
    return { plan, outcome };
  } catch (error) {
    if (run !== undefined && error instanceof AppError && error.code === "store") {
      progress.end();
      io.err(`Once that is put right, go on with: ${resumeLine(run, options.store)}\n`);
    }
    throw error;
  } finally {
    stopListening();
    progress.end();
    store.close();
  }
}
