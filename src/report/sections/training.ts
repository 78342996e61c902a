import type { Choice, ChoiceNetwork, Run, TrainingStudy } from "../../store/types.js";
import type { TrainingRecord } from "../../store/trainings.js";
import type { Trained } from "../../train/contest.js";
import { contestFigure, groupColors, lossFigure, type TrainingCurve } from "../figures/training.js";
import type { Figure, FigureDocument } from "../figures/draw.js";
import { type Markup, genotype, html, trusted } from "../markup.js";
import { digitsFor, formatNumber, number } from "../numbers.js";
import { dotSign, legend, lineSign, type LegendEntry } from "./legend.js";

const groupWords: Readonly<Record<Trained["group"], string>> = {
  top: "best by score",
  random: "random choice",
  plain: "plain ReLU",
};

/** Shares in percent, R² as it is. */
const unitOf = (classes: boolean) => (classes ? { name: "accuracy, %", factor: 100 } : { name: "R²", factor: 1 });

/** What training told of a run: which of the best it chose, and whether the score was right; null when nothing was trained. */
export function trainedSection({ artifacts }: Run, document: FigureDocument): Markup | null {
  const { choice, training } = artifacts ?? {};
  if (choice === undefined && training === undefined) return null;
  return html`<section id="trained">
    <h2>Trained</h2>
    ${choice === undefined ? null : choicePart(choice)}
    ${
      training === undefined
        ? null
        : html`<h3>Was the score right?</h3>
            ${studyParts(training, document)}`
    }
  </section>`;
}

function choicePart({ networks, recipe, figure, chosen, changed }: Choice): Markup {
  const unit = unitOf(figure === "accuracy");
  const first = networks.find(({ place }) => place === 1);
  const value = (item: ChoiceNetwork | undefined): Markup => number(item && unit.factor * item.mean, 4);
  return html`<h3>Chosen by a short training</h3>
    <p class="lead">
      ${
        changed
          ? html`Training prefers ${genotype(chosen)}, number ${networks[0].place} by score, to the first by score:
            ${value(networks[0])} against ${value(first)} (${unit.name}, rows held out).`
          : html`Training keeps the choice of the score, ${genotype(chosen)}.`
      }
    </p>
    <div class="table" tabindex="0" role="region" aria-label="The best by score, ordered by training">
      <table>
        <thead>
          <tr>
            <th scope="col" class="genotype-cell">network</th>
            <th scope="col">place by score</th>
            <th scope="col">held-out ${unit.name}</th>
            <th scope="col" title="of the mean over seeds">standard error</th>
          </tr>
        </thead>
        <tbody>
          ${networks.map(
            (item) =>
              html`<tr>
                <th scope="row" class="genotype-cell">${genotype(item.genotype)}</th>
                <td>${item.place}</td>
                <td>${value(item)}</td>
                <td>${number(unit.factor * item.standardError, 2)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="note">${recipe}.</p>`;
}

/** A study of training: what was trained, what it says of the score, figures, table, command. */
export function studyParts(study: TrainingStudy, document: FigureDocument): Markup {
  const { command, about, score, classes, verdict, judgement } = study;
  const { name, factor } = unitOf(classes);
  const unit = { name: `test ${name}`, factor };
  const groups = (["top", "random", "plain"] as const).filter((group) =>
    verdict.networks.some((item) => item.group === group),
  );
  const entries = groups.map((group): LegendEntry => ({ sign: dotSign(groupColors[group]), words: groupWords[group] }));
  const curves = verdict.networks.map((item) => curveOf(study.records, item));
  return html`<p class="lead">${about}</p>
    ${judgement.map((line) => html`<p>${line}</p>`)}
    ${figure(
      "contest",
      score === undefined
        ? null
        : contestFigure(verdict.networks, score.better === "lower" ? `−${score.label}` : score.label, unit, document),
      entries,
      html`<b>Test ${name} against the score.</b> Means over seeds ± standard error.`,
    )}
    ${table(study, unit)} ${failures(study.records)}
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
    <p class="note"><code>${command}</code></p>`;
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

/** Why networks have no figure: the first failures. */
function failures(records: readonly TrainingRecord[]): Markup | null {
  const failed = records.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return null;
  return html`<ul class="warnings">
    ${failed.slice(0, 3).map(({ network, seed, failure }) => html`<li>${genotype(network)}, seed ${seed}: ${failure}</li>`)}
    ${failed.length > 3 ? html`<li>${failed.length - 3} more failed.</li>` : null}
  </ul>`;
}

function table(
  { verdict, score, classes }: TrainingStudy,
  unit: { readonly name: string; readonly factor: number },
): Markup {
  const digits = digitsFor(
    verdict.networks.map((item) => item.score),
    4,
  );
  return html`<div class="table" tabindex="0" role="region" aria-label="Networks and their test figures">
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
                      <td>${number(score.better === "lower" ? -item.score : item.score, digits)}</td>`
              }
              <td>${number(unit.factor * item.mean, 4)}</td>
              <td>${number(unit.factor * item.standardError, 2)}</td>
              <td>${item.figures.map((value) => formatNumber(unit.factor * value, classes ? 4 : 3)).join(", ")}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
