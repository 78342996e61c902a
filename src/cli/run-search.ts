import { setImmediate } from "node:timers/promises";
import type { ModelParameters } from "../arch/architecture.js";
import type { Batch, RowSource } from "../data/index.js";
import { hasEqualNorms } from "../kernels/infinite/geometry.js";
import type { Backend } from "../queue/backend.js";
import { evaluateOn, scannerOn } from "../queue/evaluate.js";
import { inlineBackend, poolBackend } from "../queue/local.js";
import { recordedBackend, type RecordedBackend } from "../queue/recorded.js";
import { rng } from "../rng.js";
import { checkFiniteMemory, type FiniteSettings } from "../score/finite-width.js";
import type { Metric } from "../score/metrics.js";
import type { ScoringContext } from "../score/scorer.js";
import type { ScoredRow } from "../score/types.js";
import {
  exactTopK,
  search,
  strategyByName,
  type SearchEvent,
  type SearchProgress,
  type SearchResult,
} from "../search/index.js";
import { formatGenotype, type LayeredSpace } from "../spaces/index.js";
import type { RunProtocol, RunRequest, RunRow, RunSource, RunStatus, RunStore } from "../store/index.js";
import { buildArtifacts, type ComparedArtifacts } from "./artifacts.js";
import type { StrategyChoice } from "./strategy-choice.js";
import { validationOf } from "./validation.js";

/** A search, all checked and loaded. */
export interface SearchPlan {
  readonly space: LayeredSpace;
  readonly batch: Batch;
  /** What the batch was drawn from. */
  readonly rowSource: RowSource;
  /** How the data was read. */
  readonly source: RunSource;
  readonly model: ModelParameters;
  readonly metric: Metric;
  readonly strategy: StrategyChoice;
  readonly maxSeconds: number | undefined;
  readonly top: number;
  readonly seed: number;
  readonly threads: number;
  /** Scores the best at a finite width too, once the search is over. */
  readonly finite: FiniteSettings | undefined;
  readonly version: string;
  readonly commandLine: string;
  /** What was typed, so that the run can be resumed. */
  readonly request: RunRequest;
}

/** A run that goes on where it was ended. */
export interface ResumedRun {
  readonly id: string;
  /** Seconds of the search until then. */
  readonly seconds: number;
}

/** What a search needs of the world. */
export interface SearchSurroundings {
  readonly store: RunStore;
  /** Where scores at a finite width are kept. */
  readonly finiteFolder: string;
  /** A run, claimed, to go on with; otherwise a new one is made. */
  readonly resumed?: ResumedRun | undefined;
  /** Ends the search early; what was found is kept. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onProgress: (progress: SearchProgress) => void;
  /** The run is stored from now on. */
  readonly onRun?: (run: string) => void;
  /** The search is over; what a report needs is computed now. */
  readonly onFinishing: () => void;
}

export interface SearchOutcome {
  readonly run: string;
  readonly status: RunStatus;
  readonly result: SearchResult<ScoredRow>;
  readonly artifacts: ComparedArtifacts;
  /** Of the search alone, without the artifacts. */
  readonly seconds: number;
  readonly failures: Failures;
}

export interface Failures {
  readonly count: number;
  readonly first: string | undefined;
}

/** Batches of an exhaustive search; large, since nothing is learnt on the way. */
const exhaustiveBatch = 512;

/** Seconds that the comparisons of a report get beyond the limit of the search, or a fifth of it when that is more. */
const leastGrace = 2;

/** A timer of Node counts milliseconds in 31 bits. */
const longestTimer = 2 ** 31 - 1;

/**
 * Searches, storing rows as they come, then computes the artifacts of the report and closes the run. A resumed run is
 * repeated from its stored steps, which takes no time, and goes on behind the last one: the outcome is that of a run that
 * was never ended. A run that throws is stored as failed; one that the signal ended, or whose time was up before anything
 * was solved, as interrupted.
 * With `maxSeconds`, baselines and the random choice are computed only within a fifth more, or two seconds; the best are
 * always scored fully.
 */
export async function runSearch(plan: SearchPlan, around: SearchSurroundings): Promise<SearchOutcome> {
  const { store, now } = around;
  const { batch, model, metric, space, threads, maxSeconds } = plan;
  const { n, d, inputs, labels, targets } = batch;
  const context: ScoringContext = {
    batch: { n, d, inputs, ...(labels && { labels }), ...(targets && { targets }) },
    model,
    metric: metric.name,
    space: space.spec,
  };
  checkStart(plan, context);
  const begun = now();
  const run = around.resumed?.id ?? store.create(protocolOf(plan), new Date(begun).toISOString());
  around.onRun?.(run);
  const before = around.resumed?.seconds ?? 0;
  const seconds = (): number => before + (now() - begun) / 1000;
  const backend = threads > 1 ? poolBackend(context, threads) : inlineBackend(context);
  let seen: SearchProgress = { evaluated: 0, skippedByBound: 0, total: undefined };
  try {
    const recorded = recordedBackend(backend, (step) => store.step(run, step));
    const signal = timed(around.signal, maxSeconds && maxSeconds - before);
    const events = eventsOf(plan, recorded.backend, signal);
    const { result, failures } = await follow(events, { run, recorded, seconds }, around, (progress) => {
      seen = progress;
    });
    const searched = seconds();
    around.onFinishing();
    const built = await buildArtifacts(backend, {
      space,
      batch,
      rowSource: plan.rowSource,
      context,
      seed: plan.seed,
      top: result.top.map(({ genotype }) => genotype),
      finite: plan.finite,
      finiteFolder: around.finiteFolder,
      signal: timed(around.signal, maxSeconds && maxSeconds + Math.max(leastGrace, maxSeconds / 5) - seconds()),
    });
    const status = result.stopped === "cancelled" || foundNothing(result) ? "interrupted" : "complete";
    const crossValidation = validationOf(plan, { artifacts: built, status });
    const artifacts = { ...built, ...(crossValidation && { crossValidation }) };
    const { evaluated, skippedByBound, exactTopK: exact } = result;
    store.finish(run, { status, seconds: searched, evaluated, skippedByBound, exactTopK: exact, artifacts });
    return { run, status, result, artifacts, seconds: searched, failures };
  } catch (error) {
    markFailed(store, run, { ...seen, seconds: seconds() });
    throw error;
  } finally {
    await backend.close();
  }
}

/** A store that cannot even take this, on a full disk, leaves the run as one whose process is gone. */
function markFailed(
  store: RunStore,
  run: string,
  { evaluated, skippedByBound, seconds }: Omit<SearchProgress, "total"> & { readonly seconds: number },
): void {
  try {
    store.finish(run, { status: "failed", seconds, evaluated, skippedByBound, exactTopK: false, artifacts: null });
  } catch {
    return;
  }
}

/** Whether the time was up before one network was solved. */
export const foundNothing = ({ stopped, evaluated }: SearchResult<ScoredRow>): boolean =>
  stopped === "budget" && evaluated === 0;

/**
 * A signal that is aborted by `outer`, or after some seconds. Not `AbortSignal.any`: a timeout that only it refers to can
 * be collected before it fires.
 */
function timed(outer: AbortSignal, seconds: number | undefined): AbortSignal {
  if (seconds === undefined) return outer;
  const controller = new AbortController();
  const end = (): void => controller.abort(outer.reason);
  if (outer.aborted) end();
  outer.addEventListener("abort", end, { once: true });
  const timeout = (): void => controller.abort(new DOMException("The time is up", "TimeoutError"));
  setTimeout(timeout, Math.min(longestTimer, Math.max(0, 1000 * seconds))).unref();
  return controller.signal;
}

/** Lets a strategy refuse a space, and the memory a width, before a run is stored. */
function checkStart({ strategy, space, metric, seed, finite }: SearchPlan, context: ScoringContext): void {
  if (finite !== undefined) checkFiniteMemory(deepest(space), context, finite);
  if (strategy.name === "exact") return;
  strategyByName(strategy.name).start({ space, rng: rng(seed, "search"), better: metric.better });
}

/** The network of a space that has the most layers, all with skips. */
function deepest({ spec }: LayeredSpace): string {
  const { choices } = spec.depths.reduce((a, b) => (b.depth > a.depth ? b : a));
  const layers = choices.map(([{ activation }], l) => ({ activation, skip: l > 0 }));
  return formatGenotype({ kind: "layered", layers });
}

function eventsOf(plan: SearchPlan, backend: Backend, signal: AbortSignal): AsyncGenerator<SearchEvent<ScoredRow>> {
  const { space, metric, strategy, top, seed } = plan;
  const options = { top, better: metric.better, rng: rng(seed, "search"), signal };
  if (strategy.name === "exact") {
    return exactTopK<ScoredRow>(space, scannerOn(backend, space.spec, space.size, top), options);
  }
  return search<ScoredRow>(space, evaluateOn(backend), strategyByName(strategy.name), {
    ...options,
    ...(strategy.budget === undefined ? {} : { budget: strategy.budget }),
    ...(strategy.name === "exhaustive" ? { batchSize: exhaustiveBatch } : {}),
  });
}

async function follow(
  events: AsyncGenerator<SearchEvent<ScoredRow>>,
  {
    run,
    recorded,
    seconds,
  }: { readonly run: string; readonly recorded: RecordedBackend; readonly seconds: () => number },
  { store, onProgress }: SearchSurroundings,
  remember: (progress: SearchProgress) => void,
): Promise<{ readonly result: SearchResult<ScoredRow>; readonly failures: Failures }> {
  let failures: Failures = { count: 0, first: undefined };
  for await (const event of events) {
    if (event.type === "done") return { result: event.result, failures };
    const step = recorded.endStep();
    if (!step.replayed) {
      const { skippedByBound } = event.progress;
      const kept = { number: step.number, reply: step.reply(), seconds: seconds(), skippedByBound };
      store.append(run, event.items.map(storedRow), kept);
    }
    const reasons = event.items.flatMap((item) => item.failure ?? []);
    failures = { count: failures.count + reasons.length, first: failures.first ?? reasons.at(0) };
    remember(event.progress);
    onProgress(event.progress);
    await setImmediate(); // timers and signals get their turn even when all work is done in this thread
  }
  throw new Error("a search ended without its result");
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const storedRow = (row: ScoredRow): RunRow => ({
  genotype: row.genotype,
  score: finite(row.score),
  lambdaMin: finite(row.lambdaMin),
  lambdaMinNormalized: finite(row.lambdaMinNormalized),
  LB: finite(row.LB),
  UBpair: finite(row.UBpair),
  residual: finite(row.residual),
  failure: row.failure ?? null,
});

/** The protocol card of a plan. */
export function protocolOf(plan: SearchPlan): RunProtocol {
  const { space, batch, model, metric, strategy } = plan;
  const { name, better, usesLabels } = metric;
  return {
    version: plan.version,
    command: plan.commandLine,
    request: plan.request,
    source: plan.source,
    space: { ...space.spec, size: space.size.toString(), description: space.description },
    batch: batch.report,
    model,
    strategy: {
      name: strategy.name,
      budget: strategy.budget ?? null,
      seconds: plan.maxSeconds ?? null,
      top: plan.top,
    },
    score: { name, better, usesLabels },
    seed: plan.seed,
    parameterisation: "ntk",
    initialisation: "gaussian",
    batchNorm: "none",
    output: "scalar",
    precision: "float64",
    engine: hasEqualNorms(batch) ? "infinite width, Chebyshev series in the angle" : "infinite width, pair by pair",
    solver: "Lanczos on the inverse; residual and inertia count for every value",
    threads: plan.threads,
  };
}
