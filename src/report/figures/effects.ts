import * as Plot from "@observablehq/plot";
import type { Effect, Effects } from "../../explain/effects.js";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, plot } from "./draw.js";
import type { Look } from "./palette.js";
import { type ScoreAxis, axisName, scoreAxis } from "./score-axis.js";

/** A mean as it is drawn: where, in which colour, with its interval. */
interface Drawn {
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly color: string;
  readonly title: string;
}

/** All means with their intervals on one axis, so that the panels can be compared. */
export function effectsAxis({ scale, layers, skipCounts, depths, overall }: Effects): ScoreAxis {
  const effects = [...layers.flatMap(({ activations, skips }) => [...activations, ...skips]), ...skipCounts, ...depths];
  return scoreAxis(
    [...effects, overall].flatMap(({ mean, interval }) => [mean, ...(trusted(mean, interval, scale) ?? [])]),
    scale,
  );
}

/** Intervals of very few networks can span the whole figure: beyond a factor of 30 they are not drawn. */
function trusted(mean: number, interval: Effect["interval"], scale: Effects["scale"]): Effect["interval"] {
  if (interval === null || scale === "linear") return interval;
  return interval[1] > 30 * mean ? null : interval;
}

const drawn = (
  { mean, interval, count }: Effect,
  at: number,
  { axis, scale }: { readonly axis: ScoreAxis; readonly scale: Effects["scale"] },
  color: string,
  name: string,
): Drawn => {
  const [low, high] = trusted(mean, interval, scale) ?? [mean, mean];
  return {
    at,
    value: axis.place(mean),
    low: axis.place(low),
    high: axis.place(high),
    color,
    title:
      `${name}: ${formatNumber(mean)} over ${formatCount(count)}` +
      (interval === null ? "" : `\n95 %: ${formatNumber(interval[0])} to ${formatNumber(interval[1])}`),
  };
};

const marks = (points: readonly Drawn[], symbol: Look["symbol"]): Plot.Markish[] => [
  Plot.ruleX(points, { x: "at", y1: "low", y2: "high", stroke: "color", strokeWidth: 2 }),
  Plot.dot(points, { x: "at", y: "value", fill: "color", symbol, r: 4, title: "title" }),
];

const meanRule = ({ overall }: Effects, axis: ScoreAxis): Plot.Markish =>
  Plot.ruleY([axis.place(overall.mean)], { stroke: "var(--muted)", strokeWidth: 1.4, strokeDasharray: "1 4" });

/** What the y axis says of the means. */
const meanLabel = ({ scale }: Effects, label: string): string =>
  `↑ ${scale === "log" ? "geometric mean" : "mean"} of ${label}`;

/** Mean score by layer and activation with 95 % intervals. */
export function activationEffectsFigure(
  effects: Effects,
  label: string,
  lookOf: (activation: string) => Look,
  document: FigureDocument,
): Figure | null {
  const names = [...new Set(effects.layers.flatMap(({ activations }) => activations.map((item) => item.activation)))];
  if (names.length < 2) return null;
  const axis = effectsAxis(effects);
  const kind = { axis, scale: effects.scale };
  const room = Math.min(0.13, 0.76 / names.length);
  const series = names.map((name, i) => {
    const { color, symbol } = lookOf(name);
    const shift = (i - (names.length - 1) / 2) * room;
    const points = effects.layers.flatMap(({ layer, activations }) =>
      activations
        .filter(({ activation }) => activation === name)
        .map((effect) => drawn(effect, layer + shift, kind, color, `layer ${layer}, ${name}`)),
    );
    return { points, symbol };
  });
  const count = effects.layers.length;
  const alternative =
    `Mean of ${label} by layer and activation over ${formatCount(effects.count)} architectures. ` +
    effects.layers
      .map(({ layer, activations }) => {
        const means = activations.map(({ activation, mean }) => `${activation} ${formatNumber(mean, 3)}`);
        return `Layer ${layer}: ${means.join(", ")}.`;
      })
      .join(" ");
  return plot(document, alternative, {
    width: 960,
    height: 360,
    marginLeft: 64,
    x: {
      label: "hidden layer →",
      labelAnchor: "right",
      domain: [0.5, count + 0.5],
      ticks: Array.from({ length: count }, (_, l) => l + 1),
      tickFormat: (layer: number) => String(layer),
    },
    y: { ...axis.scale, label: axisName(meanLabel(effects, label), axis) },
    color: { type: "identity" },
    marks: [
      Plot.ruleX(
        Array.from({ length: Math.max(0, count - 1) }, (_, l) => l + 1.5),
        { stroke: "var(--line)" },
      ),
      meanRule(effects, axis),
      ...series.flatMap(({ points, symbol }) => marks(points, symbol)),
    ],
  });
}

/** Mean score by the number of skips, or by depth, with 95 % intervals; null when there is one number only. */
export function countEffectsFigure(
  effects: Effects,
  what: "skips" | "depth",
  label: string,
  document: FigureDocument,
): Figure | null {
  const axis = effectsAxis(effects);
  const items =
    what === "skips"
      ? effects.skipCounts.map((effect) => ({ at: effect.skips, effect }))
      : effects.depths.map((effect) => ({ at: effect.depth, effect }));
  if (items.length < 2) return null;
  const kind = { axis, scale: effects.scale };
  const name = what === "skips" ? "number of skips" : "depth L";
  const points = items.map(({ at, effect }) => drawn(effect, at, kind, "var(--series-1)", `${name} ${at}`));
  const alternative =
    `Mean of ${label} by ${name}: ` +
    items.map(({ at, effect }) => `${at}: ${formatNumber(effect.mean, 3)} (${formatCount(effect.count)})`).join(", ");
  const ats = items.map(({ at }) => at);
  return plot(document, alternative, {
    width: 430,
    height: 300,
    marginLeft: 64,
    x: {
      label: `${name} →`,
      labelAnchor: "right",
      domain: [Math.min(...ats) - 0.5, Math.max(...ats) + 0.5],
      ticks: ats.length > 12 ? ats.filter((at) => at % Math.ceil(ats.length / 8) === 0) : ats,
      tickFormat: (at: number) => String(at),
    },
    y: { ...axis.scale, label: axisName(meanLabel(effects, label), axis) },
    color: { type: "identity" },
    marks: [
      meanRule(effects, axis),
      Plot.line(points, { x: "at", y: "value", stroke: "var(--series-1)", strokeWidth: 1.2, strokeOpacity: 0.6 }),
      ...marks(points, "circle"),
    ],
  });
}

export const skipLooks = [
  { skip: false, color: "var(--series-7)", symbol: "square", words: "without a skip" },
  { skip: true, color: "var(--series-6)", symbol: "circle", words: "with a skip" },
] as const;

/** Mean score with and without a skip at each layer that may have one. */
export function skipEffectsFigure(effects: Effects, label: string, document: FigureDocument): Figure | null {
  const layers = effects.layers.filter(({ skips }) => skips.length === 2);
  if (layers.length === 0) return null;
  const axis = effectsAxis(effects);
  const kind = { axis, scale: effects.scale };
  const series = skipLooks.map(({ skip, color, symbol, words }, i) => ({
    symbol,
    points: layers.flatMap(({ layer, skips }) =>
      skips
        .filter((effect) => effect.skip === skip)
        .map((effect) => drawn(effect, layer + 0.16 * (i - 0.5), kind, color, `layer ${layer}, ${words}`)),
    ),
  }));
  const alternative =
    `Mean of ${label} with and without a skip. ` +
    layers
      .map(
        ({ layer, skips: [off, on] }) =>
          `Layer ${layer}: ${formatNumber(on.mean, 3)} with, ${formatNumber(off.mean, 3)} without.`,
      )
      .join(" ");
  const [first, last] = [layers[0].layer, layers[layers.length - 1].layer];
  const ticks = layers.map(({ layer }) => layer);
  return plot(document, alternative, {
    width: 430,
    height: 300,
    marginLeft: 64,
    x: {
      label: "hidden layer →",
      labelAnchor: "right",
      domain: [first - 0.5, last + 0.5],
      ticks: ticks.length > 12 ? ticks.filter((layer) => layer % Math.ceil(ticks.length / 8) === 0) : ticks,
      tickFormat: (layer: number) => String(layer),
    },
    y: { ...axis.scale, label: axisName(meanLabel(effects, label), axis) },
    color: { type: "identity" },
    marks: [meanRule(effects, axis), ...series.flatMap(({ points, symbol }) => marks(points, symbol))],
  });
}
