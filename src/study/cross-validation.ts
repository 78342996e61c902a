import type { ModelParameters } from "../arch/architecture.js";
import { wilsonInterval } from "../math/rank-tests.js";
import { rng } from "../rng.js";
import { pathLayers } from "../score/kernel-loader.js";
import { metricOf } from "../score/metrics.js";
import { KernelPredictor } from "../score/predictor.js";
import { Scorer } from "../score/scorer.js";
import { compareEvaluated } from "../search/index.js";
import { parseGenotype } from "../spaces/index.js";
import { mean, rowsOf, type Examples } from "./examples.js";
import { stratifiedFolds } from "./splits.js";

/** What kernel regression with the chosen network is worth on rows that it has not seen. */
export interface CrossValidation {
  readonly measure: "accuracy" | "R2";
  readonly value: number;
  /** 95 %: Wilson's for a share of right rows, quantiles of a bootstrap over rows for R2. */
  readonly interval: readonly [number, number];
  readonly folds: number;
  readonly rows: number;
  /** Networks that each fold chose among by the score on its own training rows. */
  readonly candidates: number;
}

const folds = 5;
const resamples = 2000;

/**
 * Five stratified folds; in each, the candidates are scored anew on the fold's training rows, the best one predicts the
 * rows held out. The candidates themselves may have been found on all rows, which leaves the figure a little optimistic.
 *
 * @throws AppError as KernelPredictor does
 */
export function crossValidate(
  examples: Examples,
  genotypes: readonly string[],
  metricName: string,
  model: ModelParameters,
  seed: number,
): CrossValidation {
  const { n, labels, targets } = examples;
  const parts = stratifiedFolds(labels, Math.min(folds, n), rng(seed, "cross-validation"), n);
  const predicted = new Float64Array(n);
  for (const held of parts) {
    const out = new Set(held);
    const train = rowsOf(
      examples,
      Array.from({ length: n }, (_, i) => i).filter((i) => !out.has(i)),
    );
    const found = new KernelPredictor(chosen(genotypes, train, metricName, model), train, model).predict(
      rowsOf(examples, held),
    );
    held.forEach((row, i) => (predicted[row] = found.labels?.[i] ?? found.values![i]));
  }
  const shared = { folds: parts.length, rows: n, candidates: genotypes.length };
  if (labels !== undefined) {
    const right = labels.reduce((sum, label, i) => sum + (label === predicted[i] ? 1 : 0), 0);
    return { measure: "accuracy", value: right / n, interval: wilsonInterval(right, n), ...shared };
  }
  const all = Array.from({ length: n }, (_, i) => i);
  const generator = rng(seed, "bootstrap");
  const values = Array.from({ length: resamples }, () =>
    r2(
      targets!,
      predicted,
      all.map(() => generator.integer(n)),
    ),
  )
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(share * values.length))];
  return { measure: "R2", value: r2(targets!, predicted, all), interval: [at(0.025), at(0.975)], ...shared };
}

function chosen(genotypes: readonly string[], train: Examples, metricName: string, model: ModelParameters): string {
  if (genotypes.length === 1) return genotypes[0];
  const metric = metricOf(metricName);
  const scorer = new Scorer({ batch: train, model, metric: metricName });
  const scored = genotypes.map((genotype) => {
    const architecture = parseGenotype(genotype);
    const score = metric.compute(scorer.view(architecture, pathLayers(architecture)));
    return { genotype, score: score ?? (metric.better === "higher" ? -Infinity : Infinity) };
  });
  return scored.sort(compareEvaluated(metric.better))[0].genotype;
}

/** 1 - squared error over that of the mean of these rows. */
function r2(targets: Float64Array, predicted: Float64Array, rows: readonly number[]): number {
  const middle = mean(rows.map((row) => targets[row]));
  let [error, spread] = [0, 0];
  for (const row of rows) {
    error += (targets[row] - predicted[row]) ** 2;
    spread += (targets[row] - middle) ** 2;
  }
  return 1 - error / spread;
}
