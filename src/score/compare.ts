import type { GraphArchitecture } from "../arch/graph.js";
import type { FiniteBatch, FiniteKernel, FiniteOptions } from "../kernels/finite/ntk.js";
import { estimateOf, probabilityPositive, type Estimate } from "../math/estimate.js";
import { overDraws, type Draws, type FiniteCompute } from "./finite-draws.js";
import { readLayers, weightKernels, type LayerReading } from "./measures/layer-reading.js";
import { solverOf } from "./measures/solver.js";

/** Names of the scores that two networks can be compared by, the default first. */
export const comparisonScoreNames = [
  "ntk_layer_logdet",
  "ntk_layer_lmin",
  "lambda_min_normalized",
  "lambda_min",
] as const;

export type ComparisonScoreName = (typeof comparisonScoreNames)[number];

/** A number read off the kernel of one draw, by which two networks are compared; larger is better. */
export interface ComparisonScore {
  readonly name: ComparisonScoreName;
  readonly label: string;
  /** What it is, in words. */
  readonly meaning: string;
  /** What is known of its worth, in words. */
  readonly evidence: string;
  readonly read: (kernel: FiniteKernel) => number;
}

const layers = ({ parts, size }: FiniteKernel): LayerReading => readLayers(weightKernels(parts), size);

/** lambda_min and the mean eigenvalue of the kernel; of several ones the means. */
function spectrumOf({ kernels, size }: FiniteKernel): { readonly least: number; readonly mean: number } {
  const solver = solverOf(size);
  let [least, mean] = [0, 0];
  for (const kernel of kernels) {
    solver.matrix.set(kernel);
    mean += solver.trace() / size / kernels.length;
    least += solver.least().value / kernels.length;
  }
  return { least, mean };
}

/** Measured by benchmarks/compare.ts. */
const onCells = (percent: number): string =>
  `of 4,949 pairs of NATS-Bench cells, it preferred the one that is better after training in ${percent} % (docs/nats-bench.md)`;

/** By what two networks can be compared: the default is what ranked trained networks best (docs/nats-bench.md). */
const comparisonScores: readonly ComparisonScore[] = [
  {
    name: "ntk_layer_logdet",
    label: "log det by layer",
    meaning: "mean log eigenvalue of the layers' own kernels, each divided by its trace/n: no layer's scale counts",
    evidence: onCells(85),
    read: (kernel) => layers(kernel).logDetMean,
  },
  {
    name: "ntk_layer_lmin",
    label: "λmin by layer",
    meaning:
      "sum over layers of λmin/(trace/n) of the layer's own kernel: no layer's scale counts, more layers have more",
    evidence: onCells(86),
    read: (kernel) => layers(kernel).lambdaMinSum,
  },
  {
    name: "lambda_min_normalized",
    label: "λmin/(tr/n)",
    meaning: "λmin/(trace/n) of the kernel: the scale of the whole does not count, that of its layers does",
    evidence: onCells(77),
    read: (kernel) => {
      const { least, mean } = spectrumOf(kernel);
      return mean > 0 ? least / mean : 0;
    },
  },
  {
    name: "lambda_min",
    label: "λmin",
    meaning:
      "λmin of the kernel: it grows with the scale of the gradients, and so prefers networks whose gradients explode",
    evidence: onCells(76),
    read: (kernel) => spectrumOf(kernel).least,
  },
];

export const comparisonScore = (wanted: ComparisonScoreName): ComparisonScore =>
  comparisonScores.find(({ name }) => name === wanted)!;

/** Which of two networks has the larger score, as far as the draws tell. */
export interface Comparison {
  readonly score: ComparisonScoreName;
  readonly a: Estimate;
  readonly b: Estimate;
  /** Score of A less that of B, draw by draw. */
  readonly difference: Estimate;
  /** Probability that the mean score of A over all draws is above that of B; 0.5 when they do not differ. */
  readonly probability: number;
  /** True when the comparison ended because the probability passed the confidence, not because the draws ran out. */
  readonly decided: boolean;
}

/**
 * Draws the weights of both networks in turn until one has the larger mean score with probability `confidence` (looked at
 * from the third draw on), or `draws` are used up. Both see the same rows in every draw: those of `batch`, or those that
 * it gives for the draw, always as many; so the differences are judged. `score`: default `ntk_layer_logdet`.
 */
export function compareFinite(
  a: GraphArchitecture,
  b: GraphArchitecture,
  batch: FiniteBatch | ((draw: number) => FiniteBatch),
  options: FiniteOptions & {
    readonly draws: number;
    readonly confidence?: number;
    readonly score?: ComparisonScoreName;
  },
  compute: FiniteCompute = {},
): Comparison {
  const { draws, confidence = 0.99, score = comparisonScoreNames[0], ...rest } = options;
  const { read } = comparisonScore(score);
  const rowsOf = typeof batch === "function" ? batch : () => batch;
  const first = rowsOf(0);
  const compared = (sides: readonly [Draws, Draws]): Comparison => {
    const values: [number[], number[]] = [[], []];
    for (let draw = 0; ; draw++) {
      const rows = draw === 0 ? first : rowsOf(draw);
      sides.forEach((side, s) => values[s].push(read(side.kernel(draw, rows))));
      const difference = estimateOf(values[0].map((value, k) => value - values[1][k]));
      const last = draw + 1 >= draws;
      const probability = draw > 0 ? probabilityPositive(difference) : 0.5;
      const decided = draw >= 2 && Math.max(probability, 1 - probability) >= confidence;
      if (!decided && !last) continue;
      return { score, a: estimateOf(values[0]), b: estimateOf(values[1]), difference, probability, decided };
    }
  };
  return overDraws(
    a,
    first,
    rest,
    compute,
    (ofA) => overDraws(b, first, rest, compute, (ofB) => compared([ofA, ofB])).value,
  ).value;
}
