import type { Run } from "../../store/types.js";
import { type Markup, html } from "../markup.js";
import { formatCount, formatSeconds, number } from "../numbers.js";

type Field = readonly [name: string, value: Markup | string | number];

const yesNo = (value: boolean): string => (value ? "yes" : "no");

const limit = (value: number | null, unit: string): string =>
  value === null ? "none" : `${formatCount(value)} ${unit}`;

/** Everything needed to repeat the run and to trust it: every field of its protocol. */
export function protocolSection(run: Run): Markup {
  const { protocol } = run;
  const { batch, model, space, strategy, score } = protocol;
  const depths = space.depths.map((spec) => spec.depth);
  const skips = space.depths.map((spec) => spec.maxSkips);
  return html`<section id="protocol">
    <h2>Protocol</h2>
    <p class="lead">Everything needed to repeat this run.</p>
    <div class="cards">
      ${card("Run", [
        ["id", run.id],
        ["status", run.status],
        ["begun", run.createdAt],
        ["took", formatSeconds(run.seconds)],
        ["eigennas", protocol.version],
        ["threads", protocol.threads],
        ["seed", protocol.seed],
      ])}
      ${card("Search", [
        ["strategy", strategy.name],
        ["budget", limit(strategy.budget, "evaluations")],
        ["time limit", limit(strategy.seconds, "s")],
        ["top", strategy.top],
        ["score", `${score.name}, ${score.better} is better`],
        ["uses labels", yesNo(score.usesLabels)],
        ["evaluated", formatCount(run.evaluated)],
        ["skipped by bound", formatCount(run.skippedByBound)],
        ["exact top-k", yesNo(run.exactTopK)],
      ])}
      ${card("Space", [
        ["id", space.id],
        ["what", space.description],
        ["size", formatCount(space.size)],
        ["depth L", range(depths)],
        ["skips at most", range(skips)],
        ["activations", activationsOf(run).join(", ")],
      ])}
      ${card("Model", [
        ["parameterisation", protocol.parameterisation.toUpperCase()],
        ["initialisation", protocol.initialisation],
        ["first layer c₁", number(model.c1)],
        ["hidden layers c", number(model.c)],
        ["output cₒ", number(model.co)],
        ["branch scale τ", typeof model.tau === "number" ? number(model.tau) : model.tau],
        ["cross terms", model.crossTerms ? "kept" : "dropped (paper-style)"],
        ["batch norm", protocol.batchNorm],
        ["output", protocol.output],
      ])}
      ${card("Numerics", [
        ["kernel", protocol.engine],
        ["eigenvalues", protocol.solver],
        ["precision", protocol.precision],
      ])}
      ${finiteCard(run)}
      ${card("Batch", [
        ["data", batch.dataSpec],
        ["inputs", `${formatCount(batch.samples)} of ${formatCount(batch.rowsInData)} rows`],
        ["class-balanced", yesNo(batch.classBalanced)],
        ["seed", batch.seed],
        ["normalisation", batch.normalize],
        ["norms", html`${number(batch.norms[0])} to ${number(batch.norms[1])}`],
        ["duplicates removed", formatCount(batch.duplicatesRemoved)],
        ["zero rows removed", formatCount(batch.zeroRowsRemoved)],
        ["antipodal pairs", formatCount(batch.antipodalPairs)],
        [
          "nearest pair",
          batch.nearestPair === undefined
            ? "–"
            : html`rows ${batch.nearestPair.rows[0]} and ${batch.nearestPair.rows[1]}, correlation
              ${number(batch.nearestPair.correlation, 6)}`,
        ],
      ])}
      ${card(
        "To the letter",
        [
          ["command", html`<code>${protocol.command}</code>`],
          ["data SHA-256", html`<code>${batch.dataHash}</code>`],
          ["batch SHA-256", html`<code>${batch.batchHash}</code>`],
          ["notes", batch.notes.length === 0 ? "none" : html`${batch.notes.map((note) => html`<div>${note}</div>`)}`],
        ],
        "wide",
      )}
    </div>
  </section>`;
}

/** How the networks of finite width were drawn, and which kernels computed them in which numbers; null for a run without. */
function finiteCard(run: Run): Markup | null {
  const finite = run.artifacts?.finite ?? [];
  if (finite.length === 0) return null;
  const [{ width, draws, options }] = finite;
  const { seed, init, params, parameterisation, output, outputs } = options;
  const each = (of: (score: (typeof finite)[number]) => string): string => [...new Set(finite.map(of))].join(", ");
  const notes = [...new Set(finite.flatMap((score) => score.notes))];
  return card("Finite width", [
    ["width", formatCount(width)],
    ["draws of the weights", draws],
    ["seed", seed],
    ["initialisation", init],
    ["parameterisation", parameterisation.toUpperCase()],
    ["parameters", params],
    ["output", outputs === 1 ? output : `${output} of ${formatCount(outputs)}`],
    ["engine", each((score) => score.engine)],
    ["precision", each((score) => precisions[score.precision])],
    ...notes.map((note): Field => ["note", note]),
  ]);
}

const precisions = {
  float32: "float32; sums, kernels and eigenvalues float64",
  float64: "float64",
} as const;

const card = (title: string, fields: readonly Field[], kind = ""): Markup =>
  html`<div class="card ${kind}">
    <h3>${title}</h3>
    <dl>
      ${fields.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </div>`;

function range(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  return least === most ? String(least) : `${least} to ${most}`;
}

function activationsOf(run: Run): string[] {
  return [
    ...new Set(run.protocol.space.depths.flatMap((spec) => spec.choices.flat().map((choice) => choice.activation))),
  ];
}
