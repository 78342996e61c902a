import { AppError, nearestName } from "../errors.js";
import { cost } from "../arch/cost.js";
import { depthOf, type Architecture } from "../arch/architecture.js";
import type { LeastEigenpair, SymmetricSolver } from "../spectrum/solver.js";
import type { SpectrumSummary } from "../spectrum/spectrum.js";
import { centredAlignment, labelComplexity, type LabelColumns, type LeaveOneOut } from "./labels.js";
import type { MetricInfo } from "./types.js";

/** A kernel with everything that metrics may ask of it; each part is computed when first asked for. */
export interface KernelView {
  readonly architecture: Architecture;
  readonly inputDimension: number;
  readonly solver: SymmetricSolver;
  readonly trace: number;
  readonly LB: number;
  readonly labels: LabelColumns | undefined;
  least(): LeastEigenpair;
  spectrum(): SpectrumSummary;
  leaveOneOut(): LeaveOneOut | undefined;
}

/** A score: its row in the table, and how it is read off a kernel; null where it does not apply. */
export interface Metric extends MetricInfo {
  compute(view: KernelView): number | null;
}

const plain = (
  name: string,
  label: string,
  better: Metric["better"],
  description: string,
  compute: Metric["compute"],
): Metric => ({
  name,
  label,
  better,
  usesLabels: false,
  description,
  compute,
});

/** Every score by name. A new one is a row here, and nothing else. */
export const metrics: readonly Metric[] = [
  plain(
    "lambda_min",
    "λmin",
    "higher",
    "Least eigenvalue of the NTK Θ; rewards the output's scale.",
    (view) => view.least().value,
  ),
  plain(
    "lambda_min_normalized",
    "λmin/(tr/n)",
    "higher",
    "λmin / (trace/n): the least eigenvalue against the mean one, invariant to the output's scale.",
    (view) => view.least().value / (view.trace / view.solver.n),
  ),
  plain(
    "lower_bound",
    "LB",
    "higher",
    "The lower bound LB of λmin from Hermite coefficients, no eigenproblem per architecture.",
    (view) => view.LB,
  ),
  plain("condition_number", "cond", "lower", "λmax / λmin; null when λmin is zero to float64.", (view) =>
    view.least().rankDeficient ? null : view.spectrum().lambdaMax / view.least().value,
  ),
  plain("trace", "trace", "higher", "Sum of the eigenvalues of Θ; rewards the output's scale.", (view) => view.trace),
  plain(
    "effective_rank",
    "eff. rank",
    "higher",
    "exp of the entropy of the normalised eigenvalues, between 1 and n.",
    (view) => view.spectrum().effectiveRank,
  ),
  {
    name: "label_complexity",
    label: "-y'Θ⁻¹y/n",
    better: "higher",
    usesLabels: true,
    description:
      "-y'Θ⁻¹y/n with ±1 labels (mean over one-vs-rest columns): minus the square of γ1 of the generalization bound.",
    compute: (view) => {
      if (view.labels === undefined || view.least().rankDeficient) return null;
      const value = labelComplexity(view.solver, view.labels);
      return value === undefined ? null : -value;
    },
  },
  {
    name: "label_complexity_normalized",
    label: "-y'Θ⁻¹y·tr/n²",
    better: "higher",
    usesLabels: true,
    description:
      "The same times trace/n: minus the square of the bound's complexity term over 4, invariant to the output's scale.",
    compute: (view) => {
      if (view.labels === undefined || view.least().rankDeficient) return null;
      const value = labelComplexity(view.solver, view.labels);
      return value === undefined ? null : (-value * view.trace) / view.solver.n;
    },
  },
  {
    name: "alignment",
    label: "alignment",
    better: "higher",
    usesLabels: true,
    description:
      "Centred kernel-target alignment: the cosine between the centred kernel and the gram matrix of the targets.",
    compute: (view) => (view.labels === undefined ? null : (centredAlignment(view.solver, view.labels) ?? null)),
  },
  {
    name: "log_evidence",
    label: "log evid./n",
    better: "higher",
    usesLabels: true,
    description:
      "Log marginal likelihood per input of the Gaussian process with this kernel, scale and noise the most likely ones (noise from the ridge grid).",
    compute: (view) => view.leaveOneOut()?.logEvidence ?? null,
  },
  {
    name: "loo_error",
    label: "LOO error",
    better: "lower",
    usesLabels: true,
    description:
      "Leave-one-out squared error of kernel ridge regression with an intercept in closed form, ridge chosen by the same error; targets have variance 1, classes are ±1.",
    compute: (view) => view.leaveOneOut()?.error ?? null,
  },
  {
    name: "loo_accuracy",
    label: "LOO acc.",
    better: "higher",
    usesLabels: true,
    description: "Leave-one-out accuracy of the same kernel regression; null for regression targets.",
    compute: (view) => view.leaveOneOut()?.accuracy ?? null,
  },
  {
    name: "loo_log_loss",
    label: "LOO log loss",
    better: "lower",
    usesLabels: true,
    description:
      "Leave-one-out log loss of the same, softmax of its outputs with one temperature for all; null for regression targets.",
    compute: (view) => view.leaveOneOut()?.logLoss ?? null,
  },
  plain(
    "parameters",
    "params",
    "lower",
    "Weights of a network of hidden width 512.",
    (view) => cost(view.architecture, view.inputDimension).parameters,
  ),
  plain(
    "flops",
    "FLOPs",
    "lower",
    "Forward FLOPs of one input at hidden width 512.",
    (view) => cost(view.architecture, view.inputDimension).flops,
  ),
  plain("depth", "depth", "lower", "Depth L, the output layer counted.", (view) => depthOf(view.architecture)),
];

/** The metric of a name. Throws AppError `usage` with the nearest name and the list. */
export function metricOf(name: string): Metric {
  const found = metrics.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const names = metrics.map((metric) => metric.name);
  const near = nearestName(name, names);
  throw new AppError("usage", `Unknown score "${name}"; known are ${names.join(", ")}.`, {
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  });
}
