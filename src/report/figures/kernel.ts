import * as Plot from "@observablehq/plot";
import type { RunArtifacts } from "../../store/types.js";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, type FigureElement, described, shorten, svg } from "./draw.js";

export type KernelPicture = NonNullable<RunArtifacts["winner"]>["kernel"];

const side = 360;
const left = 62;
const top = 12;
const levels = 48;

/** Heat map of the kernel matrix, rows sorted by class, with lines between the classes and a colour bar. */
export function kernelFigure(kernel: KernelPicture, document: FigureDocument): Figure | null {
  const finite = kernel.values.filter((value) => Number.isFinite(value));
  if (kernel.size === 0 || finite.length === 0) return null;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const colors = Plot.scale({ color: { type: "linear", scheme: "viridis", domain: [0, levels - 1] } });
  const colorOf = (level: number): string => String(colors.apply(level));
  const classes = groups(kernel.classes ?? []);
  const alternative =
    `Heat map of the winner's kernel, ${kernel.size} by ${kernel.size}` +
    (classes.length > 1 ? `, rows sorted by class (${classes.length} classes)` : "") +
    `; entries from ${formatNumber(low)} to ${formatNumber(high)}.`;
  const element = svg(
    document,
    "svg",
    {
      viewBox: `0 0 ${left + side + 92} ${top + side + 34}`,
      width: left + side + 92,
      class: "kernel",
      fill: "currentColor",
    },
    svg(document, "g", { transform: `translate(${left},${top})` }, cells(kernel, low, high, colorOf, document)),
    svg(
      document,
      "g",
      { transform: `translate(${left},${top})`, class: "classes" },
      ...borders(classes, kernel.size, document),
    ),
    svg(
      document,
      "g",
      { transform: `translate(${left + side + 18},${top})` },
      ...colorBar(low, high, colorOf, document),
    ),
    svg(
      document,
      "text",
      { x: left + side / 2, y: top + side + 24, "text-anchor": "middle" },
      axisTitle(classes.length),
    ),
  );
  return described(element, alternative);
}

const axisTitle = (classes: number): string => (classes > 1 ? "inputs, sorted by class" : "inputs");

/** One path per colour, equal neighbours in a row joined: a tenth of the size of a rectangle per entry. */
function cells(
  { size, values }: KernelPicture,
  low: number,
  high: number,
  colorOf: (level: number) => string,
  document: FigureDocument,
): FigureElement {
  const paths = new Map<number, string[]>();
  const levelOf = (value: number): number =>
    Number.isFinite(value) ? (high > low ? Math.round(((value - low) / (high - low)) * (levels - 1)) : 0) : -1;
  for (let row = 0; row < size; row++) {
    for (let start = 0; start < size;) {
      const level = levelOf(values[row * size + start]);
      let end = start + 1;
      while (end < size && levelOf(values[row * size + end]) === level) end++;
      const path = paths.get(level) ?? [];
      path.push(`M${start} ${row}h${end - start}v1h${start - end}z`);
      paths.set(level, path);
      start = end;
    }
  }
  const drawn = [...paths]
    .filter(([level]) => level >= 0)
    .sort(([a], [b]) => a - b)
    .map(([level, path]) => svg(document, "path", { d: path.join(""), fill: colorOf(level) }));
  return svg(document, "g", { transform: `scale(${side / size})`, "shape-rendering": "crispEdges" }, ...drawn);
}

interface ClassGroup {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function groups(classes: readonly string[]): ClassGroup[] {
  const out: ClassGroup[] = [];
  classes.forEach((name, i) => {
    const last = out.at(-1);
    if (last?.name === name) out[out.length - 1] = { ...last, end: i + 1 };
    else out.push({ name, start: i, end: i + 1 });
  });
  return out;
}

function borders(classes: readonly ClassGroup[], size: number, document: FigureDocument): FigureElement[] {
  const unit = side / size;
  const lines = classes
    .slice(1)
    .map(({ start }) => `M0 ${start * unit}H${side}M${start * unit} 0V${side}`)
    .join("");
  const labels = classes
    .filter(({ start, end }) => (end - start) * unit >= 13)
    .map(({ name, start, end }) =>
      svg(
        document,
        "text",
        { x: -6, y: ((start + end) / 2) * unit, dy: "0.35em", "text-anchor": "end" },
        shorten(name, 8),
        svg(document, "title", {}, name),
      ),
    );
  if (lines === "") return labels;
  return [
    svg(document, "path", { d: lines, stroke: "#fff", "stroke-opacity": 0.75, "stroke-width": 0.8, fill: "none" }),
    ...labels,
  ];
}

function colorBar(
  low: number,
  high: number,
  colorOf: (level: number) => string,
  document: FigureDocument,
): FigureElement[] {
  const step = side / levels;
  const bars = Array.from({ length: levels }, (_, level) =>
    svg(document, "rect", {
      x: 0,
      y: side - (level + 1) * step,
      width: 12,
      height: step + (level === 0 ? 0 : 1),
      fill: colorOf(level),
    }),
  );
  const ticks = (high > low ? [0, 0.25, 0.5, 0.75, 1] : [0.5]).map((share) =>
    svg(
      document,
      "text",
      { x: 18, y: side * (1 - share), dy: share === 1 ? "0.75em" : share === 0 ? "0em" : "0.35em" },
      formatNumber(low + share * (high - low), 3),
    ),
  );
  return [...bars, ...ticks];
}
