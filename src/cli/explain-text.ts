import { whyOf, type Effect, type Effects, type Explanation } from "../explain/index.js";
import { metrics } from "../score/metrics.js";
import { digitsFor } from "../report/numbers.js";
import { counted, grouped, shown } from "./numbers.js";
import { textTable, wrapped } from "./table.js";

/** Neighbours that are printed from either end. */
const mostNeighbours = 24;

const labelOf = (name: string): string => metrics.find((metric) => metric.name === name)?.label ?? name;

/** The sentences of `whyOf` with the numbers and names of a terminal. */
export const whyText = (
  explanation: Explanation,
  effects: Effects | null,
  sample: "all" | "random" | "chosen",
): readonly string[] =>
  whyOf(explanation, effects, {
    number: (value) => shown(value, digitsOf(explanation, effects)),
    score: labelOf(explanation.score.name),
    lambdaMin: "λmin",
    sample,
  });

/** Digits that tell neighbours and means apart, four at least. */
function digitsOf({ neighbours, score }: Explanation, effects: Effects | null): number {
  const scores = [score.value, ...neighbours.map((item) => item.score)].flatMap((value) => value ?? []);
  const means =
    effects === null ? [] : effects.layers.flatMap(({ activations }) => activations.map(({ mean }) => mean));
  return Math.max(digitsFor(scores, 4), digitsFor(means, 4));
}

/** An explanation for a terminal: sentences, terms by layer, inputs, changes, effects. */
export function explanationText(
  explanation: Explanation,
  effects: Effects | null,
  about: {
    readonly why: readonly string[];
    readonly sample: "all" | "random" | "chosen";
    readonly run: string | undefined;
    readonly width: number;
  },
): string {
  const { genotype, score, lambdaMin } = explanation;
  const label = labelOf(score.name);
  const own = score.name === "lambda_min" ? "" : `, ${label} ${shown(score.value)}`;
  return [
    `${genotype}: λmin ${shown(lambdaMin)}${own}${about.run === undefined ? "" : ` (run ${about.run})`}\n\n`,
    ...about.why.map((sentence) => wrapped(sentence, about.width)),
    termsText(explanation),
    inputsText(explanation, about.width),
    neighboursText(explanation, label),
    effects === null ? "" : effectsText(effects, label, about),
  ].join("");
}

const percent = (share: number | null): string => (share === null ? "-" : `${(100 * share).toFixed(1)} %`);

function termsText({ terms }: Explanation): string {
  const table = textTable(
    [
      { title: "  weights of", align: "left" },
      { title: "skip", align: "left" },
      { title: "v'Θv" },
      { title: "of λmin" },
      { title: "of the trace" },
    ],
    terms.map(({ layer, activation, skip, value, share, traceShare }) => [
      layer === null ? "  output" : `  layer ${layer}, ${activation ?? ""}`,
      skip ? "yes" : "no",
      shown(value),
      percent(share),
      percent(traceShare),
    ]),
  );
  return `\nWhat carries λmin: the terms of Θ by layer, for the least eigenvector v\n${table}`;
}

function inputsText({ inputs }: Explanation, width: number): string {
  const { n, participation, entries, pairs } = inputs;
  const withTarget = entries.some(({ target }) => target !== undefined);
  const table = textTable(
    [
      { title: "  row" },
      ...(withTarget ? [{ title: "target", align: "left" } as const] : []),
      { title: "entry" },
      { title: "of v'v" },
    ],
    entries.map(({ row, target, entry }) => [
      `  ${row}`,
      ...(withTarget ? [target ?? ""] : []),
      entry.toFixed(4),
      percent(entry * entry),
    ]),
  );
  const lines = pairs.flatMap(({ inputs: [a, b], correlation, weight, bound, differences = [] }) => [
    wrapped(
      `rows ${a.row} and ${b.row}: correlation ${correlation.toFixed(6)}, ${percent(weight)} of v'v; this pair alone allows λmin ${shown(bound, 4)}` +
        (differences.length === 0
          ? ""
          : `; they differ most in ${differences.map(({ name, values: [x, y] }) => `${name} (${shown(x)} and ${shown(y)})`).join(", ")}`),
      width,
      "  ",
    ),
  ]);
  return (
    `\nWhich inputs nearly coincide: largest entries of v, which is spread over about ${participation.toFixed(1)} of ${counted(n, "input")}\n` +
    table +
    lines.join("")
  );
}

function neighboursText({ neighbours, neighboursLeftOut, score }: Explanation, label: string): string {
  if (neighbours.length === 0) return "";
  const shownOnes =
    neighbours.length <= mostNeighbours
      ? neighbours
      : [...neighbours.slice(0, mostNeighbours / 2), null, ...neighbours.slice(-mostNeighbours / 2)];
  const raw = score.name === "lambda_min";
  const table = textTable(
    [
      { title: "  change", align: "left" },
      { title: label },
      ...(raw ? [] : [{ title: "λmin" }]),
      { title: "", align: "left" },
      { title: "genotype", align: "left" },
    ],
    shownOnes.map((item) =>
      item === null
        ? [`  ... ${neighbours.length - mostNeighbours} more`, "", ...(raw ? [] : [""]), "", ""]
        : [
            `  ${item.change}`,
            shown(item.score),
            ...(raw ? [] : [shown(item.lambdaMin)]),
            item.better === null ? "failed" : item.better ? "better" : "",
            item.genotype,
          ],
    ),
  );
  const left = neighboursLeftOut === 0 ? "" : `, ${counted(neighboursLeftOut, "other")} not scored`;
  return `\nWhat one change does: ${counted(neighbours.length, "neighbour")}, best first${left} (now ${shown(score.value)})\n${table}`;
}

const sampleNotes = {
  all: "the whole space was evaluated",
  random: "a random sample of the space",
  chosen:
    "not a random sample: the search looked where scores are good, so means are above those of the space and intervals too narrow",
} as const;

function effectsText(
  effects: Effects,
  label: string,
  { sample, width }: { readonly sample: keyof typeof sampleNotes; readonly width: number },
): string {
  const cells = ({ count, mean, interval }: Effect): string[] => [
    grouped(count),
    shown(mean, 4),
    interval === null ? "-" : `${shown(interval[0], 4)} to ${shown(interval[1], 4)}`,
  ];
  const rows = [
    ...effects.layers.flatMap(({ layer, activations }) =>
      activations.map((item) => [`  layer ${layer}: ${item.activation}`, ...cells(item)]),
    ),
    ...effects.layers.flatMap(({ layer, skips }) =>
      skips.length < 2
        ? []
        : skips.map((item) => [`  layer ${layer}: ${item.skip ? "skip" : "no skip"}`, ...cells(item)]),
    ),
    ...effects.skipCounts.map((item) => [`  ${counted(item.skips, "skip")}`, ...cells(item)]),
    ...(effects.depths.length < 2 ? [] : effects.depths.map((item) => [`  depth ${item.depth}`, ...cells(item)])),
  ];
  const table = textTable(
    [
      { title: "  choice", align: "left" },
      { title: "networks" },
      { title: effects.scale === "log" ? "geometric mean" : "mean" },
      { title: "95 % interval" },
    ],
    rows,
  );
  const heading = `Effect of each choice on ${label}, over ${grouped(effects.count)} evaluated (${sampleNotes[sample]})`;
  return `\n${wrapped(heading, width)}${table}`;
}
