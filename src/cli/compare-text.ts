import type { Batch, BatchReport } from "../data/index.js";
import type { BatchNormMode } from "../kernels/finite/reference.js";
import type { Initialisation } from "../kernels/finite/parameters.js";
import { comparisonScore, type Comparison } from "../score/compare.js";
import { meanText } from "./finite-text.js";
import { batchText } from "./model-text.js";
import { counted, grouped } from "./numbers.js";
import { sizeText, type OnnxNetworks } from "./onnx-networks.js";
import { normWords } from "./onnx-options.js";
import { fields, wrapped } from "./table.js";

/** Two networks and which has the larger score. */
interface Compared {
  readonly a: OnnxNetworks["networks"][number];
  readonly b: OnnxNetworks["networks"][number];
  readonly found: Comparison;
  readonly init: Initialisation;
  readonly bn: BatchNormMode;
  readonly batch: Batch;
  /** Rows that the data has. */
  readonly rows: number;
}

/** Probability that the one with the larger mean score has it. */
const chanceOf = ({ probability }: Comparison): number => Math.max(probability, 1 - probability);

/** What was found as plain data. */
export function comparisonJson(
  [a, b]: readonly string[],
  found: Comparison,
  settings: {
    readonly bn: BatchNormMode;
    readonly init: Initialisation;
    readonly seed: number;
    readonly batch: BatchReport;
  },
) {
  const { probability, decided, difference } = found;
  const { name, meaning, evidence } = comparisonScore(found.score);
  return {
    files: [a, b],
    train: probability === 0.5 ? null : probability > 0.5 ? a : b,
    probability: chanceOf(found),
    decided,
    score: { name, meaning, evidence },
    ...settings,
    a: found.a,
    b: found.b,
    difference,
  };
}

/** The card of both networks, which to train, what the probability is of, and what it is not. */
export function comparisonText(compared: Compared, width: number): string {
  const { a, b, found, init, bn, batch } = compared;
  const { label, name, meaning } = comparisonScore(found.score);
  const normed = [a, b].some(({ graph }) => graph.nodes.some(({ op }) => op === "norm"));
  return [
    fields([
      ["data", batchText(batch)],
      ["score", `${label} (${name})`],
      ["draws", `${found.a.values.length} of each by ${init}`],
      ...(normed ? [["batch norms", `${bn}: ${normWords[bn]}`] as const] : []),
      ["A", `${a.path}, ${sizeText(a)}`],
      [`${label} of A`, meanText(found.a)],
      ["B", `${b.path}, ${sizeText(b)}`],
      [`${label} of B`, meanText(found.b)],
      ["A less B", meanText(found.difference)],
    ]),
    "\n",
    ...[verdictText(compared), `The score: ${meaning}.`, reachText(compared)].map((line) => wrapped(line, width)),
    ...[...a.notes, ...b.notes].map((note) => wrapped(`note: ${note}`, width)),
  ].join("");
}

function verdictText({ a, b, found }: Compared): string {
  const used = found.a.values.length;
  const { label } = comparisonScore(found.score);
  const better = found.difference.mean > 0 ? a : b;
  if (found.difference.mean === 0) return "Neither: the draws do not tell them apart.";
  if (used < 3)
    return `${better.path} has the larger ${label} here; ${counted(used, "draw")} cannot say how sure that is.`;
  const chance = chanceOf(found);
  return `Train ${better.path}: its mean ${label} is the larger one with probability ${chance > 0.9995 ? "> 0.999" : chance.toFixed(3)}.`;
}

/** What the probability is of, and what it is not. */
function reachText({ found, batch: { n }, rows }: Compared): string {
  const rowsText = n < rows ? ` and of ${grouped(n)} of ${grouped(rows)} rows` : `, on all ${grouped(n)} rows`;
  return `The probability is over draws of the weights${rowsText}. It is not that of the better network after training: ${comparisonScore(found.score).evidence}; of other networks and data that is not known.`;
}
