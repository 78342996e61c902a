import type { Batch } from "../data/index.js";
import { AppError } from "../errors.js";
import { hasEqualNorms } from "../kernels/infinite/geometry.js";
import { labelColumns } from "../score/labels.js";
import type { Metric } from "../score/metrics.js";
import { isBoundedMetric } from "../score/scan.js";
import { exhaustiveLimit } from "../search/index.js";
import { grouped } from "./numbers.js";

export const strategyWords = ["auto", "exact", "exhaustive", "random", "evolution", "local"] as const;

export interface StrategyChoice {
  readonly name: Exclude<(typeof strategyWords)[number], "auto">;
  /** Evaluations at most. */
  readonly budget: number | undefined;
  /** One sentence: what was chosen and why; undefined when the user named it. */
  readonly reason: string | undefined;
}

/** The largest space that `auto` scans by bounds. */
const exactLimit = 50_000_000n;
const exhaustiveAutoLimit = 20_000n;
const defaultBudget = 2000;

/**
 * Which strategy to use. `auto`: exact top-k by bounds where they apply (a score bounded by Rayleigh quotients, inputs of
 * one norm, at most 50 million members, no smaller budget), else the whole space up to 20,000, else evolution.
 *
 * @throws AppError "usage" for a strategy that does not fit the space, the score, the data or the budget.
 */
export function chooseStrategy(
  asked: (typeof strategyWords)[number],
  budget: number | undefined,
  { size, batch, metric }: { readonly size: bigint; readonly batch: Batch; readonly metric: Metric },
): StrategyChoice {
  if (asked === "exact") {
    checkSize("exact", size, exactLimit);
    checkExact(budget, batch, metric);
    return { name: "exact", budget: undefined, reason: undefined };
  }
  if (asked === "exhaustive") {
    if (budget === undefined) checkSize("exhaustive", size, BigInt(exhaustiveLimit));
    return { name: "exhaustive", budget, reason: undefined };
  }
  if (asked !== "auto") return { name: asked, budget: budget ?? defaultBudget, reason: undefined };

  const bounded = isBoundedMetric(metric.name);
  const members = `${size.toLocaleString("en-US")} architectures`;
  if (budget !== undefined && BigInt(budget) < size) {
    return { name: "evolution", budget, reason: `evolution: the budget is smaller than the space (${members}).` };
  }
  if (bounded && hasEqualNorms(batch) && size <= exactLimit) {
    return {
      name: "exact",
      budget: undefined,
      reason: `exact: upper bounds of ${metric.name} prove which of the ${members} need no eigenproblem.`,
    };
  }
  const why = !bounded
    ? `no bound of ${metric.name} is known`
    : size > exactLimit
      ? `${members} are too many to scan`
      : "the inputs have different norms";
  if (size <= exhaustiveAutoLimit) {
    return { name: "exhaustive", budget: undefined, reason: `exhaustive: ${why}, and ${members} can all be solved.` };
  }
  return {
    name: "evolution",
    budget: budget ?? defaultBudget,
    reason: `evolution with ${(budget ?? defaultBudget).toLocaleString("en-US")} evaluations: ${why}, and the space has ${members}.`,
  };
}

function checkSize(strategy: string, size: bigint, limit: bigint): void {
  if (size <= limit) return;
  throw new AppError(
    "usage",
    `--strategy ${strategy}: expected a space of at most ${grouped(limit)} architectures, this one has ${grouped(size)}`,
    {
      hint: "Make the space smaller with --depth, --activations, --skips or --max-skips, or use --strategy evolution, random or local with --budget.",
      details: { size: size.toString(), limit: limit.toString() },
    },
  );
}

function checkExact(budget: number | undefined, batch: Batch, metric: Metric): void {
  const others = "--strategy exhaustive, random, evolution or local";
  if (budget !== undefined) {
    throw new AppError("usage", `--budget: the exact strategy looks at the whole space and takes none, got ${budget}`, {
      hint: `Leave it out, limit the time with --max-seconds, or use ${others}.`,
    });
  }
  if (!isBoundedMetric(metric.name)) {
    throw new AppError(
      "usage",
      `--strategy exact: expected --score lambda_min or lambda_min_normalized, which bounds are known of, got ${metric.name}`,
      { hint: `Use ${others}.` },
    );
  }
  if (!hasEqualNorms(batch)) {
    const [least, largest] = batch.report.norms;
    throw new AppError(
      "usage",
      `--strategy exact: expected inputs of one norm, got norms from ${least.toPrecision(4)} to ${largest.toPrecision(4)}`,
      { hint: `Use --normalize unit, or ${others}.` },
    );
  }
}

const leftText = (n: number, removed: number, spec: string): string =>
  `without repeated rows (${removed} were removed) ${n === 1 ? `one input of ${spec} is left` : `the ${n} inputs of ${spec} that are left have the same`}`;

/** @throws AppError "usage" when the score needs labels or classes that the batch does not have. */
export function checkLabels(metric: Metric, batch: Batch): void {
  if (!metric.usesLabels) return;
  const columns = labelColumns(batch);
  const which = `--score ${metric.name}: this score uses labels`;
  if (columns === undefined) {
    const oneValue = batch.labels !== undefined || batch.targets !== undefined;
    const { dataSpec, duplicatesRemoved: removed } = batch.report;
    const left = removed === 0 ? `those of ${dataSpec} are all the same` : leftText(batch.n, removed, dataSpec);
    throw new AppError("usage", oneValue ? `${which}, ${left}` : `${which}, ${dataSpec} has none`, {
      hint: oneValue
        ? "Use a target with at least two values, or a score without labels, such as --score lambda_min."
        : "Name the column of a csv file with --target, or use a score without labels, such as lambda_min.",
    });
  }
  if (metric.name === "loo_accuracy" && columns.kind === "regression") {
    throw new AppError("usage", `${which} of classes, the target of ${batch.report.dataSpec} is a number`, {
      hint: "Use --score loo_error.",
    });
  }
}
