import type { FiniteWidthScore } from "../score/finite-width.js";
import type { Metric } from "../score/metrics.js";
import { metrics } from "../score/metrics.js";
import { compareEvaluated } from "../search/index.js";
import type { ComparedArtifacts } from "./artifacts.js";
import { meanText } from "./finite-text.js";
import { batchText, modelText } from "./model-text.js";
import { counted, duration, grouped, shown } from "./numbers.js";
import { foundNothing, type SearchOutcome, type SearchPlan } from "./run-search.js";
import { textTable } from "./table.js";

/** What `search --json` prints. */
export function searchJson(plan: SearchPlan, outcome: SearchOutcome): Record<string, unknown> {
  const { space, metric, strategy, batch, model } = plan;
  const { result, artifacts } = outcome;
  const scores = new Map(result.top.map(({ genotype, score }) => [genotype, score]));
  return {
    run: outcome.run,
    status: outcome.status,
    space: { id: space.id, size: plainInteger(space.size), description: space.description },
    evaluated: result.evaluated,
    skippedByBound: result.skippedByBound,
    failed: outcome.failures.count,
    exactTopK: result.exactTopK,
    stopped: result.stopped,
    strategy: { name: strategy.name, budget: strategy.budget ?? null, seconds: plan.maxSeconds ?? null, top: plan.top },
    score: { name: metric.name, better: metric.better, usesLabels: metric.usesLabels },
    results: artifacts.top.map((item, i) => ({
      rank: i + 1,
      score: scores.get(item.genotype),
      ...item,
      ...(artifacts.finite && { finite: finiteOf(artifacts, item.genotype) ?? null }),
    })),
    baselines: artifacts.baselines,
    randomChoice: artifacts.randomChoice,
    leftOut: artifacts.leftOut,
    crossValidation: artifacts.crossValidation ?? null,
    batch: batch.report,
    model,
    seed: plan.seed,
    threads: plan.threads,
    seconds: outcome.seconds,
  };
}

const finiteOf = ({ finite }: ComparedArtifacts, genotype: string): FiniteWidthScore | undefined =>
  finite?.find((score) => score.genotype === genotype);

/** A count as a JSON number, or as text beyond 2^53. */
const plainInteger = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

/** What `search` prints: the ranking, then what may be claimed of it. */
export function searchText(plan: SearchPlan, outcome: SearchOutcome): string {
  const { metric, batch, model, space } = plan;
  const { artifacts } = outcome;
  const heading = [
    `${space.id}: ${grouped(space.size)} architectures (${space.description})`,
    batchText(batch),
    `ranked by ${metric.label}, ${metric.better} is better, ${metric.usesLabels ? "labels are used" : "no labels used"}; ${modelText(model)}`,
  ];
  const lines = [...heading, "", ...(artifacts.top.length === 0 ? ["No architecture was scored.", ""] : [])];
  const table = artifacts.top.length === 0 ? "" : `${rankingTable(artifacts, metric)}\n`;
  const notes = [...new Set([...batch.report.notes, ...artifacts.top.flatMap(({ warnings }) => warnings)])];
  return [
    lines.map((line) => `${line}\n`).join(""),
    table,
    ...claims(plan, outcome).map((line) => `${line}\n`),
    ...notes.map((note) => `note: ${note}\n`),
  ].join("");
}

const usual = ["condition_number", "effective_rank", "label_complexity", "loo_error", "loo_accuracy"];
const elsewhere = ["lambda_min", "lambda_min_normalized", "lower_bound"];

function rankingTable(artifacts: ComparedArtifacts, metric: Metric): string {
  const { top, finite } = artifacts;
  const extra = [...new Set([...usual, metric.name])]
    .filter((name) => !elsewhere.includes(name))
    .map((name) => metrics.find((candidate) => candidate.name === name)!)
    .filter(({ name }) => top.some((item) => item.metrics[name] !== null));
  const arrow = (name: string, label: string, better: string): string =>
    `${label} ${better === "higher" ? "↑" : "↓"}${name === metric.name ? "*" : ""}`;
  return textTable(
    [
      { title: "#" },
      { title: "genotype", align: "left" },
      { title: arrow("lambda_min", "λmin", "higher") },
      ...(finite === undefined ? [] : [{ title: `λmin at width ${finite.at(0)?.width ?? "m"} ± s.e.` }]),
      { title: arrow("lambda_min_normalized", "λmin/(tr/n)", "higher") },
      { title: metric.name === "lower_bound" ? "LB ↑*" : "LB" },
      { title: "UBpair" },
      ...extra.map(({ name, label, better }) => ({ title: arrow(name, label, better) })),
    ],
    top.map((item, i) => [
      String(i + 1),
      item.genotype,
      shown(item.lambdaMin),
      ...(finite === undefined ? [] : [finiteCell(finiteOf(artifacts, item.genotype))]),
      shown(item.lambdaMinNormalized),
      shown(item.bounds.LB, 4),
      shown(item.bounds.UBpair, 4),
      ...extra.map(({ name }) => shown(item.metrics[name], 4)),
    ]),
  );
}

const finiteCell = (score: FiniteWidthScore | undefined): string =>
  score === undefined ? "overflow" : meanText(score.lambdaMin);

function claims(plan: SearchPlan, outcome: SearchOutcome): string[] {
  const { run, result, status, seconds, failures } = outcome;
  const { top: wanted, space, strategy } = plan;
  const k = Math.min(wanted, Number(space.size));
  const best = "the best of what was looked at, not proved best of the space";
  const skipped = result.skippedByBound > 0 ? `, ${grouped(result.skippedByBound)} skipped by bound with proof` : "";
  const limit = result.evaluated === strategy.budget ? "The budget is used up" : "The time is up";
  const claim = result.exactTopK
    ? `Exact top-${k} of the whole space.`
    : foundNothing(result)
      ? "The time was up before one network was solved: allow more with --max-seconds."
      : status === "interrupted"
        ? `Interrupted: what was found is stored${result.top.length === 0 ? "" : ` and listed, ${best}`}.`
        : result.stopped === "budget"
          ? `${limit}: these are ${best}.`
          : `These are ${best}.`;
  return [
    `${counted(result.evaluated, "eigenproblem")} solved${skipped}, in ${duration(seconds)}. ${claim}`,
    ...(failures.count === 0 ? [] : [`${counted(failures.count, "architecture")} failed: ${failures.first ?? ""}`]),
    ...finiteClaim(plan, outcome),
    ...comparison(plan, outcome),
    ...missing(outcome),
    `Run ${run}. Report: eigennas report ${run}`,
  ];
}

const comparisonWords = { baselines: "plain networks", randomChoice: "a random choice" } as const;

function missing({ artifacts: { leftOut }, result }: SearchOutcome): string[] {
  if (leftOut.length === 0) return [];
  const reason = result.stopped === "cancelled" ? "the search was interrupted" : "the time was up";
  return [`Not compared with ${leftOut.map((name) => comparisonWords[name]).join(" and ")}: ${reason}.`];
}

/** What the finite widths are, and what they do not change. */
function finiteClaim({ finite }: SearchPlan, { artifacts, result }: SearchOutcome): string[] {
  if (finite === undefined) return [];
  if (artifacts.finite === undefined) {
    const reason = result.stopped === "cancelled" ? "the search was interrupted" : "the time was up";
    return [`Width ${finite.width} was not computed: ${reason}.`];
  }
  const warnings = new Set(artifacts.finite.flatMap((score) => score.warnings));
  return [
    `At width ${finite.width}: mean λmin of ${counted(finite.draws, "draw")} of the weights ± its standard error. The ranking stays that of infinite width.`,
    ...[...warnings].map((warning) => `warning: ${warning}`),
  ];
}

/** The best against plain networks of its depth and against a random choice, by the search's own score. */
function comparison({ metric }: SearchPlan, { result, artifacts }: SearchOutcome): string[] {
  const { baselines, randomChoice } = artifacts;
  const best = result.top.at(0);
  const depth = artifacts.top.at(0)?.depth;
  if (best === undefined || depth === undefined) return [];
  const value = (score: number): string => `${metric.label} ${shown(score)}`;
  const against = (score: number, genotype?: string): string => {
    if (genotype === best.genotype) return " (it is the first of the list)";
    return metric.better === "higher" && score > 0 && best.score > 0
      ? ` (the first of the list has ${shown(best.score / score, 3)} times that)`
      : ` (the first of the list has ${shown(best.score)})`;
  };
  const ofDepth = baselines
    .filter((point) => point.depth === depth && !Number.isNaN(point.score))
    .sort(compareEvaluated(metric.better));
  const lines: string[] = [];
  const relu = ofDepth.filter(({ activation }) => activation === "relu");
  const [plainRelu, other] = [relu.at(0), relu.find(({ genotype }) => genotype !== relu[0].genotype)];
  if (plainRelu !== undefined) {
    const which = ({ skips }: { readonly skips: boolean }): string => (skips ? " with all skips" : " without skips");
    lines.push(
      `Plain ReLU network of depth ${depth}: ${value(plainRelu.score)}` +
        (other === undefined ? "" : which(plainRelu)) +
        against(plainRelu.score, plainRelu.genotype) +
        (other === undefined ? "." : `, ${shown(other.score)}${which(other)}.`),
    );
  }
  const plain = ofDepth.at(0);
  if (plain !== undefined && plain.activation !== "relu") {
    const { genotype, score } = plain;
    lines.push(`Best plain network of depth ${depth}: ${value(score)}, ${genotype}${against(score, genotype)}.`);
  }
  if (randomChoice !== null) {
    const [, , median] = randomChoice.score;
    lines.push(`Random choice, median of ${randomChoice.count}: ${value(median)}${against(median)}.`);
  }
  return lines;
}
