import { parseHTML } from "linkedom";
import { lightColors } from "./style.js";

/** A figure as a file of its own. */
export interface StandaloneFigure {
  /** Of the file, without its ending: `figure-rank`, `figure-depth-2`. */
  readonly name: string;
  /** An SVG document with its colours, type and legend within: for a paper, or another page. */
  readonly svg: string;
}

/** The little of a parsed page that is read. */
interface PageElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly childNodes: Iterable<PageElement & { readonly nodeType: number }>;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
  closest(selector: string): PageElement | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const [margin, lineHeight, letter] = [14, 22, 6.7];

/** Rules of the page's style sheet for what is drawn without Plot, with plain colours; no CSS variables, no color-mix. */
const rules = `
text { font-size: 12px; }
.block rect { fill-opacity: 0.13; stroke-width: 1.3; }
text.small { font-size: 11.5px; fill: var(--muted); }
.wire, .skip { fill: none; stroke: var(--muted); stroke-width: 1.4; }
.skip { stroke: var(--accent); stroke-width: 1.8; }
.head { fill: var(--muted); }
.sum { fill: var(--surface); stroke: var(--accent); stroke-width: 1.5; }
.plus { fill: none; stroke: var(--accent); stroke-width: 1.5; }
.share { fill: var(--series-1); opacity: 0.75; }`;

/**
 * Every figure of a report, in its order, as an SVG document of its own in the light colours: legend above, text
 * alternative as title and description, no CSS variables, so that programs that know SVG 1.1 show it alike.
 *
 * @example reportFigures(renderReport(run)).map(({ name }) => name)
 */
export function reportFigures(page: string): readonly StandaloneFigure[] {
  const parsed: unknown = parseHTML(page);
  const { document } = parsed as { document: PageElement };
  const used = new Map<string, number>();
  return [...document.querySelectorAll('figure svg[role="img"]')].map((drawing) => {
    const figure = drawing.closest("figure");
    const base = figure?.getAttribute("id") ?? "figure";
    const count = 1 + (used.get(base) ?? 0);
    used.set(base, count);
    const several = [...(figure?.querySelectorAll('svg[role="img"]') ?? [])].length > 1;
    return { name: several ? `${base}-${count}` : base, svg: standalone(drawing, figure) };
  });
}

/** The legend that is meant for a drawing: in its own panel, or before it in the figure. */
function legendOf(drawing: PageElement, figure: PageElement | null): readonly PageElement[] {
  const panel = drawing.closest(".panels > div");
  const own = panel?.querySelector("ul.legend");
  const shared = [...(figure?.querySelectorAll("ul.legend") ?? [])].find((list) => list.closest(".panels") === null);
  const list = own ?? (panel === null || figure?.getAttribute("id") === "figure-depth" ? shared : undefined);
  return [...(list?.querySelectorAll("li") ?? [])];
}

function standalone(drawing: PageElement, figure: PageElement | null): string {
  const entries = legendOf(drawing, figure);
  const [x, y, width, height] = (drawing.getAttribute("viewBox") ?? "0 0 640 400").split(/[\s,]+/).map(Number);
  const { lines, text: legend } = placed(entries, width);
  const above = lines * lineHeight + (lines === 0 ? 0 : 6);
  const [fullWidth, fullHeight] = [width + 2 * margin, height + above + 2 * margin];
  const label = drawing.getAttribute("aria-label") ?? "";
  const title = (figure?.querySelector("figcaption b")?.textContent ?? label).replace(/\s+/g, " ").trim();
  const inner = [...drawing.childNodes].map((node) => xml(node)).join("");
  const document =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${fullWidth} ${fullHeight}" ` +
    `width="${fullWidth}" height="${fullHeight}" role="img" color="var(--ink)" fill="currentColor" font-family="${escaped(font)}" font-size="12">` +
    `<title>${escaped(title)}</title><desc>${escaped(label)}</desc><style>${escaped(rules)}</style>` +
    `<rect width="${fullWidth}" height="${fullHeight}" fill="var(--surface)"/>` +
    `<g transform="translate(${margin},${margin})">${legend}</g>` +
    `<g transform="translate(${margin - x},${margin + above - y})" text-anchor="${drawing.getAttribute("text-anchor") ?? "start"}">${inner}</g></svg>\n`;
  return plainColors(document);
}

/** A legend in rows as wide as the figure; widths of words are estimated. */
function placed(entries: readonly PageElement[], width: number): { readonly lines: number; readonly text: string } {
  let [x, line] = [0, 0];
  const parts = entries.map((entry) => {
    const words = entry.textContent.replace(/\s+/g, " ").trim();
    const sign = entry.querySelector("svg");
    const room = 30 + letter * words.length + 16;
    if (x > 0 && x + room > width) [x, line] = [0, line + 1];
    const at = x;
    x += room;
    const drawn = sign === null ? "" : [...sign.childNodes].map((node) => xml(node)).join("");
    return (
      `<g transform="translate(${at + 11},${line * lineHeight + 11})">${drawn}` +
      `<text x="18" dy="0.35em" fill="var(--muted)">${escaped(words)}</text></g>`
    );
  });
  return { lines: entries.length === 0 ? 0 : line + 1, text: parts.join("") };
}

/** A node as XML: elements closed, attributes quoted and escaped; styles of single figures (`--block`) become attributes. */
function xml(node: PageElement & { readonly nodeType: number }): string {
  if (node.nodeType === 3) return escaped(node.textContent);
  if (node.nodeType !== 1) return "";
  const name = node.tagName.toLowerCase() === "clippath" ? "clipPath" : node.tagName.toLowerCase();
  if (name === "style") return "";
  const attributes = [...node.attributes].map((attribute) => {
    const block = attribute.name === "style" ? /--block:\s*([^;]+)/.exec(attribute.value) : null;
    if (block !== null) return ` fill="${escaped(block[1].trim())}" stroke="${escaped(block[1].trim())}"`;
    return ` ${attribute.name}="${escaped(attribute.value)}"`;
  });
  const inner = [...node.childNodes].map((child) => xml(child)).join("");
  return inner === "" ? `<${name}${attributes.join("")}/>` : `<${name}${attributes.join("")}>${inner}</${name}>`;
}

const plainColors = (text: string): string =>
  text.replace(/var\((--[\w-]+)\)/g, (whole, name: string) => lightColors.get(name) ?? whole);

const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };

/** Text for XML: what must not stand there escaped, what XML 1.0 does not know replaced. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (sign) => `&${names[sign]};`)
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
