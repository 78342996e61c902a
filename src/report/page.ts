import { parseHTML } from "linkedom";
import type { FigureDocument } from "./figures/draw.js";
import { type Markup, html, trusted } from "./markup.js";
import { styleSheet, themeScript } from "./style.js";

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** What differs from page to page. */
export interface PageParts {
  readonly title: string;
  /** Beside the name at the top. */
  readonly top: string;
  readonly main: Markup;
  readonly version: string;
}

/** One HTML page that needs no network, in light and dark. */
export function page({ title, top, main, version }: PageParts): string {
  const whole = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
        <title>${title}</title>
        <style>
          ${trusted(styleSheet)}
        </style>
      </head>
      <body>
        <header class="top">
          <span><strong>eigennas</strong> · ${top}</span>
          <button class="theme" type="button" hidden>Light / dark</button>
        </header>
        <main>${main}</main>
        <footer>Written by eigennas ${version}. This page is complete in itself and loads nothing.</footer>
        <script>
          ${trusted(themeScript)};
        </script>
      </body>
    </html>`;
  return `${whole.text}\n`;
}

/** The document in which a page's figures are drawn. */
export function figureDocument(): FigureDocument {
  const parsed: unknown = parseHTML("<!doctype html><html><body></body></html>");
  return (parsed as { document: FigureDocument }).document;
}
