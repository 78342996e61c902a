import type { Effects } from "../../explain/effects.js";
import type { Explanation, InputEntry, NearPair, Neighbour } from "../../explain/types.js";
import { whyOf } from "../../explain/why.js";
import type { MetricInfo } from "../../score/types.js";
import type { Figure, FigureDocument } from "../figures/draw.js";
import { neighboursFigure, picturesFigure, termsFigure } from "../figures/explanation.js";
import { type Markup, genotype, html, lambdaMin, trusted } from "../markup.js";
import { plainScoreLabel, scoreLabel } from "../metrics.js";
import { digitsFor, formatCount, formatNumber, number } from "../numbers.js";
import { bandSign, dotSign, legend, lineSign } from "./legend.js";

/** Scores with the digits that tell neighbours and means apart; everything else with three. */
function numbersOf({ neighbours, score }: Explanation, effects: Effects | null): (value: number) => string {
  const scores = [score.value, ...neighbours.map((item) => item.score)].flatMap((value) => value ?? []);
  const means =
    effects === null ? [] : effects.layers.flatMap(({ activations }) => activations.map(({ mean }) => mean));
  const digits = Math.max(digitsFor(scores), digitsFor(means));
  return (value) => formatNumber(value, digits);
}

/** What an explanation is told with. */
export interface Telling {
  readonly effects: Effects | null;
  readonly sample: "all" | "random" | "chosen";
  readonly metrics: readonly MetricInfo[];
  readonly document: FigureDocument;
}

/** Why the network has its score: three sentences, then the figures that they are made of. */
export function whySection(explanation: Explanation, telling: Telling): Markup {
  const { effects, sample, metrics } = telling;
  const sentences = whyOf(explanation, effects, {
    number: numbersOf(explanation, effects),
    score: plainScoreLabel(explanation.score.name, metrics),
    lambdaMin: "λmin",
    sample,
  });
  const pictured = explanation.inputs.pairs.some(({ pictures }) => pictures !== undefined);
  return html`<section id="why">
    <h2>Why</h2>
    <div class="why">${sentences.map((sentence) => html`<p>${sentence}</p>`)}</div>
    ${
      pictured
        ? html`${terms(explanation, telling, 960)} ${inputs(explanation, telling)}`
        : html`<div class="pair">${terms(explanation, telling, 480)} ${inputs(explanation, telling)}</div>`
    }
    ${changes(explanation, telling)}
  </section>`;
}

const drawn = (figure: Figure, width = ""): Markup =>
  html`<div class="scroll ${width}">${trusted(figure.element.outerHTML)}</div>`;

function terms({ terms: items }: Explanation, { document }: Telling, width: number): Markup | null {
  const figure = termsFigure(items, document, width);
  if (figure === null) return null;
  return html`<figure id="figure-terms">
    <h3>Which layer carries ${lambdaMin}</h3>
    ${legend([
      { sign: bandSign("var(--accent)"), words: html`share of ${lambdaMin}` },
      { sign: lineSign("var(--ink)"), words: "share of the trace" },
    ])}
    ${drawn(figure, width > 480 ? "wide" : "")}
    <figcaption>
      <b>Terms of the kernel.</b> <i>Θ</i> is a sum over the layers' weights; each bar is <i>v</i>ᵀ<i>Θ</i><sub>l</sub
      ><i>v</i> over ${lambdaMin} for the least eigenvector <i>v</i>, and they sum to 100 %. A bar beyond its mark: the
      layer does more for ${lambdaMin} than its size.
    </figcaption>
  </figure>`;
}

const inputName = ({ row, target }: InputEntry): string =>
  `row ${row}${target === undefined ? "" : `, target ${target}`}`;

function inputs({ inputs: found }: Explanation, { document }: Telling): Markup {
  const { n, participation, pairs } = found;
  return html`<figure id="figure-inputs">
    <h3>Which inputs nearly coincide</h3>
    <div class="pictures">
      ${pairs.map((pair) =>
        pair.pictures === undefined
          ? null
          : drawn(picturesFigure(pair.pictures, [inputName(pair.inputs[0]), inputName(pair.inputs[1])], document)),
      )}
    </div>
    <div class="table" tabindex="0" role="region" aria-label="Nearest pairs of inputs">
      <table>
        <thead>
          <tr>
            <th scope="col" class="words">pair</th>
            <th scope="col" title="Cosine of the angle between the two">correlation</th>
            <th scope="col" title="Part of the squared length of the least eigenvector that lies on the two">
              of <i>v</i>
            </th>
            <th scope="col" title="Least eigenvalue of the pair's 2 × 2 kernel: no network has more">
              ${lambdaMin} at most
            </th>
          </tr>
        </thead>
        <tbody>
          ${pairs.map(pairRow)}
        </tbody>
      </table>
    </div>
    <figcaption>
      <b>Largest entries of the least eigenvector</b>, each with the input nearest to it. The vector is spread over
      about ${formatCount(Math.round(participation))} of ${formatCount(n)} inputs:
      ${participation < 4 ? html`a few inputs alone decide ${lambdaMin}` : html`no single pair decides ${lambdaMin}`}.
    </figcaption>
  </figure>`;
}

function pairRow({ inputs: [a, b], correlation, weight, bound, differences = [] }: NearPair): Markup {
  return html`<tr>
    <th scope="row" class="words">
      ${inputName(a)}<br />${inputName(b)}${
        differences.length === 0
          ? null
          : html`<small
              >${differences.map(
                ({ name, values: [x, y] }) => html`<span>${name}: ${formatNumber(x)} and ${formatNumber(y)}</span>`,
              )}</small
            >`
      }
    </th>
    <td>${number(correlation, 5)}</td>
    <td>${(100 * weight).toFixed(0)} %</td>
    <td>${number(bound, 3)}</td>
  </tr>`;
}

function changes(explanation: Explanation, { document, metrics }: Telling): Markup | null {
  const { neighbours, neighboursLeftOut, score } = explanation;
  const figure = neighboursFigure(explanation, plotLabel(score.name, metrics), document);
  if (figure === null) return null;
  const label = scoreLabel(score.name, metrics);
  const failed = neighbours.filter((item) => item.score === null).length;
  return html`<figure id="figure-neighbours">
    <h3>What one change would do</h3>
    ${legend([
      { sign: lineSign("var(--accent)"), words: html`this network` },
      { sign: dotSign("var(--good)"), words: "a better one" },
      { sign: dotSign("var(--ink)"), words: "not better" },
    ])}
    ${drawn(figure, "wide")}
    <figcaption>
      <b>All networks one step away</b>, ${formatCount(neighbours.length)} of them, by
      ${label}${neighbours.length > 30 ? " (the middle is left out)" : ""}.
      ${failed === 0 ? null : `${formatCount(failed)} could not be scored.`}
      ${neighboursLeftOut === 0 ? null : `${formatCount(neighboursLeftOut)} were not scored; eigennas explain scores all.`}
    </figcaption>
    <details class="data">
      <summary>The same as a table</summary>
      <div class="table" tabindex="0" role="region" aria-label="Networks one step away">
        <table>
          <thead>
            <tr>
              <th scope="col" class="words">change</th>
              <th scope="col">${label}</th>
              ${score.name === "lambda_min" ? null : html`<th scope="col">${lambdaMin}</th>`}
              <th scope="col" class="genotype-cell">genotype</th>
            </tr>
          </thead>
          <tbody>
            ${neighbours.map((item) => changeRow(item, score.name))}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`;
}

const changeRow = ({ change, score, lambdaMin: value, genotype: text, better }: Neighbour, name: string): Markup =>
  html`<tr>
    <th scope="row" class="words">
      ${change}${better === true ? html` <span class="badge good">better</span>` : null}
    </th>
    <td>${score === null ? "failed" : number(score)}</td>
    ${name === "lambda_min" ? null : html`<td>${number(value)}</td>`}
    <td class="genotype-cell">${genotype(text)}</td>
  </tr>`;

/** The name of a score within a figure, where there is no mark-up. */
export const plotLabel = (name: string, metrics: readonly MetricInfo[]): string =>
  name === "lambda_min"
    ? "λₘᵢₙ"
    : name === "lambda_min_normalized"
      ? "λₘᵢₙ / (trace / n)"
      : plainScoreLabel(name, metrics);
