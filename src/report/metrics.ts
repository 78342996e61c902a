import type { MetricInfo } from "../score/types.js";
import { type Markup, html, lambdaMin, lambdaMinNormalized } from "./markup.js";

/** A metric as a column: what is known of it, or its name alone. */
export type MetricColumn = Pick<MetricInfo, "name" | "label"> & Partial<MetricInfo>;

/** Metrics that the ranking table has in columns of its own. */
const inTable = new Set(["lambda_min", "lambda_min_normalized", "lower_bound", "depth", "trace"]);

/** Columns for every metric in `present` that the ranking table does not show anyway, described as far as `infos` knows it. */
export function metricColumns(present: Iterable<string>, infos: readonly MetricInfo[]): MetricColumn[] {
  const names = [...new Set(present)].filter((name) => !inTable.has(name));
  const known = infos.filter((info) => names.includes(info.name));
  const unknown = names.filter((name) => !known.some((info) => info.name === name));
  return [...known, ...unknown.map((name) => ({ name, label: name.replaceAll("_", " ") }))];
}

/** `↑` when higher is better, `↓` when lower is. */
export const arrow = (column: MetricColumn): string =>
  column.better === undefined ? "" : column.better === "higher" ? " ↑" : " ↓";

/** The score of a run in words: mathematics for lambda_min, the table's label for the others. */
export function scoreLabel(name: string, infos: readonly MetricInfo[]): Markup {
  if (name === "lambda_min") return lambdaMin;
  if (name === "lambda_min_normalized") return lambdaMinNormalized;
  return html`${infos.find((info) => info.name === name)?.label ?? name.replaceAll("_", " ")}`;
}

/** The same without mark-up, for sentences and figures. */
export const plainScoreLabel = (name: string, infos: readonly MetricInfo[]): string =>
  infos.find((info) => info.name === name)?.label ?? name.replaceAll("_", " ");

/** What is said of the usual metrics when the caller brings no table of its own; the same names as the scores have. */
export const usualMetrics: readonly MetricInfo[] = [
  row("lambda_min", "λmin", "higher", false, "Least eigenvalue of the kernel; it grows with the output's scale."),
  row("lambda_min_normalized", "λmin/(tr/n)", "higher", false, "Least eigenvalue over the mean one."),
  row("lower_bound", "LB", "higher", false, "Lower bound of the least eigenvalue."),
  row("condition_number", "cond", "lower", false, "Largest over least eigenvalue."),
  row("trace", "trace", "higher", false, "Sum of the eigenvalues; it grows with the output's scale."),
  row("effective_rank", "eff. rank", "higher", false, "exp of the entropy of the normalised eigenvalues."),
  row("label_complexity", "−yᵀΘ⁻¹y/n", "higher", true, "Minus the square of γ₁ of the generalization bound."),
  row(
    "label_complexity_normalized",
    "−yᵀΘ⁻¹y·tr/n²",
    "higher",
    true,
    "The same times trace/n: invariant to the output's scale.",
  ),
  row(
    "alignment",
    "alignment",
    "higher",
    true,
    "Cosine between the centred kernel and the gram matrix of the targets.",
  ),
  row("log_evidence", "log evid./n", "higher", true, "Log marginal likelihood per input of the Gaussian process."),
  row("loo_error", "LOO error", "lower", true, "Leave-one-out squared error of kernel ridge regression."),
  row("loo_accuracy", "LOO acc.", "higher", true, "Leave-one-out accuracy of the same kernel regression."),
  row("loo_log_loss", "LOO log loss", "lower", true, "Leave-one-out log loss of the same, calibrated."),
  row("parameters", "params", "lower", false, "Number of weights of a finite network."),
  row("flops", "FLOPs", "lower", false, "Floating-point operations of one forward pass."),
  row("depth", "depth", "lower", false, "Depth L, the output layer counted."),
];

function row(
  name: string,
  label: string,
  better: "higher" | "lower",
  usesLabels: boolean,
  description: string,
): MetricInfo {
  return { name, label, better, usesLabels, description };
}
