import { differencesOf, pairScores, sameData } from "../explain/compare.js";
import type { MetricInfo } from "../score/types.js";
import type { Run } from "../store/types.js";
import { pairsFigure, runsFigure } from "./figures/compare.js";
import type { Figure, FigureDocument } from "./figures/draw.js";
import { type Markup, genotype, html, lambdaMin, lambdaMinNormalized, trusted } from "./markup.js";
import { scoreLabel, usualMetrics } from "./metrics.js";
import { formatCount, formatSeconds, formatTime, number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { bestOf, rankedRows } from "./ranking.js";
import { bandSign, dotSign, legend, lineSign, squareSign } from "./sections/legend.js";
import { plotLabel } from "./sections/why.js";

/**
 * Runs side by side as one HTML page: whether they saw the same data, what differs in their protocols, the best of each
 * beside its baselines, and the scores of the architectures that the first and each other one have both evaluated.
 * `version` is that of the program that writes the page.
 */
export function renderComparison(
  runs: readonly Run[],
  { version, metrics = usualMetrics }: { readonly version: string; readonly metrics?: readonly MetricInfo[] },
): string {
  const document = figureDocument();
  const letters = runs.map((_, i) => (i < 26 ? String.fromCharCode(65 + i) : String(i + 1)));
  return page({
    title: `Comparison of ${runs.length} runs`,
    top: `comparison of ${runs.length} runs`,
    version,
    main: html`
      <section id="headline">
        <h1>Comparison of ${runs.length} runs</h1>
        <div>${sameness(runs)}</div>
        ${runsTable(runs, letters)}
      </section>
      ${bestSection(runs, letters, metrics, document)} ${differencesSection(runs, letters)}
      ${runs.slice(1).map((run, i) => pairsSection([runs[0], run], [letters[0], letters[i + 1]], metrics, document))}
    `,
  });
}

const drawn = (figure: Figure, width = "wide"): Markup =>
  html`<div class="scroll ${width}">${trusted(figure.element.outerHTML)}</div>`;

const scoresDiffer = (runs: readonly Run[]): boolean =>
  new Set(runs.map(({ protocol }) => protocol.score.name)).size > 1;

function sameness(runs: readonly Run[]): Markup {
  const data = sameData(runs);
  const badge = {
    batch: html`<span class="badge good">Same inputs in all runs</span>`,
    data: html`<span class="badge warn"
      >Same data, but other inputs drawn from it: values are not to be compared to the digit</span
    >`,
    none: html`<span class="badge warn">Different data: values are not to be compared, rankings only</span>`,
  }[data];
  return html`${badge}${scoresDiffer(runs) ? html`<span class="badge warn">Different scores</span>` : null}`;
}

const runsTable = (runs: readonly Run[], letters: readonly string[]): Markup =>
  html`<div class="table" tabindex="0" role="region" aria-label="The runs">
    <table>
      <thead>
        <tr>
          <th scope="col"></th>
          <th scope="col" class="words">run</th>
          <th scope="col" class="words">data</th>
          <th scope="col">inputs</th>
          <th scope="col" class="words">score</th>
          <th scope="col" class="words">strategy</th>
          <th scope="col">solved</th>
          <th scope="col">skipped</th>
          <th scope="col" class="words">claim</th>
          <th scope="col">time</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          ({ id, createdAt, protocol, evaluated, skippedByBound, exactTopK, seconds, status }, i) =>
            html`<tr>
              <th scope="row">${letters[i]}</th>
              <td class="words">${id}<small>${formatTime(createdAt)}</small></td>
              <td class="words">${protocol.batch.dataSpec}</td>
              <td>${formatCount(protocol.batch.samples)}</td>
              <td class="words">${protocol.score.name}</td>
              <td class="words">${protocol.strategy.name}</td>
              <td>${formatCount(evaluated)}</td>
              <td>${formatCount(skippedByBound)}</td>
              <td class="words">
                ${exactTopK ? `exact top-${protocol.strategy.top}` : "best seen"}${status === "complete" ? null : html`, ${status}`}
              </td>
              <td>${formatSeconds(seconds)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

function bestSection(
  runs: readonly Run[],
  letters: readonly string[],
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup {
  const same = !scoresDiffer(runs);
  const measure = same ? runs[0].protocol.score.name : "lambda_min";
  const raw = measure === "lambda_min";
  const bests = runs.map((run) => {
    const best = bestOf(run);
    const top = rankedRows(run).at(0);
    return { best, score: run.artifacts?.top.at(0)?.metrics[run.protocol.score.name] ?? top?.score ?? null };
  });
  const figure = runsFigure(
    runs.map((run, i) => {
      const { artifacts, protocol } = run;
      const sign = protocol.score.better === "higher" || !same ? 1 : -1;
      const relu = (artifacts?.baselines ?? [])
        .filter(({ activation }) => activation === "relu")
        .flatMap((point) => (same && !raw ? (point.score ?? []) : point.lambdaMin))
        .sort((a, b) => sign * (b - a));
      const random = artifacts?.randomChoice ?? null;
      const { best, score } = bests[i];
      return {
        name: `${letters[i]}: ${protocol.batch.dataSpec}`,
        best: same && !raw ? score : (best?.lambdaMin ?? null),
        relu: relu.at(0) ?? null,
        random: same && !raw ? (random?.score ?? null) : (random?.lambdaMin ?? null),
      };
    }),
    plotLabel(measure, metrics),
    document,
  );
  return html`<section id="best">
    <h2>The best of each</h2>
    ${
      figure === null
        ? null
        : html`<figure id="figure-runs">
            ${legend([
              { sign: dotSign("var(--accent)"), words: "best network" },
              { sign: squareSign("var(--series-1)"), words: "best plain ReLU network" },
              { sign: bandSign("var(--box)"), words: "random choice: quartiles, median, extremes" },
            ])}
            ${drawn(figure)}
            <figcaption>
              <b>${scoreLabel(measure, metrics)} of the best of each run</b> beside what needs no search in its space
              and on its inputs.
            </figcaption>
          </figure>`
    }
    <div class="table" tabindex="0" role="region" aria-label="The best of each run">
      <table>
        <thead>
          <tr>
            <th scope="col"></th>
            <th scope="col" class="genotype-cell">best network</th>
            <th scope="col">depth</th>
            <th scope="col">its run's score</th>
            <th scope="col">${lambdaMin}</th>
            <th scope="col">${lambdaMinNormalized}</th>
            <th scope="col">cross-validated</th>
          </tr>
        </thead>
        <tbody>
          ${bests.map(({ best, score }, i) => {
            const validation = runs[i].artifacts?.crossValidation;
            return html`<tr>
              <th scope="row">${letters[i]}</th>
              ${
                best === null
                  ? html`<td class="genotype-cell" colspan="6">no network was scored</td>`
                  : html`<td class="genotype-cell">${genotype(best.genotype)}</td>
                      <td>${best.depth ?? best.genotype.split(/[-+](?![^(]*\))/).length + 1}</td>
                      <td>${number(score)}</td>
                      <td>${number(best.lambdaMin)}</td>
                      <td>${number(best.lambdaMinNormalized)}</td>
                      <td>
                        ${validation === undefined ? "–" : html`${validation.measure} ${number(validation.value, 3)} [${number(validation.interval[0], 3)}, ${number(validation.interval[1], 3)}]`}
                      </td>`
              }
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}

function differencesSection(runs: readonly Run[], letters: readonly string[]): Markup {
  const differences = differencesOf(runs.map(({ protocol }) => protocol));
  return html`<section id="differences">
    <h2>What differs in the protocols</h2>
    ${
      differences.length === 0
        ? html`<p class="lead">Nothing: the runs had the same protocol.</p>`
        : html`<div class="table" tabindex="0" role="region" aria-label="Differences of the protocols">
            <table>
              <thead>
                <tr>
                  <th scope="col" class="words">field</th>
                  ${letters.map((letter) => html`<th scope="col" class="words">${letter}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${differences.map(
                  ({ field, values }) =>
                    html`<tr>
                      <th scope="row" class="words">${field.replaceAll(".", " · ")}</th>
                      ${values.map((value) => html`<td class="words">${value === null ? "–" : typeof value === "number" ? number(value, 6) : String(value)}</td>`)}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function pairsSection(
  [a, b]: readonly [Run, Run],
  names: readonly [string, string],
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup {
  const paired = pairScores(a, b);
  const { sameScore, pairs, tau } = paired;
  const scores = [a.protocol.score.name, b.protocol.score.name] as const;
  const labels = [plotLabel(scores[0], metrics), plotLabel(scores[1], metrics)] as const;
  const figure = pairsFigure(paired, names, labels, document);
  const [bestA, bestB] = [bestOf(a), bestOf(b)];
  const higher = pairs.filter((pair) => pair.b > pair.a).length;
  return html`<section id="pair-${names[1]}">
    <h2>${names[0]} and ${names[1]}, network by network</h2>
    ${
      figure === null
        ? html`<p class="lead">The two runs have scored no architecture in common.</p>`
        : html`<figure id="figure-pair-${names[1]}">
            ${legend([
              { sign: dotSign("var(--series-1)"), words: "an architecture that both have scored" },
              ...(sameScore ? [{ sign: lineSign("var(--muted)", "1 4"), words: "equal" }] : []),
            ])}
            ${drawn(figure, "narrow")}
            <figcaption>
              <b
                >${scoreLabel(scores[0], metrics)}${sameScore ? null : html` and ${scoreLabel(scores[1], metrics)}`} of
                ${formatCount(pairs.length)} common ${pairs.length === 1 ? "architecture" : "architectures"}.</b
              >
              ${sameScore ? html`Higher in ${names[1]}: ${formatCount(higher)}.` : null}
              ${tau === null ? null : html`Kendall's <i>τ</i> of the two rankings (best first): ${number(tau, 3)}.`}
              ${bestA !== null && bestA.genotype === bestB?.genotype ? "The best network is the same." : "The best networks are different."}
            </figcaption>
          </figure>`
    }
  </section>`;
}
