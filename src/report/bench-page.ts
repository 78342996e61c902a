import type { SearchOutcome } from "../bench/eigen-nas.js";
import {
  benchParetoFigure,
  rankAgainstRankFigure,
  scatterFigure,
  tauFigure,
  type BenchPoint,
  type BenchScore,
} from "./figures/bench.js";
import type { Figure } from "./figures/draw.js";
import { type Markup, html, trusted } from "./markup.js";
import { formatCount, formatSeconds, number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { bandSign, dotSign, legend, lineSign, type LegendEntry } from "./sections/legend.js";

/** What a bench found on one data set. */
export interface BenchStudySet {
  /** e.g. CIFAR-10. */
  readonly name: string;
  /** Column of the test accuracy. */
  readonly column: string;
  readonly cells: number;
  readonly scores: readonly (BenchScore & { readonly secondsPerCell: number })[];
  readonly searches: readonly {
    readonly name: string;
    readonly outcome: Pick<SearchOutcome, "mean" | "std"> & Partial<SearchOutcome>;
    /** Random search at equal cost. */
    readonly random?: Pick<SearchOutcome, "mean" | "std"> | undefined;
  }[];
  /** How the searches choose, in words. */
  readonly search: string;
}

/** Scores of untrained networks against a benchmark, and searches with them. */
export interface BenchStudy {
  readonly version: string;
  readonly command: string;
  /** Everything that is needed to repeat it. */
  readonly protocol: readonly (readonly [name: string, value: string])[];
  readonly sets: readonly BenchStudySet[];
  /** The score that the figures of single networks are about. */
  readonly main: { readonly name: string; readonly label: string };
  readonly costLabel: string;
  /** Every network that has this score, by the first data set. */
  readonly points: readonly BenchPoint[];
  readonly fronts: { readonly chosen: readonly BenchPoint[]; readonly best: readonly BenchPoint[] };
  /** Protocols of the scores, each once. */
  readonly cards: readonly string[];
}

/** A bench as one HTML page that needs no network: tables, figures, protocol. */
export function renderBenchPage(study: BenchStudy): string {
  const { version, command, protocol, sets, main, costLabel, points, fronts, cards } = study;
  const document = figureDocument();
  const [first] = sets;
  return page({
    title: "Scores of untrained networks · eigennas",
    top: "scores against a benchmark",
    version,
    main: html`<section id="bench">
        <h1>Scores of untrained networks</h1>
        <p class="lead">
          How well they rank ${formatCount(first.cells)} networks by their accuracy after training, and what a search
          with each of them finds.
        </p>
      </section>
      ${sets.map(
        (set, k) =>
          html`<section id="set-${k}">
            <h2>${set.name}</h2>
            <p class="lead">By <code>${set.column}</code> of ${formatCount(set.cells)} networks, best first.</p>
            ${judgementTable(set)}
            ${figure(
              `tau-${k}`,
              tauFigure(set.scores, document),
              [
                { sign: dotSign("var(--accent)"), words: "tau" },
                ...(set.scores.some(({ judgement }) => judgement.seeds.tau.length > 0)
                  ? [{ sign: lineSign("var(--series-1)"), words: "each draw of weights and images" }]
                  : []),
                ...(set.scores.some(({ judgement }) => "tau" in judgement.intervals)
                  ? [{ sign: bandSign("var(--band)"), words: "95 % interval (bootstrap over functions)" }]
                  : []),
              ],
              html`<b>Rank correlation of every score.</b> Sizes of the networks are scores like others here.`,
              true,
            )}
            <h3 style="margin-top: 26px">Searches</h3>
            <p class="note">${set.search}</p>
            ${searchTable(set)}
          </section>`,
      )}
      <section id="networks">
        <h2><code>${main.name}</code>, network by network</h2>
        <p class="lead">
          ${main.label}, against ${first.name}. Of many networks 2,500 are drawn, the best by score among them.
        </p>
        <div class="pair">
          ${figure(
            "scatter",
            scatterFigure(points, main.label, document),
            [],
            html`<b>Accuracy against score.</b> Networks below what 19 of 20 reach are on the lower edge.`,
          )}
          ${figure(
            "ranks",
            rankAgainstRankFigure(points, main.label, document),
            [{ sign: lineSign("var(--muted)", "5 4"), words: "a perfect score" }],
            html`<b>Rank against rank.</b> What counts for a search is the upper left corner: is what the score ranks
              first also first by accuracy?`,
          )}
        </div>
        ${figure(
          "pareto",
          benchParetoFigure(points, fronts, costLabel, document),
          [
            { sign: dotSign("var(--accent)"), words: "front of score and cost: chosen without training" },
            { sign: lineSign("var(--muted)"), words: "front of accuracy and cost: the best there is" },
          ],
          html`<b>Accuracy against ${costLabel}.</b> A good score's front follows the line.`,
          true,
        )}
      </section>
      <section id="protocol">
        <h2>Protocol</h2>
        <div class="cards">
          <div class="card">
            <h3>Run</h3>
            <dl>
              ${protocol.map(
                ([name, value]) =>
                  html`<dt>${name}</dt>
                    <dd>${value}</dd>`,
              )}
            </dl>
          </div>
          <div class="card wide">
            <h3>Scores</h3>
            ${cards.map((card) => html`<p class="note">${card}</p>`)}
          </div>
        </div>
        <p class="note"><code>${command}</code></p>
      </section>`,
  });
}

function figure(
  id: string,
  drawn: Figure | null,
  entries: readonly LegendEntry[],
  caption: Markup,
  wide = false,
): Markup | null {
  if (drawn === null) return null;
  return html`<figure id="figure-${id}" ${trusted(wide ? 'style="margin-top: 20px"' : "")}>
    ${entries.length > 0 ? legend(entries) : null}
    <div class="scroll ${wide ? "wide" : ""}">${trusted(drawn.element.outerHTML)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

const three = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(3).replace("-", "−"));

const seconds = (value: number | undefined): string =>
  value === undefined ? "–" : value === 0 ? "0" : formatSeconds(value);

const judgementTable = ({ scores }: BenchStudySet): Markup =>
  html`<div class="table" tabindex="0" role="region" aria-label="How scores rank networks">
    <table>
      <thead>
        <tr>
          <th scope="col" class="genotype-cell">score</th>
          <th scope="col" title="Kendall's tau-b">tau</th>
          <th scope="col" title="Standard deviation of tau over draws of weights and images">sd over<br />draws</th>
          <th scope="col" title="Spearman">rho</th>
          <th scope="col" title="over the first 1,000 by score, gain 2^accuracy">nDCG</th>
          <th scope="col" title="Share of the first 10 % that are among the best 10 %">top<br />10 %</th>
          <th scope="col" title="Accuracy lost by training the first by score only">regret@1</th>
          <th scope="col">@5</th>
          <th scope="col">@10</th>
          <th scope="col">@20</th>
          <th scope="col">@40</th>
          <th scope="col" title="Inside the best fifth by accuracy">tau, best<br />fifth</th>
          <th scope="col" title="Spearman at fixed FLOPs">rho |<br />FLOPs</th>
          <th scope="col" title="Spearman at fixed number of parameters">rho |<br />params</th>
          <th scope="col" title="One thread">s a<br />network</th>
          <th scope="col">failed</th>
        </tr>
      </thead>
      <tbody>
        ${[...scores]
          .sort((a, b) => b.judgement.tau - a.judgement.tau)
          .map(
            ({ name, judgement, secondsPerCell }) =>
              html`<tr>
                <th scope="row" class="genotype-cell"><code>${name}</code></th>
                <td>${three(judgement.tau)}</td>
                <td>${three(judgement.seeds.tauDeviation)}</td>
                <td>${three(judgement.rho)}</td>
                <td>${three(judgement.ndcg)}</td>
                <td>${three(judgement.precision)}</td>
                ${Object.values(judgement.regret).map((regret) => html`<td>${regret.toFixed(2)}</td>`)}
                <td>${three(judgement.bestFifth.tau)}</td>
                <td>${three(judgement.partial["flops"])}</td>
                <td>${three(judgement.partial["params"])}</td>
                <td>${secondsPerCell > 0 ? number(secondsPerCell, 2) : "–"}</td>
                <td>${formatCount(judgement.failed)}</td>
              </tr>`,
          )}
      </tbody>
    </table>
  </div>`;

const searchTable = ({ searches }: BenchStudySet): Markup =>
  html`<div class="table" tabindex="0" role="region" aria-label="What searches find">
    <table>
      <thead>
        <tr>
          <th scope="col" class="genotype-cell">search</th>
          <th scope="col">test accuracy</th>
          <th scope="col">standard deviation</th>
          <th scope="col">networks trained</th>
          <th scope="col">scoring here</th>
          <th scope="col">training, by the table</th>
          <th scope="col" title="Random search at equal cost">random</th>
        </tr>
      </thead>
      <tbody>
        ${searches.map(
          ({ name, outcome, random }) =>
            html`<tr>
              <th scope="row" class="genotype-cell">${name}</th>
              <td>${outcome.mean.toFixed(2)}</td>
              <td>${Number.isFinite(outcome.std) ? outcome.std.toFixed(2) : "–"}</td>
              <td>${outcome.trained === undefined ? "–" : formatCount(Math.round(outcome.trained))}</td>
              <td>${seconds(outcome.scoringSeconds)}</td>
              <td>${seconds(outcome.trainingSeconds)}</td>
              <td>${random === undefined ? "–" : random.mean.toFixed(2)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
