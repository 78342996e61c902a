import * as Plot from "@observablehq/plot";

/** The little of a DOM element that figures need: a browser's or linkedom's. */
export interface FigureElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  append(...children: (FigureElement | string)[]): void;
}

/** The document that makes a figure's elements: a browser's or linkedom's. */
export interface FigureDocument {
  createElementNS(namespace: string, name: string): FigureElement;
}

/** A drawing, and the same in one sentence for who cannot see it. */
export interface Figure {
  readonly element: FigureElement;
  readonly alternative: string;
}

type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element with attributes and children. */
export function svg(
  document: FigureDocument,
  name: string,
  attributes: Attributes,
  ...children: readonly (FigureElement | string)[]
): FigureElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  element.append(...children);
  return element;
}

/** A plot in the report's style: its own document, size and type, colours by CSS variables. */
export function plot(document: FigureDocument, alternative: string, options: Plot.PlotOptions): Figure {
  const drawn: unknown = Plot.plot({
    width: 640,
    height: 340,
    marginLeft: 58,
    marginRight: 16,
    marginTop: 30,
    marginBottom: 42,
    style: { fontSize: "12px", overflow: "visible" },
    ...options,
    document: document as never,
  });
  return described(drawn as FigureElement, alternative);
}

/** Marks the element as one image with a text alternative. */
export function described(element: FigureElement, alternative: string): Figure {
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", alternative);
  return { element, alternative };
}

/** Text cut to `length` characters, the last an ellipsis. */
export const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** A vertical axis of named rows: `labels` stand beside the data, which lie on it by `key`. */
export const namedRows = (data: readonly { readonly key: number }[], labels: readonly string[]) => ({
  type: "band" as const,
  domain: data.map(({ key }) => key),
  tickFormat: (_: number, i: number) => labels[i],
  tickSize: 0,
  label: null,
});
