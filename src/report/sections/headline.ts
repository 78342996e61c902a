import type { MetricInfo } from "../../score/types.js";
import type { Run } from "../../store/types.js";
import type { Figure } from "../figures/draw.js";
import { type Markup, genotype, html, lambdaMin, lambdaMinNormalized, trusted } from "../markup.js";
import { formatCount, formatNumber, formatSeconds, formatTime, number } from "../numbers.js";
import { scoreLabel } from "../metrics.js";
import { type Best, plainAt } from "../ranking.js";

/** The first screen: the winner, its numbers, what was searched and what may be claimed of it. */
export function headlineSection(
  run: Run,
  best: Best | null,
  network: Figure | null,
  metrics: readonly MetricInfo[],
): Markup {
  const { protocol } = run;
  return html`<section id="headline" class="hero${network === null ? " alone" : ""}">
    <div>
      <p class="eyebrow">
        ${best === null ? "No network was scored" : html`Best network by ${scoreLabel(protocol.score.name, metrics)}`}
      </p>
      <h1${best !== null && best.genotype.length > 60 ? html` class="long"` : null}>${best === null ? "No result" : genotype(best.genotype)}</h1>
      <div>${claim(run, best)}${status(run)}</div>
      ${best === null ? nothing(run) : tiles(run, best, metrics)}
      <p>${searched(run, metrics)}</p>
      ${best === null ? null : (scoreAdvantage(run, best, metrics) ?? advantage(run, best))}
    </div>
    ${
      network === null
        ? null
        : html`<figure id="network">
            <div class="scroll">${trusted(network.element.outerHTML)}</div>
            <figcaption>
              The winner. Hidden layers with their activation; orange arcs are skips, added to the layer's output.
              <b>Variance</b>: of the layer's preactivations. <b>Share</b>: the layer's part of the kernel's diagonal.
            </figcaption>
          </figure>`
    }
  </section>`;
}

function claim(run: Run, best: Best | null): Markup | null {
  if (best === null) return null;
  const { top } = run.protocol.strategy;
  return run.exactTopK
    ? html`<span class="badge good">Exact top-${top} of the whole space</span>`
    : html`<span class="badge">Best of what was looked at, not proved best of the space</span>`;
}

const statusWords = {
  complete: null,
  running: "Still running, or ended without a word",
  interrupted: "Interrupted before its end",
  failed: "Failed before its end",
} as const;

function status(run: Run): Markup | null {
  const words = statusWords[run.status];
  return words === null ? null : html`<span class="badge warn">${words}</span>`;
}

function nothing(run: Run): Markup {
  const failures = run.rows.flatMap((row) => row.failure ?? []);
  return failures.length === 0
    ? html`<p>The run holds no scored architecture yet.</p>`
    : html`<p>All ${formatCount(failures.length)} evaluations failed. The first reason: ${failures[0]}</p>`;
}

function tiles(run: Run, best: Best, metrics: readonly MetricInfo[]): Markup {
  const { size } = run.protocol.space;
  const { score } = run.protocol;
  const own = score.name === "lambda_min" ? null : (run.artifacts?.top.at(0)?.metrics[score.name] ?? null);
  return html`<dl class="tiles">
    ${
      own === null
        ? null
        : html`<div class="main">
            <dt>${scoreLabel(score.name, metrics)}</dt>
            <dd>${number(own)}<small>the score of this search, ${score.better} is better</small></dd>
          </div>`
    }
    <div${own === null ? html` class="main"` : null}>
      <dt>${lambdaMin}</dt>
      <dd>
        ${number(best.lambdaMin)}<small
          >between ${number(best.LB, 3)} (LB) and ${number(best.UBpair, 3)} (UBpair)</small
        >
      </dd>
    </div>
    <div>
      <dt>${lambdaMinNormalized}</dt>
      <dd>${number(best.lambdaMinNormalized)}<small>the output's scale divided out</small></dd>
    </div>
    <div>
      <dt>Space</dt>
      <dd>
        ${formatCount(size)}<small
          >${formatCount(run.evaluated)} solved, ${formatCount(run.skippedByBound)} skipped by bound</small
        >
      </dd>
    </div>
    <div>
      <dt>Time</dt>
      <dd>
        ${formatSeconds(run.seconds)}<small
          >${formatCount(run.protocol.threads)} ${run.protocol.threads === 1 ? "thread" : "threads"}</small
        >
      </dd>
    </div>
    ${validated(run)}
  </dl>`;
}

/** What kernel regression with the winner is worth on rows that it has not seen. */
function validated({ artifacts, protocol }: Run): Markup | null {
  const validation = artifacts?.crossValidation;
  if (validation === undefined) return null;
  const { measure, value, interval, folds, rows, candidates } = validation;
  return html`<div id="cross-validation">
    <dt>Cross-validated ${measure === "R2" ? html`<i>R</i><sup>2</sup>` : measure}</dt>
    <dd>
      ${number(value, 3)}<small
        >95 %: ${number(interval[0], 3)} to ${number(interval[1], 3)}. Kernel regression in ${folds} folds of
        ${formatCount(rows)} rows; each fold chose among the best ${candidates} by
        ${protocol.score.name.replaceAll("_", " ")} on its own rows. The search before that saw all rows, so the figure
        is a little optimistic.</small
      >
    </dd>
  </div>`;
}

function searched(run: Run, metrics: readonly MetricInfo[]): Markup {
  const { space, batch, strategy, score } = run.protocol;
  const skipped =
    run.skippedByBound === 0
      ? ""
      : ` ${formatCount(run.skippedByBound)} more were skipped because an upper bound of their score lies below the ${strategy.top}-th best: proved not to be among the best.`;
  return html`Searched: ${space.description} (${formatCount(space.size)} architectures), strategy ${strategy.name}, on
  ${formatCount(batch.samples)} inputs of ${batch.dataSpec}. The eigenproblem was solved for
  ${formatCount(run.evaluated)} ${run.evaluated === 1 ? "architecture" : "architectures"}.${skipped} Score:
  ${scoreLabel(score.name, metrics)}, ${score.better} is better, ${score.usesLabels ? "uses labels" : "no labels used"}.
  ${formatTime(run.createdAt)}.`;
}

/** The winner beside plain networks and chance in the search's own score; null for lambda_min and for older runs. */
function scoreAdvantage(run: Run, best: Best, metrics: readonly MetricInfo[]): Markup | null {
  const { name, better } = run.protocol.score;
  const own = run.artifacts?.top.at(0)?.metrics[name] ?? null;
  if (name === "lambda_min" || own === null) return null;
  const sign = better === "higher" ? 1 : -1;
  const plain = plainAt(run.artifacts?.baselines ?? [], best.depth)
    .flatMap(({ score, genotype: text, depth }) => (score === undefined ? [] : [{ score, text, depth }]))
    .sort((a, b) => sign * (b.score - a.score))
    .at(0);
  const chance = run.artifacts?.randomChoice?.score;
  if (plain === undefined && chance === undefined) return null;
  return html`<p>
    Its ${scoreLabel(name, metrics)} is <b>${number(own)}</b>${
      plain === undefined
        ? null
        : plain.text === best.genotype
          ? html`, that of the best plain network`
          : html`; the best plain network of depth ${plain.depth} (${genotype(plain.text)}) has
              <b>${number(plain.score)}</b>`
    }${chance === undefined ? null : html`, and a random choice in the median <b>${number(chance[2])}</b>`}.
  </p>`;
}

/** How far the winner is ahead of plain networks and of chance, in lambda_min. */
function advantage(run: Run, best: Best): Markup | null {
  const { artifacts } = run;
  if (artifacts === null || best.lambdaMin === null || !(best.lambdaMin > 0)) return null;
  const plain = plainAt(artifacts.baselines, best.depth)
    .sort((a, b) => b.lambdaMin - a.lambdaMin)
    .at(0);
  const median = artifacts.randomChoice?.lambdaMin[2] ?? 0;
  const parts = [];
  if (plain?.genotype === best.genotype) parts.push(html`that of the best plain network`);
  else if (plain !== undefined && plain.lambdaMin > 0) {
    parts.push(
      html`<b>${ratio(best.lambdaMin / plain.lambdaMin)}</b> that of the best plain network of depth ${plain.depth}
        (${genotype(plain.genotype)})`,
    );
  }
  if (median > 0) parts.push(html`<b>${ratio(best.lambdaMin / median)}</b> the median of a random choice`);
  if (parts.length === 0) return null;
  return html`<p>Its ${lambdaMin} is ${parts[0]}${parts.length > 1 ? html`, and ${parts[1]}` : null}.</p>`;
}

const ratio = (value: number): string => `${value < 10 ? value.toFixed(2) : formatNumber(value, 3)} ×`;
