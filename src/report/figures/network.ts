import type { RunArtifacts } from "../../store/types.js";
import { formatNumber } from "../numbers.js";
import { type Figure, type FigureDocument, type FigureElement, described, shorten, svg } from "./draw.js";
import type { Look } from "./palette.js";

export type NetworkLayer = NonNullable<RunArtifacts["winner"]>["layers"][number];

const width = 420;
const block = { x: 70, width: 168 };
const middle = block.x + block.width / 2;
const bar = { x: 318, width: 62 };

/** The network as a column: input, hidden layers with their skips, linear output; each layer's variance and diagonal share. */
export function networkFigure(
  layers: readonly NetworkLayer[],
  lookOf: (activation: string) => Look,
  document: FigureDocument,
): Figure | null {
  if (layers.length === 0) return null;
  const height = layers.length > 12 ? 24 : 34;
  const pitch = height + (layers.length > 12 ? 26 : 38);
  const top = 30;
  const yOf = (i: number): number => top + i * pitch;
  const last = layers.length + 1;
  const rest = outputShare(layers);
  const largest = Math.max(...layers.map((layer) => layer.diagonalShare).filter(Number.isFinite), rest ?? 0, 1e-12);
  const box = (i: number, label: string, color: string, full: string): FigureElement =>
    svg(
      document,
      "g",
      { class: "block" },
      svg(document, "rect", { x: block.x, y: yOf(i), width: block.width, height, rx: 7, style: `--block: ${color}` }),
      svg(
        document,
        "text",
        { x: middle, y: yOf(i) + height / 2, dy: "0.35em", "text-anchor": "middle" },
        shorten(label, 20),
      ),
      svg(document, "title", {}, full),
    );
  const parts: FigureElement[] = [];
  for (let i = 0; i < last; i++) {
    parts.push(
      svg(document, "path", {
        class: "wire",
        d: `M${middle} ${yOf(i) + height}V${yOf(i + 1) - 1}`,
        "marker-end": "url(#arrow)",
      }),
    );
  }
  layers.forEach((layer, l) => {
    if (layer.skip)
      parts.push(
        ...skipArc(yOf(l + 1) - (pitch - height) * 0.38, yOf(l + 1) + height + (pitch - height) * 0.32, document),
      );
  });
  parts.push(box(0, "input x", "var(--muted)", "input x"));
  layers.forEach((layer, l) => {
    parts.push(
      box(l + 1, layer.activation, lookOf(layer.activation).color, `hidden layer ${l + 1}: ${layer.activation}`),
    );
    const y = yOf(l + 1) + height / 2;
    parts.push(
      svg(
        document,
        "text",
        { x: 298, y, dy: "0.35em", "text-anchor": "end", class: "small" },
        significant(layer.variance),
      ),
      ...shareBar(layer.diagonalShare, y, largest, document),
    );
  });
  parts.push(box(last, "linear output f(x)", "var(--muted)", "linear output f(x)"));
  if (rest !== null) parts.push(...shareBar(rest, yOf(last) + height / 2, largest, document));
  const total = yOf(last) + height + 8;
  const alternative =
    "The winner as a network: input, " +
    layers.map((layer) => layer.activation + (layer.skip ? " with a skip" : "")).join(", ") +
    ", linear output.";
  const element = svg(
    document,
    "svg",
    { viewBox: `0 0 ${width} ${total}`, width, height: total, class: "network", fill: "currentColor" },
    svg(document, "defs", {}, arrowHead(document)),
    svg(document, "text", { x: 298, y: 16, "text-anchor": "end", class: "small" }, "variance q"),
    svg(document, "text", { x: bar.x, y: 16, class: "small" }, "diagonal share"),
    ...parts,
  );
  return described(element, alternative);
}

function arrowHead(document: FigureDocument): FigureElement {
  const attributes = {
    id: "arrow",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: "auto",
  };
  return svg(document, "marker", attributes, svg(document, "path", { d: "M0 0.8L7.4 4L0 7.2z", class: "head" }));
}

/** The identity around one layer, ending in the sum below it. */
function skipArc(from: number, to: number, document: FigureDocument): FigureElement[] {
  const out = 30;
  const curve = `M${middle} ${from}H${out + 12}Q${out} ${from} ${out} ${from + 12}V${to - 12}Q${out} ${to} ${out + 12} ${to}H${middle - 8}`;
  return [
    svg(document, "path", { class: "skip", d: curve, "marker-end": "url(#arrow)" }),
    svg(document, "circle", { class: "sum", cx: middle, cy: to, r: 6 }),
    svg(document, "path", { class: "plus", d: `M${middle - 3.5} ${to}h7M${middle} ${to - 3.5}v7` }),
  ];
}

/** What the hidden layers leave of the diagonal: the output layer's weights; null when the shares are not known. */
function outputShare(layers: readonly NetworkLayer[]): number | null {
  const rest = 1 - layers.reduce((sum, layer) => sum + layer.diagonalShare, 0);
  return rest >= -1e-9 ? Math.max(0, rest) : null;
}

function shareBar(value: number, y: number, largest: number, document: FigureDocument): FigureElement[] {
  const share = Number.isFinite(value) ? Math.max(0, value) : 0;
  const length = (bar.width * share) / largest;
  return [
    svg(document, "rect", { class: "share", x: bar.x, y: y - 5, width: Math.max(1, length), height: 10, rx: 2 }),
    svg(document, "text", { x: bar.x + length + 5, y, dy: "0.35em", class: "small" }, `${(100 * share).toFixed(0)} %`),
  ];
}

const significant = (value: number): string =>
  value >= 0.001 && value < 1000 ? value.toPrecision(3) : formatNumber(Number(value.toPrecision(2)), 2);
