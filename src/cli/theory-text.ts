import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/index.js";
import type { Assumption } from "../theory/index.js";
import { batchText, modelText } from "./model-text.js";
import { shown } from "./numbers.js";
import { fields, textTable, wrapped } from "./table.js";
import type { Theory } from "./theory-of.js";

const left = (title: string) => ({ title, align: "left" as const });

const verdict = ({ holds }: Assumption): string => (holds === null ? "assumed" : holds ? "holds" : "fails");

/** What the theory says of one architecture, for a terminal. */
export function theoryText(theory: Theory, batch: Batch, model: ModelParameters, width: number): string {
  return [
    `${theory.genotype}\n`,
    fields([
      ["inputs", batchText(batch)],
      ["model", modelText(model)],
      ["λmin", shown(theory.lambdaMin, 9)],
      ["λmin/(tr/n)", shown(theory.lambdaMinNormalized, 9)],
    ]),
    "\nBounds\n",
    boundsTable(theory),
    "\nWhat they need, on this data\n",
    assumptions([...theory.statements.flatMap((bound) => bound.assumptions), ...theory.assumptions]),
    "\nProduct form, layer by layer (actual variances; uniform over all of them)\n",
    productTable(theory),
    "\nTraining speed (gradient flow and descent on the squared loss, kernel frozen)\n",
    fields([
      ["rate 2 λmin", shown(theory.convergence.rate)],
      ["largest stable step", shown(theory.convergence.largestStableStep)],
      ["best step", shown(theory.convergence.bestStep)],
      ["error left per step", shown(theory.convergence.bestContraction)],
    ]),
    "\nGeneralization\n",
    generalizationText(theory, width),
    ...batch.report.notes.map((note) => wrapped(`note: ${note}`, width)),
  ].join("");
}

function boundsTable({ statements, lambdaMin }: Theory): string {
  const rows = statements.map(({ name, value, kind, of, formula, reference, assumptions: needed }) => [
    `  ${of === "ntk" ? "λmin(Θ)" : "λmin(NNGP)"} ${kind === "lower" ? "≥" : "≤"}`,
    shown(value, 7),
    of === "ntk" && lambdaMin > 0 ? shown(value / lambdaMin, 3) : "-",
    name,
    needed.some(({ holds }) => holds === false) ? "no" : "yes",
    reference,
    formula,
  ]);
  return textTable(
    [
      left("  says"),
      { title: "value" },
      { title: "of λmin" },
      left("name"),
      left("checks hold"),
      left("reference"),
      left("formula"),
    ],
    rows,
  );
}

function assumptions(list: readonly Assumption[]): string {
  const unique = new Map(list.map((assumption) => [assumption.text, assumption]));
  return fields([...unique.values()].map((assumption) => [verdict(assumption), assumption.text]));
}

function productTable({ productForm: { layers } }: Theory): string {
  const digits = 5;
  return textTable(
    [
      { title: "  layer" },
      left("activation"),
      { title: "skip" },
      { title: "variance" },
      { title: "β1" },
      { title: "β2 = β3" },
      { title: "uniform β1" },
      { title: "β2" },
      { title: "β3" },
    ],
    layers.map(({ activation, alpha, variance, actual, uniform }, l) => [
      String(l + 1),
      activation,
      String(alpha),
      ...[variance, actual.beta1, actual.beta2, uniform.beta1, uniform.beta2, uniform.beta3].map((value) =>
        shown(value, digits),
      ),
    ]),
  );
}

function generalizationText({ generalization, generalizationMissing }: Theory, width: number): string {
  if (generalizationMissing !== null) return wrapped(`Not known: ${generalizationMissing}.`, width, "  ");
  const table = textTable(
    [
      left("  class"),
      { title: "γ1" },
      { title: "γ2 ≥ γ1" },
      { title: "complexity" },
      { title: "confidence" },
      { title: "error at most" },
      left("says"),
    ],
    generalization.map((item) => [
      `  ${item.class ?? "-"}`,
      ...[item.gamma1, item.gamma2, item.complexityTerm, item.confidenceTerm, item.errorBound].map((value) =>
        shown(value, 5),
      ),
      item.vacuous ? "nothing: vacuous, above 1" : `with probability ${item.probability}`,
    ]),
  );
  return `${table}${assumptions(generalization[0].assumptions)}`;
}
