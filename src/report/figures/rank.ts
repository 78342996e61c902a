import * as Plot from "@observablehq/plot";
import type { RunRow } from "../../store/types.js";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { countTicks } from "./count-ticks.js";
import { logAxis } from "./log-axis.js";

interface Ranked {
  readonly rank: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** More points than this are thinned: all of the best quarter of them, then evenly by rank. */
const most = 2000;

/** lambda_min of every evaluated architecture against its rank, LB to UBpair as a band, on a log scale. */
export function rankFigure(rows: readonly RunRow[], document: FigureDocument): Figure | null {
  const values = rows
    .flatMap((row) => (row.lambdaMin === null ? [] : [{ ...row, lambdaMin: row.lambdaMin }]))
    .sort((a, b) => b.lambdaMin - a.lambdaMin);
  if (values.length === 0) return null;
  const kept = thin(values.length);
  const axis = logAxis(
    kept.flatMap((i) => [values[i].lambdaMin, values[i].UBpair ?? values[i].lambdaMin]),
    kept.flatMap((i) => values[i].LB ?? []),
  );
  const data = kept.map((i): Ranked => {
    const row = values[i];
    return {
      rank: i + 1,
      value: axis.place(row.lambdaMin),
      low: axis.place(row.LB ?? row.lambdaMin),
      high: axis.place(row.UBpair ?? row.lambdaMin),
    };
  });
  const few = data.length <= 60;
  const band = few
    ? Plot.ruleX(data, {
        x: "rank",
        y1: "low",
        y2: "high",
        stroke: "var(--band)",
        strokeWidth: 6,
        strokeLinecap: "butt",
      })
    : Plot.areaY(data, { x: "rank", y1: "low", y2: "high", fill: "var(--band)", curve: "step" });
  const line = few
    ? Plot.dot(data, { x: "rank", y: "value", fill: "var(--accent)", r: 3 })
    : Plot.lineY(data, { x: "rank", y: "value", stroke: "var(--accent)", strokeWidth: 2 });
  const alternative =
    `Smallest eigenvalue of ${formatCount(values.length)} architectures in descending order, ` +
    `from ${formatNumber(values[0].lambdaMin)} to ${formatNumber(values[values.length - 1].lambdaMin)}, ` +
    "each within the interval from its lower bound LB to its upper bound UBpair.";
  return plot(document, alternative, {
    width: 960,
    height: 380,
    x: {
      label: "rank by λₘᵢₙ →",
      labelAnchor: "right",
      domain: [few ? 0.5 : 1, few ? values.length + 0.5 : values.length],
      ticks: countTicks(values.length),
      tickFormat: (rank: number) => formatCount(rank),
    },
    y: { ...axis.scale, label: "↑ λₘᵢₙ, LB and UBpair (log scale)" },
    marks: [band, line],
  });
}

function thin(count: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const head = most / 4;
  const rest = most - head;
  const tail = Array.from({ length: rest }, (_, i) => head + Math.round((i * (count - 1 - head)) / (rest - 1)));
  return [...Array.from({ length: head }, (_, i) => i), ...tail];
}
