import * as Plot from "@observablehq/plot";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, namedRows, plot, shorten } from "./draw.js";
import { logAxis } from "./log-axis.js";

/** A network with its lambda_min and the interval in which the bounds put it. */
export interface ComparedNetwork {
  readonly name: string;
  readonly lambdaMin: number;
  readonly LB: number;
  readonly UBpair: number;
  readonly winner: boolean;
}

/** lambda_min of a random choice: least, lower quartile, median, upper quartile, largest. */
export interface RandomChoice {
  readonly count: number;
  readonly lambdaMin: readonly [number, number, number, number, number];
}

/** The winner beside plain networks (bounds as bars) and beside a random choice (box and whiskers), on a log scale. */
export function baselinesFigure(
  networks: readonly ComparedNetwork[],
  random: RandomChoice | null,
  document: FigureDocument,
): Figure | null {
  if (networks.length === 0 && random === null) return null;
  const sorted = [...networks].sort((a, b) => Number(b.winner) - Number(a.winner) || b.lambdaMin - a.lambdaMin);
  const labels = sorted.map((network) => shorten(network.name, 30));
  const randomLabel = random === null ? [] : [`random choice of ${random.count}`];
  const rows = [...labels, ...randomLabel].map((label, i) => ({ label, key: i }));
  const axis = logAxis(
    [...sorted.flatMap(({ lambdaMin, UBpair }) => [lambdaMin, UBpair]), ...(random === null ? [] : random.lambdaMin)],
    sorted.map((network) => network.LB),
  );
  const data = sorted.map((network, key) => ({
    key,
    color: network.winner ? "var(--accent)" : "var(--ink)",
    value: axis.place(network.lambdaMin),
    low: axis.place(network.LB),
    high: axis.place(network.UBpair),
    text: formatNumber(network.lambdaMin, 3),
  }));
  const boxes = random === null ? [] : [random.lambdaMin.map((value) => axis.place(value))];
  const key = sorted.length;
  const alternative =
    "Smallest eigenvalue of " +
    sorted.map((network) => `${network.name} ${formatNumber(network.lambdaMin, 3)}`).join(", ") +
    (random === null
      ? "."
      : `; of ${random.count} architectures chosen at random: median ${formatNumber(random.lambdaMin[2], 3)}, ` +
        `quartiles ${formatNumber(random.lambdaMin[1], 3)} and ${formatNumber(random.lambdaMin[3], 3)}.`);
  return plot(document, alternative, {
    width: 960,
    height: 74 + 26 * rows.length,
    marginLeft: 24 + 6.6 * Math.max(...rows.map((row) => row.label.length)),
    marginRight: 118,
    marginTop: 12,
    x: { ...axis.scale, label: "λₘᵢₙ (log scale) →", labelAnchor: "right" },
    y: {
      ...namedRows(
        rows,
        rows.map((row) => row.label),
      ),
      padding: 0.3,
    },
    color: { type: "identity" },
    marks: [
      Plot.ruleY(data, { y: "key", x1: "low", x2: "high", stroke: "var(--band)", strokeWidth: 8 }),
      Plot.dot(data, { y: "key", x: "value", fill: "color", r: 4.5 }),
      Plot.text(data, { y: "key", x: "high", dx: 8, textAnchor: "start", text: "text", fill: "color" }),
      ...boxes.flatMap(([least, q1, median, q3, largest]) => [
        Plot.ruleY([key], { y: key, x1: least, x2: largest, stroke: "var(--muted)" }),
        Plot.barX([key], { y: key, x1: q1, x2: q3, fill: "var(--box)", stroke: "var(--muted)" }),
        Plot.tickX([key], { y: key, x: median, stroke: "var(--ink)", strokeWidth: 2 }),
        Plot.text([key], {
          y: key,
          x: largest,
          dx: 8,
          textAnchor: "start",
          text: () => `median ${formatNumber(random?.lambdaMin[2], 3)}`,
          fill: "var(--muted)",
        }),
      ]),
    ],
  });
}
