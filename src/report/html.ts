import { effectsOf, sampleOf } from "../explain/effects.js";
import type { MetricInfo } from "../score/types.js";
import type { Run } from "../store/types.js";
import { networkFigure } from "./figures/network.js";
import { palette } from "./figures/palette.js";
import { html } from "./markup.js";
import { usualMetrics } from "./metrics.js";
import { figureDocument, page } from "./page.js";
import { bestOf } from "./ranking.js";
import { choicesSection } from "./sections/choices.js";
import { figuresSections } from "./sections/figures.js";
import { finiteSection } from "./sections/finite.js";
import { headlineSection } from "./sections/headline.js";
import { protocolSection } from "./sections/protocol.js";
import { rankingSection } from "./sections/ranking-table.js";
import { readingSection } from "./sections/reading.js";
import { trainedSection } from "./sections/training.js";
import { whySection } from "./sections/why.js";

export interface ReportOptions {
  /** The metrics table, for headings, directions and "uses labels" marks. Default: the usual metrics. */
  readonly metrics?: readonly MetricInfo[];
}

/**
 * A run as one HTML page that needs no network: winner, ranking, figures, protocol and how to read them, in light and
 * dark, for screen and print. A function of the run alone; a run without rows or artifacts gives a shorter page.
 *
 * @example await writeFile("report.html", renderReport(store.load("latest")))
 */
export function renderReport(run: Run, options: ReportOptions = {}): string {
  const document = figureDocument();
  const metrics = options.metrics ?? usualMetrics;
  const best = bestOf(run);
  const layers = run.artifacts?.winner?.layers ?? [];
  const explanation = run.artifacts?.explanation;
  const inSpace = run.protocol.space.depths.flatMap((spec) => spec.choices.flat().map((choice) => choice.activation));
  const effects = effectsOf(run.rows, inSpace);
  const sample = sampleOf(run.protocol.strategy.name, run.status === "complete" && run.exactTopK);
  const lookOf = palette([
    ...inSpace,
    ...(run.artifacts?.baselines ?? []).map((point) => point.activation),
    ...layers.map((layer) => layer.activation),
    ...(effects?.layers.flatMap(({ activations }) => activations.map((effect) => effect.activation)) ?? []),
  ]);
  return page({
    title: `${best === null ? "eigennas" : best.genotype} · ${run.id}`,
    top: `run ${run.id}`,
    version: run.protocol.version,
    main: html`
      ${headlineSection(run, best, networkFigure(layers, lookOf, document), metrics)}
      ${explanation === undefined ? null : whySection(explanation, { effects, sample, metrics, document })}
      ${rankingSection(run, metrics)} ${choicesSection(run, effects, sample, lookOf, metrics, document)}
      ${figuresSections(run, best, lookOf, metrics, document)} ${finiteSection(run, document)}
      ${trainedSection(run, document)} ${protocolSection(run)} ${readingSection(run)}
    `,
  });
}
