import { byIndex } from "../bench/answers.js";
import { descending } from "../bench/eigen-nas.js";
import { paretoFront } from "../bench/pareto.js";
import { oriented, type ScoreColumn } from "../bench/score-column.js";
import { dataSetNames } from "../bench/types.js";
import type { BenchSpace } from "../bench/space.js";
import type { BenchPoint, BenchStudy } from "../report/index.js";
import { needColumn, type BenchmarkTable } from "../tables/index.js";
import { searchRows, searchText, type BenchOptions, type JudgedSet } from "./bench-output.js";
import { packageVersion } from "./version.js";

interface ReportInput {
  readonly space: BenchSpace;
  readonly table: BenchmarkTable;
  readonly judged: readonly JudgedSet[];
  readonly columns: readonly ScoreColumn[];
  readonly allowed: Int32Array;
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly options: BenchOptions & { readonly latency?: string | undefined };
  readonly command: string;
}

/** Everything that the page of a bench shows; the score with the largest tau on the first data set is looked at closely. */
export function benchStudy(input: ReportInput): BenchStudy {
  const { space, table, judged, columns, allowed, protocol, options, command } = input;
  const [first] = judged;
  const column = mainColumn(columns, first);
  const { latency } = options;
  const params = columns.find(({ name }) => name === "params")!.values.map((count) => count / 1e6);
  const cost = latency === undefined ? params : byIndex(table, latency, space.count);
  const points = pointsOf(
    space,
    column,
    byIndex(table, first.column, space.count)!,
    cost ?? needColumn(table, latency!),
    allowed,
  );
  const at = new Map(points.map((point) => [point.index, point]));
  const cells = Int32Array.from(points, ({ index }) => index).sort();
  const cheap = { name: "cost", values: (cost ?? params).map((value) => -value) };
  const front = (values: Float64Array): BenchPoint[] =>
    paretoFront(cells, [{ name: "quality", values }, cheap]).map((index) => at.get(index)!);
  const score = oriented(column, column.values).map((value) => (value === -Infinity ? NaN : value));
  return {
    version: packageVersion(),
    command,
    protocol: Object.entries(protocol).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
    sets: judged.map((set) => ({
      name: dataSetNames[set.id],
      column: set.column,
      cells: Math.max(0, ...set.scores.map(({ judgement }) => judgement.cells)),
      scores: set.scores,
      searches: [...searchRows(set), ...set.references],
      search: searchText(set, options),
    })),
    main: { name: column.name, label: column.label },
    costLabel: latency ?? "parameters in millions",
    points,
    fronts: { chosen: front(score), best: front(byIndex(table, first.column, space.count)!) },
    cards: [...new Set(columns.filter(({ kind }) => kind === "measured").map(({ card }) => card))],
  };
}

/** The measured or combined score that ranks best; else whatever ranks best. */
function mainColumn(columns: readonly ScoreColumn[], { scores }: JudgedSet): ScoreColumn {
  const tau = new Map(scores.map(({ name, judgement }) => [name, judgement.tau || -1]));
  const own = columns.filter(({ name, kind }) => tau.has(name) && (kind === "measured" || kind === "combined"));
  const among = own.length > 0 ? own : columns.filter(({ name }) => tau.has(name));
  return among.toSorted((a, b) => tau.get(b.name)! - tau.get(a.name)!)[0];
}

function pointsOf(
  space: BenchSpace,
  column: ScoreColumn,
  accuracy: Float64Array,
  cost: Float64Array,
  allowed: Int32Array,
): BenchPoint[] {
  const score = oriented(column, column.values);
  const cells = Array.from(allowed).filter((index) =>
    [score, accuracy, cost].every((values) => !Number.isNaN(values[index])),
  );
  const ranks = (values: Float64Array): Map<number, number> =>
    new Map(cells.toSorted(descending(values)).map((index, position) => [index, position + 1]));
  const [rank, accuracyRank] = [ranks(score), ranks(accuracy)];
  return cells.map((index) => ({
    index,
    arch: space.arch(index),
    score: column.failures.has(index) ? NaN : column.values[index],
    rank: rank.get(index)!,
    accuracy: accuracy[index],
    accuracyRank: accuracyRank.get(index)!,
    cost: cost[index],
  }));
}
