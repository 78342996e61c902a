import type { Layer } from "../../arch/architecture.js";
import { layersOf } from "../../explain/layers.js";
import type { RunRow } from "../../store/types.js";
import { formatCount, formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, type FigureElement, described, shorten, svg } from "./draw.js";
import { type ScoreAxis, axisName, scoreAxis } from "./score-axis.js";

/** More networks than this are thinned: all of the best few, then evenly by rank. */
const most = 240;
const alwaysKept = 40;
const [right, top, bottom] = [66, 44, 16];
/** Of an activation's name. */
const longest = 20;

interface Ranked {
  readonly genotype: string;
  readonly layers: readonly Layer[];
  readonly score: number;
  /** From 0, the worst, to 1, the best. */
  readonly standing: number;
}

/**
 * Colour of a network by its standing among those evaluated, from 0 (worst) to 1 (best): eight steps of viridis, on light
 * paper from green to violet and on dark from blue to yellow, so that the best stand out on either.
 */
export const standingColor = (standing: number): string => `var(--rank-${Math.round(7 * standing)})`;

/**
 * Every evaluated architecture as a line: an axis a layer with a band an activation (its upper half with a skip), and the
 * score at the right. Within a half band better networks lie higher. Colour is the rank by score.
 */
export function parallelFigure(
  rows: readonly RunRow[],
  better: "higher" | "lower",
  label: string,
  document: FigureDocument,
): Figure | null {
  const networks = ranked(rows, better);
  if (networks.length === 0) return null;
  const best = networks[0];
  const drawn = thinned(networks);
  const depth = Math.max(...networks.map(({ layers }) => layers.length));
  const ends = networks.some(({ layers }) => layers.length < depth);
  const names = [...new Set(networks.flatMap(({ layers }) => layers.map(({ activation }) => activation)))].sort();
  const bands = [...names, ...(ends ? [null] : [])];
  const band = Math.max(34, Math.min(64, 330 / bands.length));
  const height = band * bands.length;
  const width = 960;
  const left = 30 + 7 * Math.max(8, ...names.map((name) => Math.min(longest, name.length)));
  const step = (width - left - right) / depth;
  const axis = scoreAxis(networks.map(({ score }) => score));
  const yOfScore = scoreScale(axis, better, height);
  const xOf = (l: number): number => left + l * step;
  const points = ({ layers, score, standing }: Ranked): (readonly [number, number])[] => [
    ...Array.from({ length: depth }, (_, l) => {
      const layer = layers.at(l);
      const start = top + band * bands.indexOf(layer?.activation ?? null);
      const lane = l === 0 || layer === undefined ? [0.12, 0.76] : layer.skip ? [0.12, 0.32] : [0.58, 0.32];
      return [xOf(l), start + band * (lane[0] + lane[1] * (1 - standing))] as const;
    }),
    [xOf(depth), yOfScore(score)] as const,
  ];
  const line = (network: Ranked, attributes: Readonly<Record<string, string | number>>): FigureElement =>
    svg(
      document,
      "path",
      { d: curve(points(network)), fill: "none", ...attributes },
      svg(document, "title", {}, `${network.genotype}\n${label} = ${formatNumber(network.score, 6)}`),
    );
  const alternative =
    `Parallel coordinates of ${formatCount(drawn.length)} of ${formatCount(networks.length)} architectures: an axis for each of ${depth} ` +
    `layers with the activations ${names.join(", ")}, and one for ${label}. The best, ${best.genotype}, has ${formatNumber(best.score)}; ` +
    `the worst, ${networks[networks.length - 1].genotype}, ${formatNumber(networks[networks.length - 1].score)}.`;
  const skips = networks.some(({ layers }) => layers.some(({ skip }) => skip));
  const element = svg(
    document,
    "svg",
    {
      viewBox: `0 0 ${width} ${top + height + bottom}`,
      width,
      height: top + height + bottom,
      class: "parallel",
      fill: "currentColor",
    },
    ...bandsOf(bands, band, [left, xOf(depth - 1)], skips && depth > 1 ? xOf(1) : null, document),
    svg(
      document,
      "g",
      { class: "networks" },
      ...drawn
        .filter((network) => network !== best)
        .reverse()
        .map((network) =>
          line(network, {
            stroke: standingColor(network.standing),
            "stroke-width": 1.1,
            "stroke-opacity": 0.45 + 0.4 * network.standing,
          }),
        ),
      line(best, { stroke: "var(--accent)", "stroke-width": 3 }),
    ),
    ...Array.from({ length: depth }, (_, l) =>
      axisOf(xOf(l), depth > 8 ? String(l + 1) : `layer ${l + 1}`, height, document),
    ),
    ...scoreTicks(axis, yOfScore, xOf(depth), height, label, document),
  );
  return described(element, alternative);
}

function ranked(rows: readonly RunRow[], better: "higher" | "lower"): Ranked[] {
  const sign = better === "higher" ? -1 : 1;
  const known = rows.flatMap(({ genotype, score }) => {
    const layers = score === null || !Number.isFinite(score) ? null : layersOf(genotype);
    return layers === null || score === null ? [] : [{ genotype, layers, score }];
  });
  known.sort((a, b) => sign * (a.score - b.score));
  const last = Math.max(1, known.length - 1);
  return known.map((item, i) => ({ ...item, standing: 1 - i / last }));
}

function thinned(networks: readonly Ranked[]): readonly Ranked[] {
  if (networks.length <= most) return networks;
  const rest = most - alwaysKept;
  return [
    ...networks.slice(0, alwaysKept),
    ...Array.from(
      { length: rest },
      (_, i) => networks[alwaysKept + Math.round((i * (networks.length - 1 - alwaysKept)) / (rest - 1))],
    ),
  ];
}

/** The better end of the axis is at the top. */
function scoreScale(axis: ScoreAxis, better: "higher" | "lower", height: number): (score: number) => number {
  const [low, high] = axis.scale.domain as [number, number];
  const along = axis.logarithmic ? Math.log : (value: number): number => value;
  return (score) => {
    const share = (along(axis.place(score)) - along(low)) / (along(high) - along(low));
    return top + height * (better === "higher" ? 1 - share : share);
  };
}

/** Horizontal tangents at every axis, so that lines can be followed across. */
function curve(points: readonly (readonly [number, number])[]): string {
  const at = (value: number): string => String(Math.round(value * 10) / 10);
  return points
    .map(([x, y], i) => {
      if (i === 0) return `M${at(x)} ${at(y)}`;
      const [x0, y0] = points[i - 1];
      const middle = at((x0 + x) / 2);
      return `C${middle} ${at(y0)} ${middle} ${at(y)} ${at(x)} ${at(y)}`;
    })
    .join("");
}

function bandsOf(
  bands: readonly (string | null)[],
  band: number,
  [left, end]: readonly [number, number],
  skipsFrom: number | null,
  document: FigureDocument,
): FigureElement[] {
  return bands.flatMap((name, i) => {
    const y = top + i * band;
    return [
      svg(document, "rect", {
        x: left - 12,
        y: y + 1,
        width: end - left + 24,
        height: band - 2,
        rx: 5,
        fill: "var(--soft)",
      }),
      ...(skipsFrom === null || name === null
        ? []
        : [
            svg(document, "path", {
              d: `M${skipsFrom - 12} ${y + band / 2}H${end + 12}`,
              stroke: "var(--muted)",
              "stroke-opacity": 0.55,
              "stroke-dasharray": "2 3",
            }),
          ]),
      svg(
        document,
        "text",
        {
          x: left - 20,
          y: y + band / 2,
          dy: "0.35em",
          "text-anchor": "end",
          ...(name === null ? { fill: "var(--muted)" } : {}),
        },
        name === null ? "no layer" : shorten(name, longest),
        svg(document, "title", {}, name ?? "the network has ended"),
      ),
    ];
  });
}

function axisOf(x: number, title: string, height: number, document: FigureDocument): FigureElement {
  return svg(
    document,
    "g",
    {},
    svg(document, "path", { d: `M${x} ${top}V${top + height}`, stroke: "var(--muted)", "stroke-width": 1 }),
    svg(document, "text", { x, y: top - 14, "text-anchor": "middle" }, title),
  );
}

function scoreTicks(
  axis: ScoreAxis,
  yOf: (score: number) => number,
  x: number,
  height: number,
  label: string,
  document: FigureDocument,
): FigureElement[] {
  const { ticks, tickFormat, domain } = axis.scale as {
    ticks: readonly number[] | number;
    tickFormat: (value: number) => string;
    domain: [number, number];
  };
  const values = typeof ticks === "number" ? linearTicks(domain) : ticks;
  return [
    svg(document, "path", { d: `M${x} ${top}V${top + height}`, stroke: "currentColor", "stroke-width": 1.2 }),
    svg(
      document,
      "text",
      { x: x + right - 4, y: top - 14, "text-anchor": "end", "font-weight": 600 },
      axisName(label, axis),
    ),
    ...values.flatMap((value) => [
      svg(document, "path", { d: `M${x} ${yOf(value)}h5`, stroke: "currentColor" }),
      svg(document, "text", { x: x + 9, y: yOf(value), dy: "0.35em" }, tickFormat(value)),
    ]),
  ];
}

/** Five or so round numbers within the domain. */
function linearTicks([low, high]: readonly [number, number]): number[] {
  const raw = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * unit).find((candidate) => candidate >= raw) ?? raw;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(k * step);
  return ticks;
}
