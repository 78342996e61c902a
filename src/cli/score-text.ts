import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/index.js";
import { metrics } from "../score/metrics.js";
import type { ScoredArchitecture, SolverCertificate } from "../score/types.js";
import { rankTolerance } from "../spectrum/solver.js";
import { batchText, modelText } from "./model-text.js";
import { shown } from "./numbers.js";
import { fields, textTable, wrapped } from "./table.js";

/** One scored architecture as a card for a terminal. */
export function scoreCard(item: ScoredArchitecture, batch: Batch, model: ModelParameters, width: number): string {
  const warnings = [...item.warnings, ...batch.report.notes];
  return [
    `${item.genotype}\n`,
    fields([
      ["depth", `${item.depth} (the output layer counts)`],
      ["inputs", batchText(batch)],
      ["model", modelText(model)],
      ["λmin", shown(item.lambdaMin, 9)],
      ["λmin/(tr/n)", shown(item.lambdaMinNormalized, 9)],
    ]),
    "\nBounds of λmin, from below to above\n",
    ladder(item),
    item.bounds.NNGP === null ? "" : `  (NNGP: the NNGP kernel's λmin is at least ${shown(item.bounds.NNGP, 9)})\n`,
    "\n",
    metricTable(item),
    "\n",
    wrapped(`Solver: ${certificateText(item.solver)}`, width),
    ...warnings.map((warning) => wrapped(`warning: ${warning}`, width)),
  ].join("");
}

const bar = 24;

/** Zero as far as float64 can tell, against the kernel's diagonal. */
const isZero = (value: number, diagonal: number): boolean => !(value > rankTolerance * diagonal);

/** The bounds in ascending order with lambda_min among them; bars on a logarithmic scale, none for zeros. */
function ladder({ bounds, lambdaMin }: ScoredArchitecture): string {
  const { LB, LB1, LBmat, LBlay, UBdiag, UBpair } = bounds;
  const steps = Object.entries({ LB1, LB, LBmat, LBlay, λmin: lambdaMin, UBpair, UBdiag })
    .filter((step): step is [string, number] => step[1] !== null && Number.isFinite(step[1]))
    .sort((a, b) => a[1] - b[1]);
  const visible = steps.map(([, value]) => value).filter((value) => !isZero(value, UBdiag));
  const low = Math.log(Math.min(...visible));
  const high = Math.log(Math.max(...visible));
  const barOf = (value: number): string => {
    if (isZero(value, UBdiag)) return "";
    return "─".repeat(high > low ? 1 + Math.round(((bar - 1) * (Math.log(value) - low)) / (high - low)) : bar);
  };
  const names = Math.max(...steps.map(([name]) => name.length));
  const numbers = Math.max(...steps.map(([, value]) => shown(value, 9).length));
  return steps
    .map(([name, value]) => {
      const line = `  ${name.padEnd(names)}  ${shown(value, 9).padStart(numbers)}  ${barOf(value)}`;
      return name === "λmin" ? `${line}●\n` : `${line.trimEnd()}\n`;
    })
    .join("");
}

function metricTable({ metrics: values }: ScoredArchitecture): string {
  const known = metrics.filter(({ name }) => name in values);
  return textTable(
    [
      { title: "metric", align: "left" },
      { title: "value" },
      { title: "better", align: "left" },
      { title: "labels", align: "left" },
    ],
    known.map(({ name, better, usesLabels }) => [name, shown(values[name]), better, usesLabels ? "used" : "not used"]),
  );
}

/** What guarantees that the value is the least eigenvalue, in words. */
function certificateText({ method, residual, below, slack, certified }: SolverCertificate): string {
  const how = method === "inverse-lanczos" ? "Lanczos on the inverse" : "tridiagonal form and Sturm counts";
  const proof = certified
    ? `no eigenvalue lies below λmin - ${slack.toExponential(1)} (inertia count)`
    : `not certified: the inertia count finds ${below} or more eigenvalues below λmin - ${slack.toExponential(1)}`;
  return `${how}, residual ${residual.toExponential(1)}; ${proof}.`;
}
