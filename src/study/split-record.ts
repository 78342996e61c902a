import { modelPresets } from "../arch/architecture.js";
import { fitTextTable } from "../data/table-fit.js";
import type { TextTable } from "../data/csv-table.js";
import type { TableOptions } from "../data/table.js";
import { rng } from "../rng.js";
import { metricOf } from "../score/metrics.js";
import { kendallTau, rankVariable } from "../math/rank.js";
import { compareEvaluated } from "../search/index.js";
import { linearRidge } from "./baselines/linear.js";
import { logisticByValidation } from "./baselines/logistic.js";
import { nearestNeighbours } from "./baselines/nearest.js";
import { mean, rowsOf, type Examples } from "./examples.js";
import { testLoss, trivialLoss } from "./loss.js";
import { networkOutcomes, studiedScores, type NetworkOutcome } from "./networks.js";
import { candidatePool, plainRelu, type PoolOptions } from "./pool.js";
import { holdOut } from "./splits.js";

/** What decides a study's figures; another value of any of these gives other records. */
export interface StudySettings {
  readonly seed: number;
  readonly pool: PoolOptions;
  /** Share of the rows that is held out. */
  readonly share: number;
  readonly mostTrain: number;
  readonly mostTest: number;
}

/** A network that was picked, and its loss on the rows held out. */
export interface Choice {
  readonly genotype: string;
  readonly loss: number;
}

/** Every method on one split of one table: plain JSON, one line of a study's results. */
export interface SplitRecord {
  readonly split: number;
  readonly kind: "classes" | "regression";
  readonly classes: number;
  readonly rows: number;
  readonly train: number;
  readonly test: number;
  readonly inputs: number;
  readonly pool: number;
  readonly failed: number;
  /** Loss of the most frequent class or the mean: the unit of the others. */
  readonly trivial: number;
  /** The network of the pool that each score ranks first; null where the score applies to none. */
  readonly choices: Readonly<Record<string, Choice | null>>;
  /** Kendall's tau-b between a score (better first) and the loss (less first) over the pool; null when not defined. */
  readonly agreement: Readonly<Record<string, number | null>>;
  /** Mean loss over the pool: what a random choice gives on average. */
  readonly random: number;
  readonly hindsight: Choice;
  readonly relu: readonly (Choice & { readonly depth: number; readonly skips: boolean; readonly looError: number })[];
  readonly baselines: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/**
 * Splits a table, learns its preprocessing on the training rows, and tests every method on the others.
 * Errors: what `fitTextTable` throws, and `data` for tables with too few rows or one class.
 */
export function splitRecord(
  table: TextTable,
  options: TableOptions,
  split: number,
  settings: StudySettings,
): SplitRecord {
  const whole = fitTextTable(table, options);
  const n = whole.rows.length;
  const kind = whole.labels === undefined ? "regression" : "classes";
  const key = [settings.seed, table.file, split] as const;
  const { train: rows, test: held } = holdOut(n, whole.labels, rng(...key, "split"), settings);
  const fitted = fitTextTable(table, options, rows);
  const d = fitted.preprocessing.inputNames.length;
  const all: Examples = {
    n,
    d,
    inputs: fitted.inputs,
    ...(whole.labels && { labels: whole.labels }),
    ...(whole.targets && { targets: whole.targets }),
  };
  const [train, test] = [rowsOf(all, rows), rowsOf(all, held)];

  const pool = candidatePool(settings.pool, key.join("/"));
  const relu = plainRelu(settings.pool.depths);
  const genotypes = [...new Set([...pool, ...relu.map(({ genotype }) => genotype)])].sort();
  const outcomes = networkOutcomes(genotypes, train, test, modelPresets.he);
  const byGenotype = new Map(outcomes.map((outcome) => [outcome.genotype, outcome]));
  const candidates = pool.flatMap((genotype) => byGenotype.get(genotype) ?? []);
  const classes = whole.preprocessing.target?.classNames?.length ?? 0;
  return {
    split,
    kind,
    classes,
    rows: n,
    train: train.n,
    test: test.n,
    inputs: d,
    pool: candidates.length,
    failed: pool.length - candidates.length,
    trivial: trivialLoss(train, test),
    choices: Object.fromEntries(studiedScores.map((name) => [name, choiceOf(name, candidates)])),
    agreement: Object.fromEntries(studiedScores.map((name) => [name, agreementOf(name, candidates)])),
    random: mean(candidates.map(({ loss }) => loss)),
    hindsight: choice(candidates.reduce((best, one) => (one.loss < best.loss ? one : best))),
    relu: relu.flatMap(({ genotype, ...plain }) => {
      const found = byGenotype.get(genotype);
      return found === undefined ? [] : [{ ...plain, ...choice(found), looError: found.scores["loo_error"]! }];
    }),
    baselines: baselineLosses(train, test, classes, key.join("/")),
    notes: whole.notes,
  };
}

const choice = ({ genotype, loss }: NetworkOutcome): Choice => ({ genotype, loss });

/** The first of the pool in the order of a search: score, then fewer skips, then the genotype. */
function choiceOf(name: string, candidates: readonly NetworkOutcome[]): Choice | null {
  const scored = candidates.flatMap(({ genotype, loss, scores }) => {
    const score = scores[name];
    return score === null || Number.isNaN(score) ? [] : [{ genotype, loss, score }];
  });
  const best = scored.sort(compareEvaluated(metricOf(name).better)).at(0);
  return best === undefined ? null : { genotype: best.genotype, loss: best.loss };
}

function agreementOf(name: string, candidates: readonly NetworkOutcome[]): number | null {
  const sign = metricOf(name).better === "higher" ? 1 : -1;
  const scored = candidates.filter(({ scores }) => scores[name] !== null && !Number.isNaN(scores[name]));
  if (scored.length < 2) return null;
  const tau = kendallTau(
    rankVariable(scored.map(({ scores }) => sign * scores[name]!)),
    rankVariable(scored.map(({ loss }) => -loss)),
  );
  return Number.isNaN(tau) ? null : tau;
}

function baselineLosses(train: Examples, test: Examples, classes: number, seed: string): Record<string, number> {
  const nearest = testLoss(test, nearestNeighbours(train).predict(test));
  if (train.labels === undefined) return { linear: testLoss(test, linearRidge(train).predict(test)), nearest };
  const p = logisticByValidation(train, classes, seed).probabilities(test);
  const predicted = Int32Array.from({ length: test.n }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (p[i * classes + c] > p[i * classes + best]) best = c;
    return best;
  });
  return { linear: testLoss(test, predicted), nearest };
}
