import { answersOf, validationOf } from "../bench/answers.js";
import { eigenNas, oracleSearch, randomSearch, type SearchOutcome } from "../bench/eigen-nas.js";
import { judge, type Judgement } from "../bench/judge.js";
import { oriented, type ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";
import { dataSetNames, type DataSetId, type Validation } from "../bench/types.js";
import type { BenchmarkTable } from "../tables/index.js";
import { judgementTable, searchTable, type SearchRow } from "./bench-text.js";
import { duration, grouped } from "./numbers.js";
import { wrapped } from "./table.js";

/** How searches are made and scores judged. */
export interface BenchOptions {
  readonly draws: number;
  readonly top: number;
  readonly repeats: number;
  readonly seed: number;
  readonly validate: Validation;
  readonly bootstrap: number;
}

/** Eigen-NAS with a score, and what random search finds with the seconds that it took. */
export interface JudgedSearch {
  readonly name: string;
  readonly k: number;
  readonly outcome: SearchOutcome;
  readonly random: SearchOutcome;
}

/** Everything that the answers for one data set say. */
export interface JudgedSet {
  readonly id: DataSetId;
  /** Column of the test accuracy, and of the validation accuracy if finalists are chosen by one. */
  readonly column: string;
  readonly validation: string | null;
  /** Cells that a search draws: --draws, or all that have an answer if these are fewer. */
  readonly drawn: number;
  readonly scores: readonly { readonly name: string; readonly judgement: Judgement; readonly secondsPerCell: number }[];
  readonly searches: readonly JudgedSearch[];
  readonly references: readonly SearchRow[];
}

/** What the paper reports on this benchmark (arXiv 2209.07238), test accuracy in percent. */
const paper: Readonly<Record<DataSetId, number>> = { c10: 93.46, c100: 71.42, in16: 45.54 };

interface JudgeInput {
  readonly space: BenchSpace;
  readonly table: BenchmarkTable | undefined;
  readonly columns: readonly ScoreColumn[];
  readonly allowed: Int32Array;
  readonly options: BenchOptions;
}

/** Judges every score by every test accuracy that the table has, and searches with each; empty without a table. */
export function judgeAll({ space, table, columns, allowed, options }: JudgeInput): JudgedSet[] {
  if (table === undefined) return [];
  const among = new Set(allowed);
  const size = (name: string): Float64Array => columns.find((column) => column.name === name)!.values;
  const sizes = { flops: size("flops"), params: size("params") };
  return answersOf(table, space.count).map(({ id, column, test }) => {
    const accuracy = test.map((value, index) => (among.has(index) ? value : NaN));
    // One finalist is the winner, whatever its validation accuracy.
    const trained = options.validate !== "none" && options.top > 1;
    const validation = trained ? validationOf(table, id, options.validate, space.count) : undefined;
    const scores = columns.flatMap((score) => {
      const judgement = judge(score, accuracy, {
        clusters: space.classes,
        sizes,
        bootstrap: options.bootstrap,
        seed: options.seed,
      });
      return judgement === undefined ? [] : [{ name: score.name, judgement, secondsPerCell: score.secondsPerCell }];
    });
    const bare = { allowed, test };
    const untrained = randomSearch({ ...bare, validation: undefined }, options, 0, 1);
    const searches = columns.flatMap((score): JudgedSearch[] => {
      const { name, secondsPerCell } = score;
      const task = { ...bare, score: oriented(score, score.values), secondsPerCell };
      const outcome = eigenNas({ ...task, validation: undefined }, options);
      const without = { name, k: 1, outcome, random: untrained };
      if (validation === undefined) return [without];
      const found = eigenNas({ ...task, validation }, options);
      const budget = found.trainingSeconds + (found.scoringSeconds || 0);
      const random = randomSearch({ ...bare, validation }, options, budget, options.top);
      return [{ name, k: options.top, outcome: found, random }, without];
    });
    const answers = Array.from(accuracy).filter((value) => !Number.isNaN(value));
    const best = Math.max(...answers);
    const drawn = Math.min(options.draws, answers.length);
    return {
      id,
      column,
      validation: validation?.column ?? null,
      drawn,
      scores,
      searches,
      references: [
        { name: "one random cell", outcome: untrained },
        { name: `best of the ${grouped(drawn)} drawn`, outcome: oracleSearch(bare, options) },
        { name: "best of the table", outcome: { mean: best, std: 0 } },
        ...(space.id === "topology"
          ? [{ name: "Eigen-NAS as published", outcome: { mean: paper[id], std: NaN } }]
          : []),
      ],
    };
  });
}

interface OutputContext {
  readonly columns: readonly ScoreColumn[];
  readonly allowed: Int32Array;
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly options: BenchOptions;
}

/** `{scores: {NAME: {c10: {tau, rho, ndcg, regret, ...}}}, eigenNas: {NAME: {k, mean, std, ...}}, seconds, ...}`. */
export function benchJson(
  judged: readonly JudgedSet[],
  { columns, allowed, protocol, seconds, options }: OutputContext,
): Record<string, unknown> {
  const among = new Set(allowed);
  const scores: Record<string, Record<string, unknown>> = Object.fromEntries(columns.map(({ name }) => [name, {}]));
  const searches: Record<string, Record<string, unknown>> = {};
  for (const { id, scores: rows, searches: found } of judged) {
    for (const { name, judgement } of rows) scores[name][id] = judgement;
    for (const { name, k, outcome, random } of found) {
      const entry = (searches[name] ??= {});
      const { mean, std, trained, scoringSeconds, trainingSeconds } = outcome;
      const equalCost = { mean: random.mean, std: random.std, trained: random.trained };
      const shown = { k, mean, std, trained, scoringSeconds, trainingSeconds, random: equalCost };
      const set = (entry[id] ??= {}) as Record<string, unknown>;
      if (k === 1) set["trainFree"] = { mean, std };
      if (!("k" in set)) Object.assign(set, shown);
    }
  }
  const eigen = Object.fromEntries(
    Object.entries(searches).map(([name, sets]) => {
      const { k, mean, std } = Object.values(sets)[0] as Record<string, number>;
      return [name, { k, mean, std, ...sets }];
    }),
  );
  return {
    scores,
    eigenNas: eigen,
    references: Object.fromEntries(
      judged.map(({ id, references }) => [
        id,
        Object.fromEntries(references.map(({ name, outcome }) => [name, { mean: outcome.mean, std: outcome.std }])),
      ]),
    ),
    failures: Object.fromEntries(columns.map(({ name, failures }) => [name, reasonCounts(failures, among)])),
    cards: Object.fromEntries(columns.map(({ name, direction, card }) => [name, { direction, card }])),
    protocol: { ...protocol, ...options },
    seconds,
  };
}

/** How many of these cells failed, by reason. */
function reasonCounts(failures: ReadonlyMap<number, string>, among: ReadonlySet<number>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [index, reason] of failures) if (among.has(index)) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** How the searches choose, in words. */
export function searchText({ validation, drawn }: JudgedSet, { top, repeats }: BenchOptions): string {
  const how =
    validation === null
      ? `the best by score of ${grouped(drawn)} drawn cells`
      : `the best by ${validation} of the best ${Math.min(top, drawn)} by score of ${grouped(drawn)} drawn cells; k = 1 trains nothing`;
  const random = "Random: the best of as many cells of the same draw as can be trained in the same seconds.";
  return `Eigen-NAS: test accuracy of ${how}; mean of ${grouped(repeats)} searches. ${random}`;
}

/** Every search, best first. */
export const searchRows = ({ searches }: JudgedSet): readonly SearchRow[] =>
  searches
    .map(({ name, k, outcome, random }) => ({ name: `${name}, k = ${k}`, outcome, random }))
    .sort((a, b) => b.outcome.mean - a.outcome.mean);

/** The tables for a terminal. */
export function benchText(
  judged: readonly JudgedSet[],
  { columns, allowed, seconds, options, width }: OutputContext & { readonly width: number },
): string {
  const among = new Set(allowed);
  const parts: string[] = [];
  for (const set of judged) {
    const { id, column, scores, references } = set;
    parts.push(
      `${dataSetNames[id]}: how scores rank ${grouped(scores[0]?.judgement.cells ?? 0)} cells by ${column}\n\n`,
    );
    parts.push(judgementTable(scores));
    parts.push("\n", wrapped(searchText(set, options), width), "\n");
    parts.push(searchTable([...searchRows(set), ...references]), "\n");
  }
  if (judged.length === 0)
    parts.push("No table of answers: scores only. --table has them judged, --scores-csv writes them.\n");
  const measured = columns.filter(({ kind }) => kind === "measured");
  for (const { name, failures } of measured) {
    for (const [reason, cells] of Object.entries(reasonCounts(failures, among)))
      parts.push(wrapped(`${name}: ${grouped(cells)} cells rank last: ${reason}.`, width));
  }
  for (const card of new Set(measured.map((column) => column.card))) parts.push(wrapped(card, width));
  parts.push(`Done in ${duration(seconds)}.\n`);
  return parts.join("");
}
