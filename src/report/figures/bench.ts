import * as Plot from "@observablehq/plot";
import type { Judgement } from "../../bench/judge.js";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { logAxis } from "./log-axis.js";

/** One network with what is known about it. */
export interface BenchPoint {
  readonly index: number;
  readonly arch: string;
  /** The score, as it is defined; not finite where it failed. */
  readonly score: number;
  /** 1 for the best by score. */
  readonly rank: number;
  /** Test accuracy in percent, and its rank. */
  readonly accuracy: number;
  readonly accuracyRank: number;
  /** Parameters in millions, or a latency. */
  readonly cost: number;
}

/** A score with its judgement, for the figure of all scores. */
export interface BenchScore {
  readonly name: string;
  readonly judgement: Judgement;
}

/** More points than this are thinned evenly by rank; the best hundred stay. */
const most = 2500;
const alwaysKept = 100;

/** The points that a figure draws, in the order of their rank. */
export function thinned(points: readonly BenchPoint[]): readonly BenchPoint[] {
  const sorted = [...points].sort((a, b) => a.rank - b.rank);
  if (sorted.length <= most) return sorted;
  const rest = most - alwaysKept;
  return [
    ...sorted.slice(0, alwaysKept),
    ...Array.from(
      { length: rest },
      (_, i) => sorted[alwaysKept + Math.round((i * (sorted.length - 1 - alwaysKept)) / (rest - 1))],
    ),
  ];
}

const title = ({ index, arch, score, accuracy }: BenchPoint): string =>
  `${index}: ${arch}\nscore ${formatNumber(score, 5)}, accuracy ${formatNumber(accuracy, 4)} %`;

const dots = (points: readonly BenchPoint[], x: (point: BenchPoint) => number, y: (point: BenchPoint) => number) =>
  Plot.dot(points, { x, y, r: 1.8, fill: "var(--series-1)", fillOpacity: 0.45, title });

/** Accuracies below what 19 of 20 networks reach are drawn on the lower edge. */
function accuracyAxis(points: readonly BenchPoint[]): {
  domain: [number, number];
  place: (accuracy: number) => number;
} {
  const sorted = points.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  const low = sorted[Math.floor(0.05 * (sorted.length - 1))];
  const high = sorted[sorted.length - 1];
  const pad = Math.max(0.05 * (high - low), 0.1);
  return { domain: [low - pad, high + pad], place: (accuracy) => Math.max(accuracy, low - pad) };
}

/** Test accuracy against the score. */
export function scatterFigure(points: readonly BenchPoint[], label: string, document: FigureDocument): Figure | null {
  const drawn = thinned(points.filter(({ score }) => Number.isFinite(score)));
  if (drawn.length < 2) return null;
  const scores = drawn.map(({ score }) => score);
  const positive = scores.filter((score) => score > 0).sort((a, b) => a - b);
  const wide = positive.length >= 0.9 * scores.length && positive[positive.length - 1] > 50 * positive[0];
  const axis = wide ? logAxis(scores, [], 1) : undefined;
  const accuracy = accuracyAxis(drawn);
  return plot(
    document,
    `Test accuracy against ${label} of ${formatCount(drawn.length)} networks; the best by score has ${formatNumber(drawn[0].accuracy)} %.`,
    {
      x: { ...(axis?.scale ?? { grid: true }), label: `${label}${wide ? " (log scale)" : ""} →`, labelAnchor: "right" },
      y: { domain: accuracy.domain, label: "↑ test accuracy, %", grid: true },
      marks: [
        dots(
          drawn,
          (point) => axis?.place(point.score) ?? point.score,
          (point) => accuracy.place(point.accuracy),
        ),
      ],
    },
  );
}

/** Rank by accuracy against rank by score: a perfect score is the diagonal. */
export function rankAgainstRankFigure(
  points: readonly BenchPoint[],
  label: string,
  document: FigureDocument,
): Figure | null {
  if (points.length < 2) return null;
  const drawn = thinned(points);
  const last = points.length;
  return plot(
    document,
    `Rank by test accuracy against rank by ${label} of ${formatCount(points.length)} networks. ` +
      `The first by score is number ${formatCount(drawn[0].accuracyRank)} by accuracy.`,
    {
      x: { domain: [1, last], label: `rank by ${label} →`, labelAnchor: "right", tickFormat: formatCount },
      y: { domain: [last, 1], label: "↑ rank by test accuracy", tickFormat: formatCount, grid: true },
      marks: [
        Plot.line(
          [
            [1, 1],
            [last, last],
          ],
          { stroke: "var(--muted)", strokeDasharray: "5 4", strokeWidth: 1.3 },
        ),
        dots(
          drawn,
          ({ rank }) => rank,
          ({ accuracyRank }) => accuracyRank,
        ),
      ],
    },
  );
}

/** Test accuracy against a cost, with the front by score and cost and the one by accuracy and cost. */
export function benchParetoFigure(
  points: readonly BenchPoint[],
  fronts: { readonly chosen: readonly BenchPoint[]; readonly best: readonly BenchPoint[] },
  costLabel: string,
  document: FigureDocument,
): Figure | null {
  const drawn = thinned(points);
  if (drawn.length < 2) return null;
  const accuracy = accuracyAxis(points);
  const at = { x: ({ cost }: BenchPoint) => cost, y: (point: BenchPoint) => accuracy.place(point.accuracy) };
  const byCost = (front: readonly BenchPoint[]): BenchPoint[] => [...front].sort((a, b) => a.cost - b.cost);
  return plot(
    document,
    `Test accuracy against ${costLabel} of ${formatCount(points.length)} networks; ${fronts.chosen.length} are on the front ` +
      `of score and cost, ${fronts.best.length} on that of accuracy and cost.`,
    {
      width: 960,
      height: 380,
      x: { label: `${costLabel} →`, labelAnchor: "right", grid: true },
      y: { domain: accuracy.domain, label: "↑ test accuracy, %", grid: true },
      marks: [
        dots(drawn, at.x, at.y),
        Plot.line(byCost(fronts.best), { ...at, stroke: "var(--muted)", strokeWidth: 1.5, curve: "step-after" }),
        Plot.dot(fronts.chosen, { ...at, r: 4.5, symbol: "diamond", fill: "var(--accent)", title }),
      ],
    },
  );
}

const rowHeight = 19;

/** Kendall's tau of every score, with its interval and every seed's value. */
export function tauFigure(scores: readonly BenchScore[], document: FigureDocument): Figure | null {
  const rows = scores
    .filter(({ judgement }) => !Number.isNaN(judgement.tau))
    .sort((a, b) => b.judgement.tau - a.judgement.tau);
  if (rows.length === 0) return null;
  const intervals = rows.flatMap(({ name, judgement }) => {
    const interval = judgement.intervals["tau"] as readonly [number, number] | undefined;
    return interval === undefined ? [] : [{ name, low: interval[0], high: interval[1] }];
  });
  const seeds = rows.flatMap(({ name, judgement }) => judgement.seeds.tau.map((tau) => ({ name, tau })));
  return plot(
    document,
    `Kendall's tau of ${rows.length} scores, from ${rows[0].name} with ${formatNumber(rows[0].judgement.tau, 3)} to ` +
      `${rows[rows.length - 1].name} with ${formatNumber(rows[rows.length - 1].judgement.tau, 3)}.`,
    {
      width: 960,
      height: 80 + rowHeight * rows.length,
      marginLeft: 180,
      x: { label: "Kendall's tau with test accuracy →", labelAnchor: "right", grid: true },
      y: { domain: rows.map(({ name }) => name), label: null },
      marks: [
        Plot.ruleX([0], { stroke: "var(--muted)" }),
        Plot.ruleY(intervals, { y: "name", x1: "low", x2: "high", stroke: "var(--band)", strokeWidth: 7 }),
        Plot.tickX(seeds, { x: "tau", y: "name", stroke: "var(--series-1)", strokeWidth: 1.5, inset: 4 }),
        Plot.dot(rows, {
          x: ({ judgement }: BenchScore) => judgement.tau,
          y: "name",
          fill: "var(--accent)",
          r: 3.5,
          title: ({ name, judgement }: BenchScore) => `${name}: ${formatNumber(judgement.tau, 4)}`,
        }),
      ],
    },
  );
}
