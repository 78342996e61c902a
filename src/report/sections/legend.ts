import type { Look } from "../figures/palette.js";
import { type Markup, html, trusted } from "../markup.js";

/** One entry of a legend: its sign and its words. */
export interface LegendEntry {
  readonly sign: Markup;
  readonly words: Markup | string;
}

/** A legend in HTML, so that its words wrap and scale as text. */
export const legend = (entries: readonly LegendEntry[]): Markup =>
  html`<ul class="legend">
    ${entries.map(({ sign, words }) => html`<li>${sign}<span>${words}</span></li>`)}
  </ul>`;

const picture = (inner: Markup): Markup =>
  html`<svg width="22" height="12" viewBox="-11 -6 22 12" aria-hidden="true">${inner}</svg>`;

export const lineSign = (color: string, dash = ""): Markup =>
  picture(html`<path d="M-11 0H11" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}" />`);

export const bandSign = (color: string): Markup =>
  picture(html`<rect x="-11" y="-5" width="22" height="10" rx="2" fill="${color}" />`);

export const dotSign = (color: string): Markup => picture(html`<circle r="4" fill="${color}" />`);

export const squareSign = (color: string): Markup =>
  picture(html`<rect x="-4" y="-4" width="8" height="8" fill="${color}" />`);

export const starSign = (color: string): Markup =>
  picture(
    html`<path d="M0 -6L1.4 -1.9H5.7L2.3 0.7L3.5 4.9L0 2.4L-3.5 4.9L-2.3 0.7L-5.7 -1.9H-1.4Z" fill="${color}" />`,
  );

const shapes: Readonly<Record<Look["symbol"], string>> = {
  circle: "M4 0A4 4 0 1 1 -4 0A4 4 0 1 1 4 0Z",
  square: "M-3.5 -3.5H3.5V3.5H-3.5Z",
  triangle: "M0 -4.5L4.2 3H-4.2Z",
  diamond: "M0 -5L3 0L0 5L-3 0Z",
  hexagon: "M0 -4.5L3.9 -2.25V2.25L0 4.5L-3.9 2.25V-2.25Z",
  wye: "M-1.5 0.5L-4 -2.5L-2 -4L0 -1.5L2 -4L4 -2.5L1.5 0.5V5H-1.5Z",
  cross: "M-1.5 -4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
};

export const lookSign = (look: Look): Markup =>
  picture(
    trusted(
      `<path d="M-11 0H11" stroke="${look.color}" stroke-width="1.6"/><path d="${shapes[look.symbol]}" fill="${look.color}"/>`,
    ),
  );
