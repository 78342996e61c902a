import type { MetricInfo, ScoredArchitecture } from "../../score/types.js";
import type { Run, RunRow } from "../../store/types.js";
import { type Markup, genotype, html, lambdaMin, lambdaMinNormalized } from "../markup.js";
import { type MetricColumn, arrow, metricColumns, scoreLabel } from "../metrics.js";
import { formatCount, number } from "../numbers.js";
import { rankedRows } from "../ranking.js";

/** How many rows of a run without artifacts are listed. */
const listed = 20;

/** The best networks with raw and normalised lambda_min side by side, bounds and every metric. */
export function rankingSection(run: Run, metrics: readonly MetricInfo[]): Markup {
  const top = run.artifacts?.top ?? [];
  return html`<section id="ranking">
    <h2>Ranking</h2>
    ${top.length > 0 ? scoredTable(run, top, metrics) : plainTable(run, metrics)}${failures(run)}
  </section>`;
}

function scoredTable(run: Run, top: readonly ScoredArchitecture[], metrics: readonly MetricInfo[]): Markup {
  const sorted = run.protocol.score.name;
  const present = top.flatMap((item) => Object.keys(item.metrics));
  const known = metricColumns(present, metrics).filter((column) =>
    top.some((item) => (item.metrics[column.name] ?? null) !== null),
  );
  // The score that ranks stands first, where no wide table hides it.
  const first = known.filter(({ name }) => name === sorted);
  const columns = known.filter(({ name }) => name !== sorted);
  const warnings = top.flatMap((item, i) =>
    item.warnings.map((text) => html`<li>#${i + 1} ${genotype(item.genotype)}: ${text}</li>`),
  );
  const uncertified = top.filter((item) => !item.solver.certified).length;
  return html`<p class="lead">
      The best ${top.length === 1 ? "" : formatCount(top.length)} by ${scoreLabel(sorted, metrics)}. Arrows point to the
      better side; numbers are rounded, hover for all digits.
    </p>
    <div class="table" tabindex="0" role="region" aria-label="Ranking table">
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col" class="genotype-cell">genotype</th>
            ${first.map(heading)}
            <th scope="col">depth</th>
            <th scope="col">${lambdaMin} ↑</th>
            <th scope="col">${lambdaMinNormalized} ↑</th>
            <th scope="col" title="Lower bound of the smallest eigenvalue">LB</th>
            <th scope="col" title="Upper bound of the smallest eigenvalue">UBpair</th>
            <th scope="col" title="Sum of the eigenvalues; it grows with the scale of the output">trace</th>
            ${columns.map(heading)}
          </tr>
        </thead>
        <tbody>
          ${top.map((item, i) => scoredRow(item, i, first, columns, sorted))}
        </tbody>
      </table>
    </div>
    <p class="note">
      ${uncertified === 0 ? "Every smallest eigenvalue here is certified: no eigenvalue lies below it, by an inertia count." : `${uncertified} of these smallest eigenvalues could not be certified by an inertia count.`}
      Largest residual ‖Kv − λv‖: ${number(Math.max(...top.map((item) => item.solver.residual)), 2)}.
    </p>
    ${
      warnings.length === 0
        ? null
        : html`<ul class="warnings">
            ${warnings}
          </ul>`
    }`;
}

const heading = (column: MetricColumn): Markup =>
  html`<th scope="col" title="${column.description ?? column.name}">
    ${column.label}${arrow(column)}${column.usesLabels === true ? html`<span class="labels">uses labels</span>` : null}
  </th>`;

function scoredRow(
  item: ScoredArchitecture,
  i: number,
  first: readonly MetricColumn[],
  columns: readonly MetricColumn[],
  sorted: string,
): Markup {
  const cell = (name: string, value: number | null | undefined): Markup =>
    html`<td${name === sorted ? html` class="sorted"` : null}>${number(value)}</td>`;
  return html`<tr${i === 0 ? html` class="first"` : null}>
    <td class="rank">${i + 1}</td>
    <th scope="row" class="genotype-cell">${genotype(item.genotype)}</th>
    ${first.map((column) => cell(column.name, item.metrics[column.name]))}
    <td>${item.depth}</td>
    ${cell("lambda_min", item.lambdaMin)} ${cell("lambda_min_normalized", item.lambdaMinNormalized)}
    ${cell("lower_bound", item.bounds.LB)} ${cell("UBpair", item.bounds.UBpair)} ${cell("trace", item.trace)}
    ${columns.map((column) => cell(column.name, item.metrics[column.name]))}
  </tr>`;
}

function plainTable(run: Run, metrics: readonly MetricInfo[]): Markup {
  const rows = rankedRows(run)
    .filter((row) => row.score !== null)
    .slice(0, listed);
  if (rows.length === 0) return html`<p class="lead">There is nothing to rank: no architecture was scored.</p>`;
  const sorted = run.protocol.score.name;
  const known = ["lambda_min", "lambda_min_normalized", "lower_bound"].includes(sorted);
  const cell = (name: string, value: number | null): Markup =>
    html`<td${name === sorted ? html` class="sorted"` : null}>${number(value)}</td>`;
  const line = (row: RunRow, i: number): Markup =>
    html`<tr${i === 0 ? html` class="first"` : null}>
      <td class="rank">${i + 1}</td>
      <th scope="row" class="genotype-cell">${genotype(row.genotype)}</th>
      ${known ? null : cell(sorted, row.score)} ${cell("lambda_min", row.lambdaMin)}
      ${cell("lambda_min_normalized", row.lambdaMinNormalized)} ${cell("lower_bound", row.LB)} ${cell("UBpair", row.UBpair)}
    </tr>`;
  return html`<p class="lead">
      The best ${formatCount(rows.length)} of ${formatCount(run.rows.length)} evaluated by
      ${scoreLabel(sorted, metrics)}. The run ended before its best networks were analysed, so further metrics are
      missing.
    </p>
    <div class="table" tabindex="0" role="region" aria-label="Ranking table">
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col" class="genotype-cell">genotype</th>
            ${known ? null : html`<th scope="col">${scoreLabel(sorted, metrics)}</th>`}
            <th scope="col">${lambdaMin} ↑</th>
            <th scope="col">${lambdaMinNormalized} ↑</th>
            <th scope="col">LB</th>
            <th scope="col">UBpair</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(line)}
        </tbody>
      </table>
    </div>`;
}

function failures(run: Run): Markup | null {
  const failed = run.rows.filter((row) => row.failure !== null);
  if (failed.length === 0) return null;
  return html`<ul class="warnings">
    <li>
      ${formatCount(failed.length)} ${failed.length === 1 ? "architecture" : "architectures"} could not be scored, first
      ${genotype(failed[0].genotype)}: ${failed[0].failure}
    </li>
  </ul>`;
}
