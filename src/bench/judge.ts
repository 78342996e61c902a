import {
  countOf,
  kendallTau,
  ndcg,
  partialCorrelation,
  rankVariable,
  regretAt,
  spearmanRho,
  topPrecision,
  topWeights,
  type RankVariable,
} from "../math/rank.js";
import { rng } from "../rng.js";
import { bootstrapIntervals, type Interval } from "./bootstrap.js";
import { lastWhereAbsent, oriented, type ScoreColumn } from "./score-column.js";
import { spreadOf } from "./spread.js";

/** k of the regret after training the first k cells by score. */
export const regretCounts = [1, 5, 10, 20, 40] as const;

/** How well a score ranks cells by an accuracy. */
export interface Judgement {
  /** Cells that have both. */
  readonly cells: number;
  /** Of these, cells whose score is a defined value; they rank last. */
  readonly failed: number;
  /** Kendall's tau-b. */
  readonly tau: number;
  /** Spearman's rho. */
  readonly rho: number;
  /** nDCG over the first 1,000 (see src/math/rank.ts). */
  readonly ndcg: number;
  /** Share of the first 10 % by score that are among the best 10 %. */
  readonly precision: number;
  /** By k: accuracy lost by taking the best of the first k, in percent. */
  readonly regret: Readonly<Record<string, number>>;
  /** Inside the best fifth by accuracy. */
  readonly bestFifth: { readonly tau: number; readonly rho: number };
  /** By size of the network: Spearman's correlation at a fixed size. */
  readonly partial: Readonly<Record<string, number>>;
  /** 95 % bootstrap intervals by name: tau, rho, ndcg, precision, regret1, ..., bestFifthTau, bestFifthRho, partial names. */
  readonly intervals: Readonly<Record<string, Interval>>;
  /** Tau and rho of each draw alone, and the spread of these tau; empty, and NaN, when there is one draw. */
  readonly seeds: {
    readonly tau: readonly number[];
    readonly rho: readonly number[];
    readonly tauMean: number;
    readonly tauDeviation: number;
  };
}

export interface JudgeOptions {
  /** By index: cells of one number are one function, resampled together. */
  readonly clusters: Int32Array;
  /** Sizes of the networks by name, e.g. flops and params. */
  readonly sizes: Readonly<Record<string, Float64Array>>;
  /** Bootstrap repeats; 0 for no intervals. */
  readonly bootstrap: number;
  readonly seed: number | string;
}

/** Judges a score by an accuracy over the cells that have both. Undefined when these are fewer than two. */
export function judge(column: ScoreColumn, accuracy: Float64Array, options: JudgeOptions): Judgement | undefined {
  const score = oriented(column, column.values);
  const cells = Int32Array.from(score, (_, index) => index).filter(
    (index) => !Number.isNaN(score[index]) && !Number.isNaN(accuracy[index]),
  );
  if (cells.length < 2) return undefined;
  const of = (values: ArrayLike<number>): RankVariable =>
    rankVariable(Float64Array.from(cells, (index) => values[index]));
  const truth = of(accuracy);
  const sizes = Object.entries(options.sizes).map(([name, values]) => ({ name, variable: of(values) }));
  const ranked = of(score);
  const statistics = (weights?: Int32Array) => statisticsOf(ranked, truth, sizes, weights);
  const found = statistics();
  const intervals =
    options.bootstrap > 0
      ? bootstrapIntervals(
          Int32Array.from(cells, (index) => options.clusters[index]),
          options.bootstrap,
          rng(options.seed, "bootstrap"),
          statistics,
        )
      : {};
  const seeds = column.seeds.map((values) => of(lastWhereAbsent(oriented(column, values))));
  const seedTau = seeds.map((variable) => kendallTau(variable, truth));
  const spread = spreadOf(seedTau);
  return {
    cells: cells.length,
    failed: cells.filter((index) => column.failures.has(index)).length,
    tau: found["tau"],
    rho: found["rho"],
    ndcg: found["ndcg"],
    precision: found["precision"],
    regret: Object.fromEntries(regretCounts.map((k) => [String(k), found[`regret${k}`]])),
    bestFifth: { tau: found["bestFifthTau"], rho: found["bestFifthRho"] },
    partial: Object.fromEntries(sizes.map(({ name }) => [name, found[name]])),
    intervals,
    seeds: {
      tau: seedTau,
      rho: seeds.map((variable) => spearmanRho(variable, truth)),
      tauMean: spread.mean,
      tauDeviation: spread.deviation,
    },
  };
}

function statisticsOf(
  score: RankVariable,
  accuracy: RankVariable,
  sizes: readonly { readonly name: string; readonly variable: RankVariable }[],
  weights: Int32Array | undefined,
): Record<string, number> {
  const rho = spearmanRho(score, accuracy, weights);
  const fifth = topWeights(accuracy, Math.round(0.2 * countOf(accuracy, weights)), weights);
  return {
    tau: kendallTau(score, accuracy, weights),
    rho,
    ndcg: ndcg(score, accuracy, 1000, weights),
    precision: topPrecision(score, accuracy, 0.1, weights),
    ...Object.fromEntries(regretCounts.map((k) => [`regret${k}`, regretAt(score, accuracy, k, weights)])),
    bestFifthTau: kendallTau(score, accuracy, fifth),
    bestFifthRho: spearmanRho(score, accuracy, fifth),
    ...Object.fromEntries(
      sizes.map(({ name, variable }) => [
        name,
        partialCorrelation(rho, spearmanRho(score, variable, weights), spearmanRho(accuracy, variable, weights)),
      ]),
    ),
  };
}
