import * as Plot from "@observablehq/plot";
import type { Explanation, LayerTerm, Picture } from "../../explain/types.js";
import { termName } from "../../explain/why.js";
import { digitsFor, formatNumber } from "../numbers.js";
import {
  type Figure,
  type FigureDocument,
  type FigureElement,
  described,
  namedRows,
  plot,
  shorten,
  svg,
} from "./draw.js";
import { axisName, scoreAxis } from "./score-axis.js";

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;

/** Each layer's part of lambda_min as a bar, its part of the trace as a mark; null when lambda_min is zero. */
export function termsFigure(terms: readonly LayerTerm[], document: FigureDocument, width = 480): Figure | null {
  const data = terms.flatMap((term, key) => (term.share === null ? [] : [{ ...term, share: term.share, key }]));
  if (data.length === 0) return null;
  const label = (term: LayerTerm): string =>
    term.layer === null ? "output" : `${term.layer} ${shorten(term.activation ?? "", 16)}${term.skip ? " + skip" : ""}`;
  const labels = data.map(label);
  const alternative =
    "Parts of the smallest eigenvalue by the layer whose weights give them: " +
    data
      .map((term) => `${termName(term)} ${percent(term.share)} (of the trace ${percent(term.traceShare)})`)
      .join(", ");
  const largest = Math.max(...data.flatMap(({ share, traceShare }) => [share, traceShare]), 1e-9);
  return plot(document, alternative, {
    width,
    height: 64 + 30 * data.length,
    marginLeft: 20 + 6.8 * Math.max(...labels.map((text) => text.length)),
    marginRight: 100,
    marginTop: 10,
    x: {
      label: "share →",
      labelAnchor: "right",
      domain: [Math.min(0, ...data.map(({ share }) => share)), 1.02 * largest],
      ticks: 5,
      tickFormat: (share: number) => `${Math.round(100 * share)} %`,
      grid: true,
    },
    y: { ...namedRows(data, labels), padding: 0.3 },
    marks: [
      Plot.barX(data, { y: "key", x: "share", fill: "var(--accent)", fillOpacity: 0.85 }),
      Plot.tickX(data, { y: "key", x: "traceShare", stroke: "var(--ink)", strokeWidth: 2.5 }),
      ...[
        { text: (term: LayerTerm) => percent(term.share ?? 0), dx: 46, fill: "var(--accent)", fontWeight: 600 },
        { text: (term: LayerTerm) => percent(term.traceShare), dx: 96, fill: "var(--ink)", fontWeight: 400 },
      ].map((column) => Plot.text(data, { y: "key", frameAnchor: "right", textAnchor: "end", ...column })),
    ],
  });
}

/** Changes that are drawn at most; the middle is left out. */
const mostDrawn = 30;

/** The score of every one-step neighbour, best first, against the network's own. */
export function neighboursFigure(
  { neighbours, score }: Pick<Explanation, "neighbours" | "score">,
  label: string,
  document: FigureDocument,
): Figure | null {
  const scored = neighbours.flatMap((item) => (item.score === null ? [] : [{ ...item, score: item.score }]));
  if (scored.length === 0 || score.value === null) return null;
  const own = score.value;
  const kept =
    scored.length <= mostDrawn ? scored : [...scored.slice(0, mostDrawn / 2), ...scored.slice(-mostDrawn / 2)];
  const values = [own, ...kept.map((item) => item.score)];
  const axis = scoreAxis(values);
  const digits = digitsFor(values);
  const data = kept.map((item, key) => ({
    ...item,
    key,
    value: axis.place(item.score),
    color: item.better === true ? "var(--good)" : "var(--ink)",
    title: `${item.genotype}\n${label} = ${formatNumber(item.score, 6)}`,
  }));
  const labels = data.map((item) => shorten(item.change, 46));
  const [first, last] = [kept[0], kept[kept.length - 1]];
  const alternative =
    `${label} of ${scored.length} networks one step from the winner, whose own is ${formatNumber(own)}; ` +
    `${scored.filter(({ better }) => better === true).length} are better. ` +
    `The best: ${first.change}, ${formatNumber(first.score)}; the worst: ${last.change}, ${formatNumber(last.score)}.`;
  return plot(document, alternative, {
    width: 960,
    height: 66 + 21 * data.length,
    marginLeft: 26 + 6.4 * Math.max(...labels.map((text) => text.length)),
    marginRight: 84,
    marginTop: 12,
    // Room for the numbers that stand left of their dots.
    x: { ...axis.scale, insetLeft: 64, label: `${axisName(label, axis)} →`, labelAnchor: "right" },
    y: namedRows(data, labels),
    color: { type: "identity" },
    marks: [
      Plot.ruleY(data, { y: "key", x1: () => axis.place(own), x2: "value", stroke: "var(--line)", strokeWidth: 3 }),
      Plot.ruleX([axis.place(own)], { stroke: "var(--accent)", strokeWidth: 1.8 }),
      Plot.dot(data, { y: "key", x: "value", fill: "color", r: 4, title: "title" }),
      ...(["start", "end"] as const).map((textAnchor) =>
        Plot.text(
          data.filter(({ value }) => (textAnchor === "start") === value >= axis.place(own)),
          {
            y: "key",
            x: "value",
            dx: textAnchor === "start" ? 9 : -9,
            text: (item: { score: number }) => formatNumber(item.score, digits),
            textAnchor,
            fill: "color",
          },
        ),
      ),
    ],
  });
}

/** Levels a channel is rounded to: enough for the eye, and few colours to write. */
const levels = 15;

/** Two inputs as pictures, side by side. */
export function picturesFigure(
  [a, b]: readonly [Picture, Picture],
  names: readonly [string, string],
  document: FigureDocument,
): Figure {
  const side = 132;
  const gap = 22;
  const [scaleA, scaleB] = [a, b].map(({ height, width }) => side / Math.max(height, width));
  const one = (picture: Picture, scale: number, x: number, name: string): FigureElement =>
    svg(
      document,
      "g",
      { transform: `translate(${x},4)` },
      svg(
        document,
        "g",
        { transform: `scale(${scale})`, "shape-rendering": "crispEdges" },
        ...pixels(picture, document),
      ),
      svg(document, "rect", {
        width: picture.width * scale,
        height: picture.height * scale,
        fill: "none",
        stroke: "var(--line)",
      }),
      svg(
        document,
        "text",
        { x: side / 2, y: side + 18, "text-anchor": "middle", class: "small" },
        shorten(name, 24),
        svg(document, "title", {}, name),
      ),
    );
  const width = 2 * side + gap + 8;
  const element = svg(
    document,
    "svg",
    { viewBox: `0 0 ${width} ${side + 30}`, width, height: side + 30, class: "pictures", fill: "currentColor" },
    one(a, scaleA, 4, names[0]),
    one(b, scaleB, 4 + side + gap, names[1]),
  );
  return described(element, `Two inputs as pictures: ${names[0]}, and ${names[1]}.`);
}

/** One path a colour; equal neighbours in a row are joined. */
function pixels({ height, width, channels, values }: Picture, document: FigureDocument): FigureElement[] {
  const paths = new Map<string, string[]>();
  const colorAt = (y: number, x: number): string => {
    const channel = (c: number): number => {
      const value = values[Math.min(c, channels - 1) * height * width + y * width + x];
      return Math.round((Math.round((value / 255) * levels) / levels) * 255);
    };
    return `#${[0, 1, 2].map((c) => channel(c).toString(16).padStart(2, "0")).join("")}`;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width;) {
      const color = colorAt(y, x);
      let end = x + 1;
      while (end < width && colorAt(y, end) === color) end++;
      const path = paths.get(color) ?? [];
      path.push(`M${x} ${y}h${end - x}v1h${x - end}z`);
      paths.set(color, path);
      x = end;
    }
  }
  return [...paths].map(([fill, path]) => svg(document, "path", { d: path.join(""), fill }));
}
