import { parameterRule } from "../../explain/simple-rules.js";
import type { MetricInfo } from "../../score/types.js";
import type { Run } from "../../store/types.js";
import { type Markup, genotype, html, lambdaMin, lambdaMinNormalized } from "../markup.js";
import { scoreLabel } from "../metrics.js";
import { formatCount, number } from "../numbers.js";
import type { Best } from "../ranking.js";

/** What a choice without a search would have given: plain ReLU networks, chance, the most parameters. */
export function simpleRules(run: Run, best: Best | null, metrics: readonly MetricInfo[]): Markup | null {
  const { artifacts, protocol } = run;
  if (artifacts === null || best === null) return null;
  const { score } = protocol;
  const shown =
    score.name === "lambda_min" || score.name === "lambda_min_normalized" ? null : scoreLabel(score.name, metrics);
  const own = artifacts.top.at(0)?.metrics[score.name] ?? null;
  const relu = artifacts.baselines.filter(({ activation }) => activation === "relu");
  const seen = new Set<string>();
  const plain = relu
    .filter(({ genotype: text }) => !seen.has(text) && seen.add(text))
    .map((point) =>
      line(
        html`${genotype(point.genotype)}`,
        [point.depth, point.lambdaMin, point.lambdaMinNormalized],
        shown,
        point.score,
      ),
    );
  const random = artifacts.randomChoice;
  const names = ["least", "lower quartile", "median", "upper quartile", "largest"];
  const chance =
    random === null
      ? []
      : [
          ...(random.mean === undefined
            ? []
            : [line("random choice, mean", [null, random.mean.lambdaMin, null], shown, random.mean.score)]),
          ...names.map((name, i) =>
            line(`random choice, ${name}`, [null, random.lambdaMin[i], null], shown, random.score?.[i]),
          ),
        ];
  if (plain.length === 0 && chance.length === 0) return null;
  return html`<details class="data" open>
    <summary>
      Plain ReLU at each depth, and a random choice${random === null ? null : html` of ${formatCount(random.count)}`}
    </summary>
    <div class="table" tabindex="0" role="region" aria-label="What needs no search">
      <table id="simple-rules">
        <thead>
          <tr>
            <th scope="col" class="genotype-cell">what needs no search</th>
            <th scope="col">depth</th>
            <th scope="col">${lambdaMin}</th>
            <th scope="col">${lambdaMinNormalized}</th>
            ${shown === null ? null : html`<th scope="col">${shown}</th>`}
          </tr>
        </thead>
        <tbody>
          ${line("the winner", [best.depth, best.lambdaMin, best.lambdaMinNormalized], shown, own, "first")} ${plain}
          ${chance}
        </tbody>
      </table>
    </div>
    <p class="note">${parameters(run, metrics)}</p>
  </details>`;
}

function line(
  name: Markup | string,
  values: readonly (number | null)[],
  shown: Markup | null,
  score: number | null | undefined,
  kind = "",
): Markup {
  return html`<tr class="${kind}">
    <th scope="row" class="genotype-cell">${name}</th>
    ${values.map((value) => html`<td>${number(value)}</td>`)} ${shown === null ? null : html`<td>${number(score)}</td>`}
  </tr>`;
}

/** The number of parameters as a score, in words. */
function parameters({ rows, protocol }: Run, metrics: readonly MetricInfo[]): Markup | null {
  const { name, better } = protocol.score;
  const rule = parameterRule(rows, better);
  if (rule === null) return null;
  if (rule.tau === null)
    return html`Parameters as a score tell nothing here: all networks of depth ${rule.depth} have the same number of
    them.`;
  return html`Parameters as a score: Kendall's τ with ${scoreLabel(name, metrics)} is ${number(rule.tau, 3)} over the
  evaluated architectures; the largest, of depth ${rule.depth}, have the mean ${number(rule.mean)}
  (${formatCount(rule.count)} of them). All networks of one depth have the same number, so the rule is a random choice
  among the deepest.`;
}
