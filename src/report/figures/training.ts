import * as Plot from "@observablehq/plot";
import type { Trained } from "../../train/contest.js";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { logAxis } from "./log-axis.js";

/** Losses of one network epoch by epoch, means over its seeds. */
export interface TrainingCurve {
  readonly network: string;
  readonly group: Trained["group"];
  readonly train: readonly number[];
  /** Empty without a validation set. */
  readonly validation: readonly number[];
}

/** Colour of each group, as a CSS variable. */
export const groupColors: Readonly<Record<Trained["group"], string>> = {
  top: "var(--accent)",
  random: "var(--muted)",
  plain: "var(--series-2)",
};

/** Loss by epoch, log scale; validation dashed. */
export function lossFigure(curves: readonly TrainingCurve[], document: FigureDocument): Figure | null {
  const losses = curves.flatMap(({ train, validation }) => [...train, ...validation]).filter((loss) => loss > 0);
  if (losses.length === 0) return null;
  const axis = logAxis(losses, [], 1);
  const points = (values: readonly number[]) =>
    values.map((loss, k) => ({ epoch: k + 1, loss: axis.place(loss) })).filter(({ loss }) => Number.isFinite(loss));
  const ends = curves
    .filter(({ train }) => train.length > 0)
    .map(({ network, train }) => `${network} ${formatNumber(train[train.length - 1], 3)}`);
  return plot(document, `Training loss by epoch. At the end: ${ends.join("; ")}.`, {
    width: 960,
    height: 380,
    x: {
      label: "epoch →",
      labelAnchor: "right",
      ticks: 10,
      tickFormat: (epoch: number) => (Number.isInteger(epoch) ? String(epoch) : ""),
    },
    y: { ...axis.scale, label: "↑ loss (log scale)" },
    marks: curves.flatMap(({ network, group, train, validation }) => [
      Plot.line(points(train), {
        x: "epoch",
        y: "loss",
        stroke: groupColors[group],
        strokeWidth: 1.6,
        title: () => network,
      }),
      Plot.dot(points(train).slice(-1), {
        x: "epoch",
        y: "loss",
        fill: groupColors[group],
        r: 3,
        title: () => network,
      }),
      Plot.line(points(validation), {
        x: "epoch",
        y: "loss",
        stroke: groupColors[group],
        strokeWidth: 1.2,
        strokeDasharray: "4 4",
      }),
    ]),
  });
}

/** Test figure (in percent, or R²) against score, with standard errors over seeds. */
export function contestFigure(
  networks: readonly Trained[],
  label: string,
  unit: { readonly name: string; readonly factor: number },
  document: FigureDocument,
): Figure | null {
  const drawn = networks.filter(({ score, mean }) => Number.isFinite(score) && Number.isFinite(mean));
  if (drawn.length < 2) return null;
  const scores = drawn.map(({ score }) => score);
  const wide = Math.min(...scores) > 0 && Math.max(...scores) > 50 * Math.min(...scores);
  const axis = wide ? logAxis(scores, [], 1) : undefined;
  const points = drawn.map(({ name, group, score, mean, standardError }) => ({
    x: axis?.place(score) ?? score,
    y: unit.factor * mean,
    low: unit.factor * (mean - (Number.isNaN(standardError) ? 0 : standardError)),
    high: unit.factor * (mean + (Number.isNaN(standardError) ? 0 : standardError)),
    color: groupColors[group],
    title: `${name}\nscore ${formatNumber(score, 5)}, ${unit.name} ${formatNumber(unit.factor * mean, 4)}`,
  }));
  const best = drawn.reduce((a, b) => (b.score > a.score ? b : a));
  return plot(
    document,
    `${unit.name} against ${label} of ${drawn.length} networks; the best by score, ${best.name}, has ${formatNumber(unit.factor * best.mean, 4)}.`,
    {
      width: 960,
      height: 400,
      x: {
        ...(axis?.scale ?? { grid: true, inset: 14 }),
        label: `${label}${wide ? " (log scale)" : ""} →`,
        labelAnchor: "right",
      },
      y: { label: `↑ ${unit.name}`, grid: true, nice: true },
      marks: [
        Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: "color", strokeWidth: 1.6 }),
        Plot.dot(points, { x: "x", y: "y", fill: "color", r: 4.5, title: "title" }),
      ],
    },
  );
}
