import { effectsOf } from "../explain/effects.js";
import type { Explanation } from "../explain/types.js";
import type { MetricInfo } from "../score/types.js";
import type { RunRow } from "../store/types.js";
import { genotype, html, lambdaMin } from "./markup.js";
import { scoreLabel, usualMetrics } from "./metrics.js";
import { number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { whySection } from "./sections/why.js";

/** One network explained, alone or among the architectures of a run. */
export interface ExplainedNetwork {
  readonly explanation: Explanation;
  /** Evaluated architectures of the run; none for a network alone. */
  readonly rows: readonly RunRow[];
  readonly sample: "all" | "random" | "chosen";
  readonly version: string;
}

/** Why one network has its score, as one HTML page that needs no network. */
export function renderExplanation(
  { explanation, rows, sample, version }: ExplainedNetwork,
  { metrics = usualMetrics }: { readonly metrics?: readonly MetricInfo[] } = {},
): string {
  const { genotype: name, score, lambdaMin: value } = explanation;
  return page({
    title: `Why ${name}`,
    top: "explanation of one network",
    version,
    main: html`
      <section id="headline">
        <h1${name.length > 60 ? html` class="long"` : null}>${genotype(name)}</h1>
        <p class="lead">
          ${lambdaMin} ${number(value)}${
            score.name === "lambda_min" ? null : html`; ${scoreLabel(score.name, metrics)} ${number(score.value)}`
          }.
        </p>
      </section>
      ${whySection(explanation, { effects: effectsOf(rows), sample, metrics, document: figureDocument() })}
    `,
  });
}
