import { byIndex } from "../bench/answers.js";
import { paretoFront, type Objective } from "../bench/pareto.js";
import { oriented, type ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";
import { AppError, nearestName } from "../errors.js";
import type { BenchmarkTable } from "../tables/index.js";
import { grouped, shown } from "./numbers.js";
import { textTable } from "./table.js";

/** One objective of a front, as it is read by people. */
export interface ParetoAxis {
  readonly name: string;
  readonly better: "larger" | "smaller";
  readonly values: Float64Array;
}

/** Cells that nothing is better than in all objectives at once, best in the first objective first. */
export interface Front {
  readonly axes: readonly ParetoAxis[];
  readonly cells: readonly number[];
}

/** Sizes of a network are costs here, whatever they are as scores. */
const costs: ReadonlySet<string> = new Set(["flops", "params", "layers"]);

/**
 * The Pareto front of objectives by name: scores in their direction, sizes and columns of the table (latencies, energies) the
 * smaller the better. Throws AppError `usage` for an unknown name, with the nearest.
 */
export function frontOf(
  names: readonly string[],
  {
    space,
    columns,
    table,
    allowed,
  }: {
    readonly space: BenchSpace;
    readonly columns: readonly ScoreColumn[];
    readonly table: BenchmarkTable | undefined;
    readonly allowed: Int32Array;
  },
): Front {
  const axes = names.map((name): ParetoAxis => {
    const score = columns.find((column) => column.name === name);
    if (score !== undefined) {
      const better = costs.has(name) ? "smaller" : score.direction;
      const failed = score.values.map((value, index) => (score.failures.has(index) ? NaN : value));
      return { name, better, values: failed };
    }
    const values = table && byIndex(table, name, space.count);
    if (values !== undefined) return { name, better: "smaller", values };
    const known = [...columns.map((column) => column.name), ...(table?.columns ?? [])];
    const near = nearestName(name, known);
    throw new AppError("usage", `--pareto: expected scores that are computed or columns of the table, got "${name}"`, {
      hint: near === undefined ? "Name the score with --scores too." : `Did you mean ${near}?`,
    });
  });
  const objectives = axes.map(({ name, better, values }): Objective => ({
    name,
    values: oriented({ direction: better, failures: new Map() }, values),
  }));
  return { axes, cells: paretoFront(allowed, objectives) };
}

const mostShown = 30;

/** The front as a table, with the test accuracy of the first data set of the benchmark. */
export function frontText(
  { axes, cells }: Front,
  space: BenchSpace,
  answers: { readonly column: string; readonly test: Float64Array } | undefined,
): string {
  const title = axes.map(({ name, better }) => `${name} (${better})`).join(", ");
  const more = cells.length > mostShown ? `, the first ${mostShown} of them` : "";
  const rows = cells
    .slice(0, mostShown)
    .map((index) => [
      String(index),
      space.arch(index),
      ...axes.map(({ values }) => shown(values[index], 5)),
      ...(answers ? [shown(answers.test[index], 4)] : []),
    ]);
  return `Pareto front of ${title}: ${grouped(cells.length)} cells${more}\n\n${textTable(
    [
      { title: "index" },
      { title: "cell", align: "left" },
      ...axes.map(({ name }) => ({ title: name })),
      ...(answers ? [{ title: answers.column }] : []),
    ],
    rows,
  )}\n`;
}

/** The front for programs: one object a cell. */
export const frontJson = (
  { axes, cells }: Front,
  space: BenchSpace,
  answers: readonly { readonly column: string; readonly test: Float64Array }[],
): unknown => ({
  objectives: axes.map(({ name, better }) => ({ name, better })),
  cells: cells.map((index) => ({
    index,
    arch: space.arch(index),
    ...Object.fromEntries(axes.map(({ name, values }) => [name, values[index]])),
    ...Object.fromEntries(answers.map(({ column, test }) => [column, test[index]])),
  })),
});
