import type { Effect, Effects } from "../../explain/effects.js";
import type { MetricInfo } from "../../score/types.js";
import type { Run } from "../../store/types.js";
import type { Figure, FigureDocument } from "../figures/draw.js";
import { activationEffectsFigure, countEffectsFigure, skipEffectsFigure, skipLooks } from "../figures/effects.js";
import type { Look } from "../figures/palette.js";
import { parallelFigure, standingColor } from "../figures/parallel.js";
import { type Markup, html, trusted } from "../markup.js";
import { scoreLabel } from "../metrics.js";
import { formatCount, number } from "../numbers.js";
import { type LegendEntry, legend, lineSign, lookSign } from "./legend.js";
import { plotLabel } from "./why.js";

/** What the evaluated architectures are, as a caption says it. */
const samples = {
  all: "Every architecture of the space was evaluated: the means are exact; an interval tells how well as many random ones would have fixed the mean.",
  random: "The evaluated architectures are a random sample of the space, so the intervals hold for its means.",
  chosen:
    "The evaluated architectures are no random sample: the search looked where scores are good, so the means lie above those of the space and the intervals are too narrow. Read them as a summary of this search.",
} as const;

/** How the score depends on the choices: every network as a line, and the marginal mean of each choice. */
export function choicesSection(
  run: Run,
  effects: Effects | null,
  sample: keyof typeof samples,
  lookOf: (activation: string) => Look,
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup | null {
  if (effects === null) return null;
  const { score } = run.protocol;
  const label = plotLabel(score.name, metrics);
  const lines = parallelFigure(run.rows, score.better, label, document);
  return html`<section id="choices">
    <h2>What the choices do</h2>
    <p class="lead">
      Activation by activation and skip by skip, over
      ${effects.count === 1 ? "the one architecture that was" : `the ${formatCount(effects.count)} architectures that were`}
      scored.
    </p>
    ${lines === null ? null : parallel(lines, effects.count, label)}
    ${means(run, effects, sample, lookOf, metrics, document)}
  </section>`;
}

const drawn = (figure: Figure, width = ""): Markup =>
  html`<div class="scroll ${width}">${trusted(figure.element.outerHTML)}</div>`;

const parallel = (figure: Figure, count: number, label: string): Markup =>
  html`<figure id="figure-parallel">
    <h3>Every network as a line</h3>
    ${legend([
      { sign: lineSign("var(--accent)"), words: "the best" },
      { sign: lineSign(standingColor(1)), words: "next to it" },
      { sign: lineSign(standingColor(0.5)), words: "middle by rank" },
      { sign: lineSign(standingColor(0)), words: "worst" },
    ])}
    ${drawn(figure, "wide")}
    <figcaption>
      <b>Parallel coordinates</b>${count > 240 ? html` of the best 40 and 200 more, evenly by rank` : null}. One axis a
      layer; a line passes through the band of its activation, above the dashes if the layer has a skip. Within a band
      better networks lie higher. The last axis is ${label}.
    </figcaption>
  </figure>`;

function means(
  run: Run,
  effects: Effects,
  sample: keyof typeof samples,
  lookOf: (activation: string) => Look,
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup | null {
  if (effects.count < 2) return null;
  const { name } = run.protocol.score;
  const label = plotLabel(name, metrics);
  const panels = [
    { figure: countEffectsFigure(effects, "skips", label, document), title: "By number of skips", entries: [] },
    {
      figure: skipEffectsFigure(effects, label, document),
      title: "By skip at each layer",
      entries: skipLooks.map(({ words, ...look }): LegendEntry => ({ sign: lookSign(look), words })),
    },
    { figure: countEffectsFigure(effects, "depth", label, document), title: "By depth", entries: [] },
  ].flatMap(({ figure, title, entries }) =>
    figure === null
      ? []
      : [
          html`<div>
            <h3>${title}</h3>
            ${entries.length === 0 ? null : legend(entries)} ${drawn(figure)}
          </div>`,
        ],
  );
  const activations = activationEffectsFigure(effects, label, lookOf, document);
  if (activations === null && panels.length === 0) return null;
  const names = [...new Set(effects.layers.flatMap((layer) => layer.activations.map((item) => item.activation)))];
  return html`<figure id="figure-effects">
    ${
      activations === null
        ? null
        : html`<h3>By layer and activation</h3>
            ${legend([
              ...names.map((activation) => ({ sign: lookSign(lookOf(activation)), words: activation })),
              { sign: lineSign("var(--muted)", "1 4"), words: "mean of all" },
            ])}
            ${drawn(activations, "wide")}`
    }
    ${panels.length === 0 ? null : html`<div class="panels">${panels}</div>`}
    <figcaption>
      <b>${effects.scale === "log" ? "Geometric mean" : "Mean"} of ${scoreLabel(name, metrics)} by choice</b>, over all
      evaluated architectures that make it, whatever else they choose, with its 95 % interval (Student's <i>t</i>).
      ${samples[sample]}
    </figcaption>
    ${table(effects, names)}
  </figure>`;
}

const table = (effects: Effects, names: readonly string[]): Markup => {
  const rows: (readonly [string, Effect])[] = [
    ...effects.layers.flatMap(({ layer, activations }) =>
      names.flatMap((name) =>
        activations
          .filter(({ activation }) => activation === name)
          .map((effect) => [`layer ${layer}: ${name}`, effect] as const),
      ),
    ),
    ...effects.layers.flatMap(({ layer, skips }) =>
      skips.length < 2
        ? []
        : skips.map((effect) => [`layer ${layer}: ${effect.skip ? "with" : "without"} a skip`, effect] as const),
    ),
    ...effects.skipCounts.map(
      (effect) => [`${effect.skips} ${effect.skips === 1 ? "skip" : "skips"}`, effect] as const,
    ),
    ...(effects.depths.length < 2 ? [] : effects.depths.map((effect) => [`depth ${effect.depth}`, effect] as const)),
  ];
  return html`<details class="data">
    <summary>The same as a table</summary>
    <div class="table" tabindex="0" role="region" aria-label="Effects of choices">
      <table>
        <thead>
          <tr>
            <th scope="col" class="words">choice</th>
            <th scope="col">networks</th>
            <th scope="col">${effects.scale === "log" ? "geometric mean" : "mean"}</th>
            <th scope="col">95 % from</th>
            <th scope="col">to</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([choice, { count, mean, interval }]) =>
              html`<tr>
                <th scope="row" class="words">${choice}</th>
                <td>${formatCount(count)}</td>
                <td>${number(mean)}</td>
                <td>${number(interval?.[0], 3)}</td>
                <td>${number(interval?.[1], 3)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
};
