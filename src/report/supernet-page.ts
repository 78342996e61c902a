import * as Plot from "@observablehq/plot";
import type { SupernetVerdict, WeighedChoice } from "../train/supernet-check.js";
import { type Figure, type FigureDocument, plot } from "./figures/draw.js";
import { palette } from "./figures/palette.js";
import { genotype, html, trusted } from "./markup.js";
import { formatNumber, number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { legend, lookSign } from "./sections/legend.js";

/** A relaxed supernet against a score. */
export interface SupernetStudy {
  readonly version: string;
  readonly command: string;
  /** Data and recipe in words. */
  readonly about: string;
  readonly label: string;
  readonly better: "higher" | "lower";
  readonly derived: string;
  readonly verdict: SupernetVerdict;
  readonly judgement: readonly string[];
}

/** Weight of every choice after training against the mean score of the networks that have it, layer by layer. */
export function supernetFigure(
  choices: readonly WeighedChoice[],
  label: string,
  lookOf: (choice: string) => { readonly color: string; readonly symbol: string },
  document: FigureDocument,
): Figure {
  const words = choices.map(
    ({ layer, choice, weight, meanScore }) =>
      `layer ${layer} ${choice} ${formatNumber(weight, 3)} (${formatNumber(meanScore, 3)})`,
  );
  return plot(document, `Weight after training (mean ${label}): ${words.join("; ")}.`, {
    width: 960,
    height: 380,
    x: { grid: true, label: `mean ${label} of the networks with this choice →`, labelAnchor: "right" },
    y: { domain: [0, 1], grid: true, label: "↑ weight after training" },
    marks: [
      ...choices.map((item) => {
        const { color, symbol } = lookOf(item.choice);
        const title = `layer ${item.layer}: ${item.choice}\nweight ${formatNumber(item.weight, 3)}, mean ${label} ${formatNumber(item.meanScore, 4)}`;
        return Plot.dot([item], {
          x: "meanScore",
          y: "weight",
          fill: color,
          symbol: symbol as "circle",
          r: 5,
          title: () => title,
        });
      }),
      Plot.text(choices, {
        x: "meanScore",
        y: "weight",
        text: (item: WeighedChoice) => String(item.layer),
        dx: 9,
        dy: -7,
      }),
    ],
  });
}

/** The study as one HTML page that needs no network. */
export function renderSupernetPage({
  version,
  command,
  about,
  label,
  better,
  derived,
  verdict,
  judgement,
}: SupernetStudy): string {
  const names = [...new Set(verdict.choices.map(({ choice }) => choice))];
  const lookOf = palette(names);
  const figure = supernetFigure(verdict.choices, label, lookOf, figureDocument());
  return page({
    title: "Relaxed supernet · eigennas",
    top: "the choice of gradient descent",
    version,
    main: html`<section id="supernet">
      <h1>Where does gradient descent put its weight?</h1>
      <p class="lead">${about}</p>
      ${judgement.map((line) => html`<p>${line}</p>`)}
      <p>Heaviest choices: ${genotype(derived)}</p>
      <figure id="figure-supernet">
        ${legend(names.map((name) => ({ sign: lookSign(lookOf(name)), words: name })))}
        <div class="scroll wide">${trusted(figure.element.outerHTML)}</div>
        <figcaption>
          <b>Weight against score, choice by choice.</b> Numbers are hidden layers. If the score were right, weights
          would ${better === "higher" ? "rise" : "fall"} with it within each layer.
        </figcaption>
      </figure>
      <div class="table" tabindex="0" role="region" aria-label="Weights of choices">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">choice</th>
              <th scope="col">weight</th>
              <th scope="col">mean ${label}</th>
            </tr>
          </thead>
          <tbody>
            ${verdict.choices.map(
              ({ layer, choice, weight, meanScore }) =>
                html`<tr>
                  <td>${layer}</td>
                  <td>${choice}</td>
                  <td>${number(weight, 3)}</td>
                  <td>${number(meanScore)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="note"><code>${command}</code></p>
    </section>`,
  });
}
