import * as Plot from "@observablehq/plot";
import type { FiniteWidthScore } from "../../score/finite-width.js";
import type { ScoredArchitecture } from "../../score/types.js";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { logAxis } from "./log-axis.js";

/** Mean and one standard error to both sides; a single draw has no error. */
export function errorBar({ mean, standardError }: FiniteWidthScore["lambdaMin"]): {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
} {
  const error = Number.isFinite(standardError) ? standardError : 0;
  return { mean, low: mean - error, high: mean + error };
}

/** lambda_min of the best networks: at infinite width with LB to UBpair as a band, and at a finite width with error bars. */
export function finiteFigure(
  top: readonly ScoredArchitecture[],
  finite: readonly FiniteWidthScore[],
  document: FigureDocument,
): Figure | null {
  const pairs = top.flatMap((item, i) => {
    const score = finite.find(({ genotype }) => genotype === item.genotype);
    return score === undefined ? [] : [{ rank: i + 1, item, score, bar: errorBar(score.lambdaMin) }];
  });
  if (pairs.length === 0) return null;
  const axis = logAxis(
    pairs.flatMap(({ item, bar }) => [item.lambdaMin, item.bounds.UBpair, bar.mean, bar.high]),
    pairs.flatMap(({ item, bar }) => [item.bounds.LB, bar.low]),
  );
  const shift = 0.16;
  const data = pairs.map(({ rank, item, score, bar }) => ({
    rank,
    at: rank - shift,
    finiteAt: rank + shift,
    infinite: axis.place(item.lambdaMin),
    low: axis.place(item.bounds.LB),
    high: axis.place(item.bounds.UBpair),
    mean: axis.place(bar.mean),
    least: axis.place(bar.low),
    most: axis.place(bar.high),
    title: `${item.genotype}\ninfinite width: ${formatNumber(item.lambdaMin, 6)}\nwidth ${score.width}: ${formatNumber(bar.mean, 6)}`,
  }));
  const [{ score: first }] = pairs;
  const alternative =
    `Smallest eigenvalue of the best ${pairs.length} networks at infinite width, and at width ${first.width} as the mean of ` +
    `${first.draws} draws with its standard error. The first: ${formatNumber(pairs[0].item.lambdaMin)} against ` +
    `${formatNumber(first.lambdaMin.mean)}.`;
  const ranks = pairs.map(({ rank }) => rank);
  return plot(document, alternative, {
    width: 960,
    height: 360,
    x: {
      label: "rank →",
      labelAnchor: "right",
      domain: [0.5, Math.max(...ranks) + 0.5],
      ticks: ranks.length > 25 ? 10 : ranks,
      tickFormat: (rank: number) => String(rank),
    },
    y: { ...axis.scale, label: "↑ λₘᵢₙ (log scale)" },
    marks: [
      Plot.ruleX(data, {
        x: "at",
        y1: "low",
        y2: "high",
        stroke: "var(--band)",
        strokeWidth: 8,
        strokeLinecap: "butt",
      }),
      Plot.dot(data, { x: "at", y: "infinite", fill: "var(--ink)", r: 3.5, title: "title" }),
      Plot.ruleX(data, { x: "finiteAt", y1: "least", y2: "most", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(data, { x: "finiteAt", y: "mean", fill: "var(--accent)", r: 3.5, symbol: "square", title: "title" }),
    ],
  });
}
