import type { BatchReport } from "../data/dataset.js";
import { palette } from "./figures/palette.js";
import { widthFigure, type WidthCurve } from "./figures/width.js";
import { type Markup, genotype, html, lambdaMin, trusted } from "./markup.js";
import { formatCount, number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { bandSign, legend, lineSign, lookSign } from "./sections/legend.js";

/** The paper's simulation: lambda_min against width for given networks. */
export interface WidthStudy {
  readonly version: string;
  readonly command: string;
  readonly batch: BatchReport;
  /** The model's constants, in words. */
  readonly model: string;
  readonly curves: readonly WidthCurve[];
}

/** A width study as one HTML page that needs no network: figure, table, how it was made. */
export function renderWidthPage({ version, command, batch, model, curves }: WidthStudy): string {
  const lookOf = palette(curves.map((curve) => curve.genotype));
  const n = batch.samples;
  const figure = widthFigure(curves, n, lookOf, figureDocument());
  const draws = Math.max(0, ...curves.flatMap(({ points }) => points.map((point) => point.draws)));
  return page({
    title: "Smallest eigenvalue against width · eigennas",
    top: "finite against infinite width",
    version,
    main: html`<section id="width">
      <h1>${lambdaMin} against width</h1>
      <p class="lead">
        Networks of finite width and their limit on ${formatCount(n)} inputs of ${batch.dataSpec}; ${formatCount(draws)}
        ${draws === 1 ? "draw" : "draws"} of the weights each.
      </p>
      ${
        figure === null
          ? null
          : html`<figure id="figure-width">
              ${legend([
                ...curves.map((curve) => ({ sign: lookSign(lookOf(curve.genotype)), words: genotype(curve.genotype) })),
                { sign: lineSign("var(--muted)", "5 4"), words: "the limit" },
                { sign: bandSign("var(--box)"), words: "at ∞: from LB to UBpair" },
                { sign: lineSign("var(--muted)", "1 4"), words: html`width = number of inputs` },
              ])}
              <div class="scroll wide">${trusted(figure.element.outerHTML)}</div>
              <figcaption>
                <b>Mean over draws ± standard error.</b> The mean lies below the limit while the width is near the
                number of inputs, and tends to it as the width grows. The bounds hold for the limit.
              </figcaption>
            </figure>`
      }
      ${table(curves)}
      ${
        curves.some(({ points }) => points.some(({ infinite }) => infinite === null))
          ? html`<p class="note">
              These networks do not tend to the infinite-width kernel drawn: it drops the cross terms of the skips.
            </p>`
          : null
      }
      <p class="note">${model}; seed ${batch.seed}, normalisation ${batch.normalize}. <code>${command}</code></p>
    </section>`,
  });
}

const table = (curves: readonly WidthCurve[]): Markup =>
  html`<div class="table" tabindex="0" role="region" aria-label="Table of widths">
    <table>
      <thead>
        <tr>
          <th scope="col" class="genotype-cell">genotype</th>
          <th scope="col">width</th>
          <th scope="col">${lambdaMin}</th>
          <th scope="col">standard error</th>
          <th scope="col" title="Mean over the infinite value">of limit</th>
          <th scope="col" title="Proved lower bound of each draw; mean over draws">certificate</th>
          <th scope="col">LB</th>
          <th scope="col">UBpair</th>
        </tr>
      </thead>
      <tbody>
        ${curves.map(
          (curve) => html`
            ${curve.points.map(
              (point) =>
                html`<tr>
                  <th scope="row" class="genotype-cell">${genotype(curve.genotype)}</th>
                  <td>${formatCount(point.width)}</td>
                  <td>${number(point.lambdaMin.mean)}</td>
                  <td>${number(point.lambdaMin.standardError, 2)}</td>
                  <td>${number(point.ratio, 3)}</td>
                  <td>${number(point.certificate?.mean, 3)}</td>
                  <td></td>
                  <td></td>
                </tr>`,
            )}
            <tr class="first">
              <th scope="row" class="genotype-cell">${genotype(curve.genotype)}</th>
              <td>∞</td>
              <td>${number(curve.lambdaMin)}</td>
              <td></td>
              <td></td>
              <td></td>
              <td>${number(curve.LB)}</td>
              <td>${number(curve.UBpair)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </div>`;
