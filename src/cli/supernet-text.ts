import type { SupernetRecord } from "../store/supernets.js";
import { grouped, shown } from "./numbers.js";
import type { SupernetFindings, SupernetPlan } from "./supernet-study.js";
import { textTable, wrapped } from "./table.js";

/** Data, recipe and score in one sentence. */
export function aboutText(
  { source, recipe, seeds, metric }: SupernetPlan,
  [{ rows }]: readonly SupernetRecord[],
  { networks, inputs }: SupernetFindings,
): string {
  const { mode, epochs, width, depth } = recipe;
  return `${source.spec}: ${grouped(rows)} rows to learn from, ${mode} steps, ${epochs} epochs, width ${width}, depth ${depth}, ${seeds.length} seeds; ${metric.label} of ${grouped(networks)} networks on ${inputs} inputs.`;
}

/** What the weights say of the score, a sentence or two a line. */
export function judgementLines({ metric }: SupernetPlan, { verdict, derived }: SupernetFindings): string[] {
  const { rho, derived: own } = verdict;
  const { label } = metric;
  const better = metric.better === "higher" ? "" : " (smaller is better)";
  return [
    `Weight against mean ${label}${better} within layers: Spearman ${rho.value.toFixed(3)} (p = ${shown(rho.p, 2)}, permutations within layers). ` +
      (rho.p < 0.05
        ? `Descent prefers the choices with the ${rho.value > 0 ? "larger" : "smaller"} score.`
        : "Not decided: this could be chance."),
    Number.isNaN(own.score)
      ? `The network of the heaviest choices, ${derived}, has no ${label}.`
      : `The network of the heaviest choices, ${derived}, has ${label} ${shown(own.score, 5)}: better than ${(100 * own.betterThan).toFixed(1)} % of the space.`,
  ];
}

/** The table of the choices, and what they say. */
export function supernetText(
  { metric }: SupernetPlan,
  { verdict }: SupernetFindings,
  about: string,
  judgement: readonly string[],
  width: number,
): string {
  const table = textTable(
    [{ title: "layer" }, { title: "choice", align: "left" }, { title: "weight" }, { title: `mean ${metric.label}` }],
    verdict.choices.map(({ layer, choice, weight, meanScore }) => [
      String(layer),
      choice,
      weight.toFixed(3),
      shown(meanScore, 5),
    ]),
  );
  return [wrapped(about, width), "\n", table, "\n", ...judgement.map((line) => wrapped(line, width))].join("");
}
