import type { TrainingRecord } from "../store/trainings.js";
import type { Trained, Verdict } from "../train/contest.js";
import { contestFigure, groupColors, lossFigure, type TrainingCurve } from "./figures/training.js";
import type { Figure } from "./figures/draw.js";
import { type Markup, genotype, html, trusted } from "./markup.js";
import { formatNumber, number } from "./numbers.js";
import { figureDocument, page } from "./page.js";
import { dotSign, legend, lineSign, type LegendEntry } from "./sections/legend.js";

/** Networks trained under one budget. */
export interface TrainPageStudy {
  readonly version: string;
  readonly command: string;
  /** Data and recipe in words. */
  readonly about: string;
  readonly score: { readonly label: string; readonly better: "higher" | "lower" } | undefined;
  /** Figures are shares of right classes, else R². */
  readonly classes: boolean;
  readonly records: readonly TrainingRecord[];
  readonly verdict: Verdict;
  /** Sentences about what it says of the score. */
  readonly judgement: readonly string[];
}

const groupWords: Readonly<Record<Trained["group"], string>> = {
  top: "best by score",
  random: "random choice",
  plain: "plain ReLU",
};

/** A training study as one HTML page that needs no network: what it says of the score, table, curves. */
export function renderTrainPage(study: TrainPageStudy): string {
  const { version, command, about, score, classes, verdict, judgement } = study;
  const document = figureDocument();
  const unit = classes ? { name: "test accuracy, %", factor: 100 } : { name: "test R²", factor: 1 };
  const groups = (["top", "random", "plain"] as const).filter((group) =>
    verdict.networks.some((item) => item.group === group),
  );
  const entries = groups.map((group): LegendEntry => ({ sign: dotSign(groupColors[group]), words: groupWords[group] }));
  const curves = verdict.networks.map((item) => curveOf(study.records, item));
  return page({
    title: "Training · eigennas",
    top: "networks trained under one budget",
    version,
    main: html`<section id="training">
      <h1>Was the score right?</h1>
      <p class="lead">${about}</p>
      ${judgement.map((line) => html`<p>${line}</p>`)}
      ${figure(
        "contest",
        score === undefined
          ? null
          : contestFigure(verdict.networks, score.better === "lower" ? `−${score.label}` : score.label, unit, document),
        entries,
        html`<b>${unit.name} against the score.</b> Means over seeds ± standard error.`,
      )}
      ${table(study, unit)}
      ${figure(
        "losses",
        lossFigure(curves, document),
        [
          ...groups.map((group): LegendEntry => ({ sign: lineSign(groupColors[group]), words: groupWords[group] })),
          ...(curves.some(({ validation }) => validation.length > 0)
            ? [{ sign: lineSign("var(--muted)", "4 4"), words: "validation" }]
            : []),
        ],
        html`<b>Loss, epoch by epoch.</b> Means over seeds; training losses are those of the batches while they were
          trained on.`,
      )}
      <p class="note"><code>${command}</code></p>
    </section>`,
  });
}

function curveOf(records: readonly TrainingRecord[], { name, group }: Trained): TrainingCurve {
  const histories = records.filter(({ network }) => network === name).map(({ history }) => history);
  const epochs = Math.max(0, ...histories.map((history) => history.length));
  const mean = (pick: (epoch: TrainingRecord["history"][number]) => number | null | undefined): number[] =>
    Array.from({ length: epochs }, (_, k) => {
      const values = histories.flatMap((history) => {
        const value = history.length > k ? pick(history[k]) : undefined;
        return value === undefined || value === null ? [] : [value];
      });
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
  const validated = histories.some((history) => history.some(({ validation }) => validation !== undefined));
  return {
    network: name,
    group,
    train: mean(({ train }) => train.loss),
    validation: validated ? mean(({ validation }) => validation?.loss) : [],
  };
}

function figure(id: string, drawn: Figure | null, entries: readonly LegendEntry[], caption: Markup): Markup | null {
  if (drawn === null) return null;
  return html`<figure id="figure-${id}" style="margin-top: 20px">
    ${entries.length > 0 ? legend(entries) : null}
    <div class="scroll wide">${trusted(drawn.element.outerHTML)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

const table = (
  { verdict, score, classes }: TrainPageStudy,
  unit: { readonly name: string; readonly factor: number },
): Markup =>
  html`<div class="table" tabindex="0" role="region" aria-label="Networks and their test figures">
    <table>
      <thead>
        <tr>
          <th scope="col" class="genotype-cell">network</th>
          ${
            score === undefined
              ? null
              : html`<th scope="col">chosen as</th>
                  <th scope="col">${score.label}</th>`
          }
          <th scope="col">${unit.name}</th>
          <th scope="col" title="of the mean over seeds">standard error</th>
          <th scope="col">each seed</th>
        </tr>
      </thead>
      <tbody>
        ${verdict.networks.map(
          (item) =>
            html`<tr>
              <th scope="row" class="genotype-cell">${genotype(item.name)}</th>
              ${
                score === undefined
                  ? null
                  : html`<td>${groupWords[item.group]}</td>
                      <td>${number(score.better === "lower" ? -item.score : item.score)}</td>`
              }
              <td>${number(unit.factor * item.mean, 4)}</td>
              <td>${number(unit.factor * item.standardError, 2)}</td>
              <td>${item.figures.map((value) => formatNumber(unit.factor * value, classes ? 4 : 3)).join(", ")}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
