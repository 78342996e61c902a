import type { MeasureInfo } from "../score/measures/measure.js";
import type { NetworkSizes } from "../spaces/index.js";
import type { AnswerTable } from "./answers.js";
import type { ScoreColumn } from "./score-column.js";
import type { BenchSpace } from "./space.js";

/** What was measured of one cell in one draw; cells stand for their class. */
export interface Measurement {
  readonly cell: number;
  readonly draw: number;
  readonly values: Readonly<Record<string, number>>;
  readonly failure?: string;
  readonly seconds: number;
}

/**
 * One measure as a column: of every cell whose class was measured, the mean over draws. A cell that failed in any draw has
 * the value that follows from the definition if that is no better than all others, else minus (plus) infinity.
 */
export function measuredColumn(
  space: BenchSpace,
  info: MeasureInfo,
  measurements: readonly Measurement[],
  draws: number,
): ScoreColumn {
  const { name, label, direction, card } = info;
  const byDraw = Array.from({ length: draws }, () => new Float64Array(space.count).fill(NaN));
  const failed = new Map<number, string>();
  let [seconds, cells] = [0, 0];
  for (const { cell, draw, values, failure, seconds: spent } of measurements) {
    if (draw >= draws) continue;
    const known = name in values;
    if (failure !== undefined || !known) failed.set(cell, failure ?? "the measure gave no value");
    byDraw[draw][cell] = known ? values[name] : NaN;
    seconds += spent;
    cells++;
  }
  const sign = direction === "larger" ? 1 : -1;
  let worst = Infinity;
  for (const values of byDraw)
    values.forEach((value, cell) => {
      if (!failed.has(cell) && !Number.isNaN(value)) worst = Math.min(worst, sign * value);
    });
  for (const values of byDraw)
    for (const cell of failed.keys()) if (!(sign * values[cell] <= worst)) values[cell] = -sign * Infinity;
  const expanded = byDraw.map((values) => Float64Array.from(space.classes, (cell) => values[cell]));
  return {
    name,
    label,
    kind: "measured",
    direction,
    values: meanOf(expanded),
    seeds: draws > 1 ? expanded : [],
    failures: new Map(
      Array.from(space.classes, (cell, index) => [index, failed.get(cell)] as const).flatMap(([index, reason]) =>
        reason === undefined ? [] : [[index, reason] as const],
      ),
    ),
    secondsPerCell: cells === 0 ? NaN : (seconds / cells) * draws,
    card,
  };
}

/** Mean over draws of those that are there; NaN where none is. */
function meanOf(draws: readonly Float64Array[]): Float64Array {
  if (draws.length === 1) return draws[0];
  return draws[0].map((_, index) => {
    const present = draws.map((values) => values[index]).filter((value) => !Number.isNaN(value));
    return present.length === 0 ? NaN : present.reduce((sum, value) => sum + value, 0) / present.length;
  });
}

/** Names of the baselines: what every score is held against. */
const baselineNames = ["flops", "params", "layers", "skips"] as const;

export const isBaseline = (name: string): boolean => baselineNames.some((known) => known === name);

const baselineLabels: Readonly<Record<(typeof baselineNames)[number], string>> = {
  flops: "FLOPs (millions)",
  params: "parameters",
  layers: "trainable layers",
  skips: "skips",
};

/** Sizes of the networks as scores, larger is better; of networks without operations that cannot be reached. */
export function baselineColumns(space: BenchSpace, sizes: NetworkSizes): ScoreColumn[] {
  const costs = Array.from({ length: space.count }, (_, index) => space.cost(index, sizes, true));
  return baselineNames.map((name) => ({
    name,
    label: baselineLabels[name],
    kind: "baseline",
    direction: "larger",
    values: Float64Array.from(costs, (cost) => cost[name]),
    seeds: [],
    failures: new Map(),
    secondsPerCell: 0,
    card: "Counted as the benchmark counts, on the network without operations that cannot be reached.",
  }));
}

/** Columns of a file as scores, larger taken as better; minus infinity is a failed cell. */
export function publishedColumns(
  table: AnswerTable & { readonly columns: readonly string[] },
  size: number,
  taken: ReadonlySet<string>,
): ScoreColumn[] {
  return table.columns.map((name) => {
    const values = new Float64Array(size).fill(NaN);
    const column = table.column(name)!;
    table.indices.forEach((index, row) => (values[index] = column[row]));
    const failures = new Map<number, string>();
    values.forEach((value, index) => {
      if (value === -Infinity) failures.set(index, "minus infinity in the file");
    });
    return {
      name: taken.has(name) ? `${name}_published` : name,
      label: `${name} (published)`,
      kind: "published",
      direction: "larger",
      values,
      seeds: [],
      failures,
      secondsPerCell: NaN,
      card: "As published, larger taken as better.",
    };
  });
}
