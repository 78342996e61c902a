import * as Plot from "@observablehq/plot";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { countTicks } from "./count-ticks.js";
import { logAxis } from "./log-axis.js";

/** Eigenvalues of the winner's kernel, the largest first, on a log scale, with the bounds of the smallest one. */
export function spectrumFigure(
  ascending: readonly number[],
  bounds: { readonly LB: number; readonly UBpair: number } | null,
  document: FigureDocument,
): Figure | null {
  const eigenvalues = ascending.filter((value) => !Number.isNaN(value)).reverse();
  if (eigenvalues.length === 0) return null;
  const n = eigenvalues.length;
  const mean = eigenvalues.reduce((sum, value) => sum + value, 0) / n;
  const least = eigenvalues[n - 1];
  const axis = logAxis(
    [...eigenvalues, ...(bounds === null ? [] : [bounds.UBpair])],
    bounds === null ? [] : [bounds.LB],
  );
  const data = eigenvalues.map((value, i) => ({
    index: i + 1,
    value: axis.place(value),
    negligible: value < axis.floor,
  }));
  const rules = [
    { value: mean, color: "var(--muted)", dash: "1 4" },
    ...(bounds === null
      ? []
      : [
          { value: bounds.UBpair, color: "var(--series-2)", dash: "6 3" },
          { value: bounds.LB, color: "var(--series-1)", dash: "6 3" },
        ]),
  ].filter((rule) => rule.value > axis.floor);
  const alternative =
    `The ${formatCount(n)} eigenvalues of the winner's kernel, from ${formatNumber(eigenvalues[0])} down to ` +
    `${formatNumber(least)}; their mean, trace / n, is ${formatNumber(mean)}.`;
  return plot(document, alternative, {
    width: 480,
    height: 380,
    x: {
      label: "index i (largest first) →",
      labelAnchor: "right",
      domain: [n === 1 ? 0 : 1 - 0.01 * n, n === 1 ? 2 : n + 0.01 * n],
      ticks: countTicks(n),
      tickFormat: (index: number) => formatCount(index),
    },
    y: { ...axis.scale, label: "↑ eigenvalue λᵢ (log scale)" },
    marks: [
      ...rules.map(({ value, color, dash }) =>
        Plot.ruleY([value], { stroke: color, strokeWidth: 1.5, strokeDasharray: dash }),
      ),
      n > 600
        ? Plot.lineY(data, { x: "index", y: "value", stroke: "var(--ink)", strokeWidth: 1.8 })
        : Plot.dot(data, {
            x: "index",
            y: "value",
            r: n > 200 ? 1.6 : 2.4,
            fill: (point: { negligible: boolean }) => (point.negligible ? "none" : "var(--ink)"),
            stroke: "var(--ink)",
            strokeWidth: 1,
          }),
      Plot.dot(data.slice(-1), { x: "index", y: "value", r: 5, fill: "var(--accent)", stroke: "var(--surface)" }),
    ],
    color: { type: "identity" },
  });
}
