import type { Run } from "../../store/types.js";
import type { FigureDocument } from "../figures/draw.js";
import { finiteFigure } from "../figures/finite.js";
import { type Markup, genotype, html, lambdaMin, trusted } from "../markup.js";
import { formatCount, number } from "../numbers.js";
import { bandSign, dotSign, legend, squareSign } from "./legend.js";

/** The best networks at a finite width beside their limit; null for a run that was not asked for it. */
export function finiteSection(run: Run, document: FigureDocument): Markup | null {
  const { finite = [], top = [] } = run.artifacts ?? {};
  const figure = finiteFigure(top, finite, document);
  if (figure === null) return null;
  const [first] = finite;
  const { n, warnings } = {
    n: run.protocol.batch.samples,
    warnings: new Set(finite.flatMap((score) => score.warnings)),
  };
  return html`<section id="finite">
    <h2>Finite against infinite</h2>
    <p class="lead">
      The best as real networks, every hidden layer ${formatCount(first.width)} wide, ${formatCount(first.draws)}
      ${first.draws === 1 ? "draw" : "draws"} of the weights each. The ranking stays that of infinite width.
    </p>
    <figure id="figure-finite">
      ${legend([
        { sign: dotSign("var(--ink)"), words: html`${lambdaMin} at infinite width` },
        { sign: bandSign("var(--band)"), words: "from LB to UBpair" },
        {
          sign: squareSign("var(--accent)"),
          words: html`${lambdaMin} at width ${formatCount(first.width)}, mean ± standard error`,
        },
      ])}
      <div class="scroll wide">${trusted(figure.element.outerHTML)}</div>
      <figcaption>
        <b>${lambdaMin} of the best at both widths.</b> A finite network's ${lambdaMin} lies below the limit while the
        width is near the number of inputs (${formatCount(n)}). The bounds are those of the limit.
      </figcaption>
    </figure>
    <div class="table" tabindex="0" role="region" aria-label="Table of finite widths">
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col" class="genotype-cell">genotype</th>
            <th scope="col">${lambdaMin}, infinite</th>
            <th scope="col">${lambdaMin}, width ${formatCount(first.width)}</th>
            <th scope="col">standard error</th>
            <th scope="col" title="Mean over the infinite value">ratio</th>
            <th scope="col" title="Proved lower bound of each draw, layer by layer; mean over draws">certificate</th>
          </tr>
        </thead>
        <tbody>
          ${top.map((item, i) => {
            const score = finite.find((candidate) => candidate.genotype === item.genotype);
            return html`<tr>
              <td class="rank">${i + 1}</td>
              <th scope="row" class="genotype-cell">${genotype(item.genotype)}</th>
              <td>${number(item.lambdaMin)}</td>
              ${
                score === undefined
                  ? html`<td colspan="4">overflows at this width</td>`
                  : html`<td>${number(score.lambdaMin.mean)}</td>
                      <td>${number(score.lambdaMin.standardError, 2)}</td>
                      <td>${number(score.ratio, 3)}</td>
                      <td>${number(score.certificate?.mean, 3)}</td>`
              }
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${
      warnings.size === 0
        ? null
        : html`<ul class="warnings">
            ${[...warnings].map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
  </section>`;
}
