import { AppError } from "../errors.js";
import { friedman, holm, signedRank } from "../math/rank-tests.js";
import { mean } from "./examples.js";
import { studiedScores } from "./networks.js";
import type { SplitRecord } from "./split-record.js";

/** The splits of one table. */
export interface TableResults {
  readonly table: string;
  readonly records: readonly SplitRecord[];
}

/** One method over all tables. */
export interface MethodSummary {
  readonly method: string;
  /** Mean over tables of the skill: 1 - loss / loss of the trivial prediction, losses summed over the splits. */
  readonly skill: number;
  /** Mean rank of the skill among all methods but hindsight; 1 is best. */
  readonly rank: number;
  /** Tables on which the skill is above, equal to and below that of the reference. */
  readonly against: readonly [number, number, number];
  /** Signed-rank test of the skills against the reference's, corrected by Holm; null for the reference. */
  readonly p: number | null;
}

/** What a study found. */
export interface StudySummary {
  readonly reference: string;
  readonly tables: number;
  readonly methods: readonly MethodSummary[];
  readonly friedman: { readonly statistic: number; readonly freedom: number; readonly p: number };
  /** Mean skill of the best network of the pool, known afterwards only. */
  readonly hindsight: number;
  /** Mean over tables and splits of Kendall's tau between a score and the outcome. */
  readonly agreement: Readonly<Partial<Record<string, number>>>;
}

/** Loss of every method on one split; a score that applies to no network chooses at random. */
export function methodLosses(record: SplitRecord): Record<string, number> {
  const relu = [...record.relu].sort((a, b) => a.looError - b.looError);
  return {
    ...Object.fromEntries(studiedScores.map((name) => [name, record.choices[name]?.loss ?? record.random])),
    ...Object.fromEntries(
      record.relu.filter(({ skips }) => !skips).map(({ depth, loss }) => [`relu depth ${depth}`, loss]),
    ),
    "relu, depth and skips by loo_error": relu[0]?.loss ?? record.random,
    random: record.random,
    ...record.baselines,
  };
}

/** Skill of every method on one table. */
export function tableSkills({ records }: TableResults): Record<string, number> {
  const trivial = weighted(records, ({ trivial: loss }) => loss);
  const names = Object.keys(methodLosses(records[0]));
  return Object.fromEntries(
    names.map((name) => [name, 1 - weighted(records, (record) => methodLosses(record)[name]) / trivial]),
  );
}

const weighted = (records: readonly SplitRecord[], loss: (record: SplitRecord) => number): number =>
  records.reduce((sum, record) => sum + record.test * loss(record), 0);

/** Mean ranks, Friedman's test, and signed-rank tests of every method against the reference over tables. */
export function summarise(results: readonly TableResults[], reference = "loo_error"): StudySummary {
  const skills = results.map(tableSkills);
  const names = Object.keys(skills[0]).filter((name) => skills.every((row) => Number.isFinite(row[name])));
  if (!names.includes(reference)) {
    throw new AppError("usage", `Expected a method of the study (${names.join(", ")}), got "${reference}"`, {
      hint: "loo_error is the usual reference.",
    });
  }
  const test = friedman(skills.map((row) => names.map((name) => rounded(row[name]))));
  const others = names.filter((name) => name !== reference);
  const differences = (name: string): number[] => skills.map((row) => rounded(row[name]) - rounded(row[reference]));
  const p = holm(others.map((name) => signedRank(differences(name)).p));
  const methods = names.map((method, at): MethodSummary => {
    const signs = differences(method);
    return {
      method,
      skill: mean(skills.map((row) => row[method])),
      rank: test.meanRanks[at],
      against: [
        signs.filter((value) => value > 0).length,
        signs.filter((value) => value === 0).length,
        signs.filter((value) => value < 0).length,
      ],
      p: method === reference ? null : p[others.indexOf(method)],
    };
  });
  return {
    reference,
    tables: results.length,
    methods: methods.sort((a, b) => a.rank - b.rank),
    friedman: { statistic: test.statistic, freedom: test.freedom, p: test.p },
    hindsight: mean(
      results.map(
        ({ records }) =>
          1 - weighted(records, ({ hindsight }) => hindsight.loss) / weighted(records, ({ trivial }) => trivial),
      ),
    ),
    agreement: Object.fromEntries(
      studiedScores.map((name) => [
        name,
        mean(results.flatMap(({ records }) => records.flatMap(({ agreement }) => agreement[name] ?? []))),
      ]),
    ),
  };
}

/** Skills that differ by rounding are equal. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;
