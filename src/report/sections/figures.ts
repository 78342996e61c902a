import type { MetricInfo } from "../../score/types.js";
import type { Run } from "../../store/types.js";
import { type ComparedNetwork, baselinesFigure } from "../figures/baselines.js";
import { depthFigure } from "../figures/depth.js";
import { type Figure, type FigureDocument, shorten } from "../figures/draw.js";
import { kernelFigure } from "../figures/kernel.js";
import type { Look } from "../figures/palette.js";
import { rankFigure } from "../figures/rank.js";
import { spectrumFigure } from "../figures/spectrum.js";
import { type Markup, html, lambdaMin, lambdaMinNormalized, trusted } from "../markup.js";
import { formatCount, number } from "../numbers.js";
import { type Best, plainAt } from "../ranking.js";
import { simpleRules } from "./simple-rules.js";
import { bandSign, dotSign, legend, lineSign, lookSign, starSign } from "./legend.js";

/** The figures of a run in the order in which they are read; those without data are left out. */
export function figuresSections(
  run: Run,
  best: Best | null,
  lookOf: (activation: string) => Look,
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup {
  return html`${landscape(run, document)} ${plainNetworks(run, best, lookOf, metrics, document)}
  ${winner(run, best, document)}`;
}

const drawn = (figure: Figure, width = ""): Markup =>
  html`<div class="scroll ${width}">${trusted(figure.element.outerHTML)}</div>`;

function landscape(run: Run, document: FigureDocument): Markup | null {
  const figure = rankFigure(run.rows, document);
  if (figure === null) return null;
  const few = run.rows.length <= 60;
  const least = run.rows.filter((row) => row.lambdaMin !== null && row.lambdaMin <= 0).length;
  return html`<section id="landscape">
    <h2>The space by rank</h2>
    <p class="lead">How ${lambdaMin} falls from the best to the worst architecture that was evaluated.</p>
    <figure id="figure-rank">
      ${legend([
        { sign: few ? dotSign("var(--accent)") : lineSign("var(--accent)"), words: lambdaMin },
        { sign: bandSign("var(--band)"), words: "from LB to UBpair" },
      ])}
      ${drawn(figure, "wide")}
      <figcaption>
        <b>${lambdaMin} against rank</b>, ${formatCount(run.evaluated)} architectures evaluated. The band is the
        interval in which the bounds put each of them without an eigenproblem.
        ${run.skippedByBound === 0 ? null : `${formatCount(run.skippedByBound)} architectures skipped by bound are not drawn.`}
        ${least === 0 ? null : `${formatCount(least)} of them are zero to rounding and drawn at the lower edge.`}
      </figcaption>
    </figure>
  </section>`;
}

function plainNetworks(
  run: Run,
  best: Best | null,
  lookOf: (activation: string) => Look,
  metrics: readonly MetricInfo[],
  document: FigureDocument,
): Markup | null {
  const baselines = run.artifacts?.baselines ?? [];
  const top = run.artifacts?.top.at(0) ?? null;
  const panels = (["lambdaMin", "lambdaMinNormalized"] as const).flatMap((measure) =>
    [false, true].map((skips) => ({
      figure: depthFigure(baselines, { measure, skips }, top, lookOf, document),
      title: html`${measure === "lambdaMin" ? lambdaMin : lambdaMinNormalized}, ${skips ? "all skips" : "no skips"}`,
    })),
  );
  const comparison = comparisonFigure(run, best, document);
  const curves = panels.flatMap(({ figure, title }) =>
    figure === null
      ? []
      : [
          html`<div>
            <h3>${title}</h3>
            ${drawn(figure)}
          </div>`,
        ],
  );
  if (curves.length === 0 && comparison === null) return null;
  const activations = [...new Set(baselines.map((point) => point.activation))];
  return html`<section id="baselines">
    <h2>Against plain networks and chance</h2>
    <p class="lead">Networks with one activation in every layer, and a uniform random choice from the space.</p>
    ${comparison} ${simpleRules(run, best, metrics)}
    ${
      curves.length === 0
        ? null
        : html`<figure id="figure-depth">
            ${legend([
              ...activations.map((name) => ({ sign: lookSign(lookOf(name)), words: name })),
              ...(top === null ? [] : [{ sign: starSign("var(--accent)"), words: "winner (its own skips)" }]),
            ])}
            <div class="panels">${curves}</div>
            <figcaption>
              <b>${lambdaMin} by depth</b> of plain networks, without skips (left) and with a skip at every layer that
              may have one (right). Above raw, below divided by trace/<i>n</i>: what skips add only in scale vanishes
              there. Panels of one row share their axis.
            </figcaption>
          </figure>`
    }
  </section>`;
}

function comparisonFigure(run: Run, best: Best | null, document: FigureDocument): Markup | null {
  const { artifacts } = run;
  if (artifacts === null) return null;
  const plain = plainAt(artifacts.baselines, best?.depth ?? null);
  const networks: ComparedNetwork[] = plain.map((point) => ({
    name: `${shorten(point.activation, 18)}${point.skips ? ", all skips" : ", no skips"}`,
    lambdaMin: point.lambdaMin,
    LB: point.LB,
    UBpair: point.UBpair,
    winner: false,
  }));
  if (best?.lambdaMin !== null && best?.lambdaMin !== undefined) {
    const { lambdaMin: value, LB, UBpair } = best;
    networks.unshift({ name: "winner", lambdaMin: value, LB: LB ?? value, UBpair: UBpair ?? value, winner: true });
  }
  const random = artifacts.randomChoice;
  const figure = plain.length === 0 && random === null ? null : baselinesFigure(networks, random, document);
  if (figure === null) return null;
  return html`<figure id="figure-baselines">
    ${legend([
      { sign: dotSign("var(--accent)"), words: "winner" },
      ...(plain.length === 0 ? [] : [{ sign: dotSign("var(--ink)"), words: "plain network" }]),
      { sign: bandSign("var(--band)"), words: "from LB to UBpair" },
      ...(random === null
        ? []
        : [{ sign: bandSign("var(--box)"), words: "random choice: quartiles, median, extremes" }]),
    ])}
    ${drawn(figure, "wide")}
    <figcaption>
      <b>The winner beside what needs no search</b
      >${plain.length === 0 ? null : html`: plain networks of depth ${plain[0].depth}`}${
        random === null
          ? null
          : html`, and ${formatCount(random.count)} architectures drawn at random (quartiles
            ${number(random.lambdaMin[1], 3)}, ${number(random.lambdaMin[2], 3)}, ${number(random.lambdaMin[3], 3)})`
      }.
    </figcaption>
  </figure>`;
}

function winner(run: Run, best: Best | null, document: FigureDocument): Markup | null {
  const found = run.artifacts?.winner ?? null;
  if (found === null) return null;
  const bounds =
    best?.LB === null || best?.LB === undefined || best.UBpair === null ? null : { LB: best.LB, UBpair: best.UBpair };
  const spectrum = spectrumFigure(found.spectrum, bounds, document);
  const kernel = kernelFigure(found.kernel, document);
  if (spectrum === null && kernel === null) return null;
  const small = found.spectrum.filter((value) => value <= 0).length;
  return html`<section id="winner">
    <h2>The winner's kernel</h2>
    <p class="lead">The neural tangent kernel of the winner on the batch: its eigenvalues and its entries.</p>
    <div class="pair">
      ${
        spectrum === null
          ? null
          : html`<figure id="figure-spectrum">
              ${legend([
                { sign: dotSign("var(--accent)"), words: lambdaMin },
                { sign: lineSign("var(--muted)", "1 4"), words: html`trace/<i>n</i>` },
                ...(bounds === null
                  ? []
                  : [
                      { sign: lineSign("var(--series-2)", "6 3"), words: "UBpair" },
                      { sign: lineSign("var(--series-1)", "6 3"), words: "LB" },
                    ]),
              ])}
              ${drawn(spectrum)}
              <figcaption>
                <b>Spectrum</b>, ${formatCount(found.spectrum.length)} eigenvalues. The fewer decades between the
                largest and the smallest, the more evenly gradient descent fits all directions.
                ${small === 0 ? null : `${formatCount(small)} of them are zero to rounding and drawn at the lower edge.`}
              </figcaption>
            </figure>`
      }
      ${
        kernel === null
          ? null
          : html`<figure id="figure-kernel">
              ${drawn(kernel)}
              <figcaption>
                <b>Kernel matrix</b
                >${found.kernel.size < found.spectrum.length ? html`, averaged down to ${found.kernel.size} × ${found.kernel.size}` : null}.
                ${found.kernel.classes === null ? null : "White lines part the classes; bright blocks on the diagonal are classes that the kernel tells apart."}
              </figcaption>
            </figure>`
      }
    </div>
  </section>`;
}
