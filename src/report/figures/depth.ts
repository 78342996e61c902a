import * as Plot from "@observablehq/plot";
import type { BaselinePoint } from "../../store/types.js";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import { logAxis } from "./log-axis.js";
import type { Look } from "./palette.js";

/** One of the panels: the same measure on the same axis, without skips or with all of them. */
export interface DepthPanel {
  readonly measure: "lambdaMin" | "lambdaMinNormalized";
  readonly skips: boolean;
}

/** A network to be marked among the plain ones. */
export interface MarkedNetwork {
  readonly depth: number;
  readonly lambdaMin: number;
  readonly lambdaMinNormalized: number;
}

/** lambda_min (raw, or over trace/n) of plain networks by depth, one line per activation, on a log scale. */
export function depthFigure(
  baselines: readonly BaselinePoint[],
  panel: DepthPanel,
  winner: MarkedNetwork | null,
  lookOf: (activation: string) => Look,
  document: FigureDocument,
): Figure | null {
  if (baselines.length === 0) return null;
  const { measure, skips } = panel;
  const marked = winner === null ? [] : [winner];
  const axis = logAxis([...baselines, ...marked].map((point) => point[measure]));
  const points = baselines
    .filter((point) => point.skips === skips)
    .map((point) => ({ ...point, value: axis.place(point[measure]), look: lookOf(point.activation) }))
    .sort((a, b) => a.depth - b.depth);
  const depths = [...new Set([...baselines, ...marked].map((point) => point.depth))].sort((a, b) => a - b);
  const lines = [...new Set(points.map((point) => point.activation))].map((activation) => ({
    activation,
    points: points.filter((point) => point.activation === activation),
  }));
  const name = measure === "lambdaMin" ? "λₘᵢₙ" : "λₘᵢₙ / (trace / n)";
  const alternative =
    `${name} by depth of networks with one activation in every layer, ${skips ? "with all skips" : "without skips"}. ` +
    lines
      .map(({ activation, points: [first, ...rest] }) => {
        const last = rest.at(-1) ?? first;
        return `${activation}: ${formatNumber(first[measure], 3)} at depth ${first.depth}, ${formatNumber(last[measure], 3)} at depth ${last.depth}`;
      })
      .join("; ");
  return plot(document, alternative, {
    width: 430,
    height: 290,
    marginLeft: 54,
    x: {
      label: "depth L →",
      domain: [depths[0] - 0.3, depths[depths.length - 1] + 0.3],
      ticks: depths.length > 12 ? depths.filter((depth) => depth % Math.ceil(depths.length / 8) === 0) : depths,
      tickFormat: (depth: number) => String(depth),
    },
    y: { ...axis.scale, label: `↑ ${name} (log scale)` },
    marks: [
      ...lines.flatMap(({ activation, points: line }) => [
        Plot.line(line, { x: "depth", y: "value", stroke: lookOf(activation).color, strokeWidth: 1.6 }),
        Plot.dot(line, {
          x: "depth",
          y: "value",
          fill: lookOf(activation).color,
          symbol: lookOf(activation).symbol,
          r: 3.5,
          title: (point: BaselinePoint) => `${point.genotype}\n${name} = ${formatNumber(point[measure], 8)}`,
        }),
      ]),
      Plot.dot(marked, {
        x: "depth",
        y: (point: MarkedNetwork) => axis.place(point[measure]),
        symbol: "star",
        r: 7,
        fill: "var(--accent)",
        stroke: "var(--surface)",
        strokeWidth: 1.5,
      }),
    ],
  });
}
