import * as Plot from "@observablehq/plot";
import type { PairedScores } from "../../explain/compare.js";
import type { FiveNumbers } from "../../store/types.js";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, namedRows, plot, shorten } from "./draw.js";
import { axisName, scoreAxis } from "./score-axis.js";

/** More pairs than this are thinned evenly by the first score. */
const most = 1500;

/** The architectures that two runs have both scored, one run's score against the other's, with the line of equality if it is one score. */
export function pairsFigure(
  { pairs, tau, sameScore }: PairedScores,
  names: readonly [string, string],
  labels: readonly [string, string],
  document: FigureDocument,
): Figure | null {
  if (pairs.length === 0) return null;
  const sorted = [...pairs].sort((x, y) => x.a - y.a);
  const kept =
    sorted.length <= most
      ? sorted
      : Array.from({ length: most }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (most - 1))]);
  const both = scoreAxis(pairs.flatMap(({ a, b }) => [a, b]));
  const kind = sameScore ? (both.logarithmic ? "log" : "linear") : undefined;
  const [x, y] = [
    scoreAxis(
      pairs.map(({ a }) => a),
      kind,
    ),
    scoreAxis(
      pairs.map(({ b }) => b),
      kind,
    ),
  ];
  const [xDomain, yDomain] = [x.scale.domain, y.scale.domain] as [[number, number], [number, number]];
  const [low, high] = [Math.max(xDomain[0], yDomain[0]), Math.min(xDomain[1], yDomain[1])];
  const alternative =
    `${formatCount(pairs.length)} architectures that both runs have scored, ${labels[0]} of ${names[0]} against ${labels[1]} of ${names[1]}` +
    (tau === null ? "." : `; Kendall's tau ${formatNumber(tau, 3)}.`);
  return plot(document, alternative, {
    width: 560,
    height: 440,
    marginLeft: 70,
    x: { ...x.scale, label: `${axisName(labels[0], x)} of ${names[0]} →`, labelAnchor: "right" },
    y: { ...y.scale, label: `↑ ${axisName(labels[1], y)} of ${names[1]}` },
    marks: [
      ...(sameScore && low < high
        ? [
            Plot.line(
              [low, high].map((value) => ({ value })),
              { x: "value", y: "value", stroke: "var(--muted)", strokeDasharray: "1 4" },
            ),
          ]
        : []),
      Plot.dot(kept, {
        x: ({ a }: { a: number }) => x.place(a),
        y: ({ b }: { b: number }) => y.place(b),
        r: kept.length > 300 ? 1.8 : 3,
        fill: "var(--series-1)",
        fillOpacity: kept.length > 300 ? 0.5 : 0.8,
        title: (pair: PairedScores["pairs"][number]) =>
          `${pair.genotype}\n${formatNumber(pair.a)} and ${formatNumber(pair.b)}`,
      }),
    ],
  });
}

/** A run in the figure of all runs. */
export interface RunRange {
  readonly name: string;
  readonly best: number | null;
  readonly relu: number | null;
  readonly random: FiveNumbers | null;
}

/** The best of each run beside its random choice and its best plain ReLU network, on one axis. */
export function runsFigure(runs: readonly RunRange[], label: string, document: FigureDocument): Figure | null {
  const values = runs.flatMap(({ best, relu, random }) =>
    [best, relu, ...(random ?? [])].flatMap((value) => value ?? []),
  );
  if (values.length === 0) return null;
  const axis = scoreAxis(values);
  const labels = runs.map(({ name }) => shorten(name, 34));
  const data = runs.map((run, key) => ({ ...run, key }));
  const place = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : axis.place(value);
  const alternative =
    `${label} of the best of each run: ` +
    runs
      .map(
        ({ name, best, random }) =>
          `${name} ${formatNumber(best, 4)}${random === null ? "" : ` (random choice: median ${formatNumber(random[2], 3)})`}`,
      )
      .join("; ");
  const boxes = data.flatMap(({ key, random }) =>
    random === null ? [] : [{ key, five: random.map((value) => axis.place(value)) }],
  );
  return plot(document, alternative, {
    width: 960,
    height: 70 + 36 * runs.length,
    marginLeft: 24 + 6.8 * Math.max(...labels.map((text) => text.length)),
    marginRight: 90,
    marginTop: 12,
    x: { ...axis.scale, label: `${axisName(label, axis)} →`, labelAnchor: "right" },
    y: { ...namedRows(data, labels), padding: 0.35 },
    marks: [
      ...boxes.flatMap(({ key, five: [least, q1, median, q3, largest] }) => [
        Plot.ruleY([key], { y: key, x1: least, x2: largest, stroke: "var(--muted)" }),
        Plot.barX([key], { y: key, x1: q1, x2: q3, fill: "var(--box)", stroke: "var(--muted)" }),
        Plot.tickX([key], { y: key, x: median, stroke: "var(--ink)", strokeWidth: 2 }),
      ]),
      Plot.dot(data, {
        y: "key",
        x: ({ relu }: RunRange) => place(relu),
        stroke: "var(--series-1)",
        strokeWidth: 2.5,
        symbol: "square",
        r: 8,
      }),
      Plot.dot(data, {
        y: "key",
        x: ({ best }: RunRange) => place(best),
        fill: "var(--accent)",
        r: 5.5,
        stroke: "var(--surface)",
      }),
      Plot.text(data, {
        y: "key",
        frameAnchor: "right",
        dx: 84,
        textAnchor: "end",
        text: ({ best }: RunRange) => formatNumber(best, 4),
        fill: "var(--accent)",
      }),
    ],
  });
}
