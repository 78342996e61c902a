import { parseHTML } from "linkedom";
import type { MetricInfo } from "../score/types.js";
import type { Run } from "../store/types.js";
import type { FigureDocument } from "./figures/draw.js";
import { networkFigure } from "./figures/network.js";
import { palette } from "./figures/palette.js";
import { html, trusted } from "./markup.js";
import { usualMetrics } from "./metrics.js";
import { bestOf } from "./ranking.js";
import { figuresSections } from "./sections/figures.js";
import { headlineSection } from "./sections/headline.js";
import { protocolSection } from "./sections/protocol.js";
import { rankingSection } from "./sections/ranking-table.js";
import { readingSection } from "./sections/reading.js";
import { styleSheet, themeScript } from "./style.js";

export interface ReportOptions {
  /** The metrics table, for headings, directions and "uses labels" marks. Default: the usual metrics. */
  readonly metrics?: readonly MetricInfo[];
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/**
 * A run as one HTML page that needs no network: winner, ranking, figures, protocol and how to read them, in light and
 * dark, for screen and print. A function of the run alone; a run without rows or artifacts gives a shorter page.
 *
 * @example await writeFile("report.html", renderReport(store.load("latest")))
 */
export function renderReport(run: Run, options: ReportOptions = {}): string {
  const parsed: unknown = parseHTML("<!doctype html><html><body></body></html>");
  const { document } = parsed as { document: FigureDocument };
  const metrics = options.metrics ?? usualMetrics;
  const best = bestOf(run);
  const layers = run.artifacts?.winner?.layers ?? [];
  const lookOf = palette([
    ...run.protocol.space.depths.flatMap((spec) => spec.choices.flat().map((choice) => choice.activation)),
    ...(run.artifacts?.baselines ?? []).map((point) => point.activation),
    ...layers.map((layer) => layer.activation),
  ]);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
        <title>${best === null ? "eigennas" : best.genotype} · ${run.id}</title>
        <style>
          ${trusted(styleSheet)}
        </style>
      </head>
      <body>
        <header class="top">
          <span><strong>eigennas</strong> · run ${run.id}</span>
          <button class="theme" type="button" hidden>Light / dark</button>
        </header>
        <main>
          ${headlineSection(run, best, networkFigure(layers, lookOf, document), metrics)}
          ${rankingSection(run, metrics)} ${figuresSections(run, best, lookOf, document)} ${protocolSection(run)}
          ${readingSection(run)}
        </main>
        <footer>Written by eigennas ${run.protocol.version}. This page is complete in itself and loads nothing.</footer>
        <script>
          ${trusted(themeScript)};
        </script>
      </body>
    </html>`;
  return `${page.text}\n`;
}
