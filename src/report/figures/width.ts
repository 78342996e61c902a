import * as Plot from "@observablehq/plot";
import { formatNumber } from "../numbers.js";
import type { FiniteWidthScore } from "../../score/finite-width.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { errorBar } from "./finite.js";
import { logAxis } from "./log-axis.js";
import type { Look } from "./palette.js";

/** lambda_min of one network at several widths, and that of its limit with the bounds. */
export interface WidthCurve {
  readonly genotype: string;
  readonly lambdaMin: number;
  readonly lambdaMinNormalized: number;
  readonly LB: number;
  readonly UBpair: number;
  /** By ascending width. */
  readonly points: readonly FiniteWidthScore[];
}

/** lambda_min against width with error bars; at the right, beyond a gap, the limit with LB to UBpair as a band. */
export function widthFigure(
  curves: readonly WidthCurve[],
  n: number,
  lookOf: (genotype: string) => Look,
  document: FigureDocument,
): Figure | null {
  const widths = [...new Set(curves.flatMap(({ points }) => points.map(({ width }) => width)))].sort((a, b) => a - b);
  if (widths.length === 0) return null;
  const [least, most] = [widths[0], widths[widths.length - 1]];
  const gap = Math.min(2, Math.max(1, Math.log2(most / least) / 4));
  const limit = Math.log2(most) + gap;
  const bars = curves.flatMap((curve) =>
    curve.points.map((score) => ({ curve, width: score.width, ...errorBar(score.lambdaMin) })),
  );
  const axis = logAxis(
    [...bars.flatMap(({ mean, high }) => [mean, high]), ...curves.flatMap((c) => [c.lambdaMin, c.UBpair])],
    [...bars.map(({ low }) => low), ...curves.map(({ LB }) => LB)],
  );
  const placed = bars.map(({ curve, width, mean, low, high }) => ({
    curve,
    at: Math.log2(width),
    mean: axis.place(mean),
    low: axis.place(low),
    high: axis.place(high),
    title: `${curve.genotype}\nwidth ${width}: ${formatNumber(mean, 6)}`,
  }));
  const side = (i: number): number => limit + 0.13 * gap * (i - (curves.length - 1) / 2);
  const alternative =
    `Smallest eigenvalue by width from ${least} to ${most}. ` +
    curves
      .map(({ genotype, points, lambdaMin }) => {
        const means = points.map(({ lambdaMin: { mean } }) => formatNumber(mean, 3));
        return `${genotype}: ${means.join(", ")}, in the limit ${formatNumber(lambdaMin, 3)}`;
      })
      .join("; ");
  return plot(document, alternative, {
    width: 960,
    height: 420,
    x: {
      label: "width m (log scale) →",
      labelAnchor: "right",
      domain: [Math.log2(least) - 0.3, limit + gap / 2],
      ticks: [...widths.map(Math.log2), limit],
      tickFormat: (at: number) => (at === limit ? "∞" : String(Math.round(2 ** at))),
    },
    y: { ...axis.scale, label: "↑ λₘᵢₙ (log scale)" },
    marks: [
      ...(n >= least && n <= most
        ? [Plot.ruleX([Math.log2(n)], { stroke: "var(--muted)", strokeWidth: 1.5, strokeDasharray: "1 4" })]
        : []),
      ...curves.flatMap((curve, i) => {
        const { color, symbol } = lookOf(curve.genotype);
        const own = placed.filter((bar) => bar.curve === curve);
        const [low, high] = [axis.place(curve.LB), axis.place(curve.UBpair)];
        return [
          Plot.ruleX([side(i)], {
            y1: low,
            y2: high,
            stroke: color,
            strokeOpacity: 0.3,
            strokeWidth: 9,
            strokeLinecap: "butt",
          }),
          Plot.ruleY([axis.place(curve.lambdaMin)], { stroke: color, strokeWidth: 1.3, strokeDasharray: "5 4" }),
          Plot.dot([curve], { x: side(i), y: axis.place(curve.lambdaMin), fill: color, symbol, r: 4.5 }),
          Plot.line(own, { x: "at", y: "mean", stroke: color, strokeWidth: 1.6 }),
          Plot.ruleX(own, { x: "at", y1: "low", y2: "high", stroke: color, strokeWidth: 2 }),
          Plot.dot(own, { x: "at", y: "mean", fill: color, symbol, r: 4, title: "title" }),
        ];
      }),
    ],
  });
}
