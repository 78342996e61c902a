import { AppError } from "../errors.js";
import { columnsToDrop, findColumn, usualTarget } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import { chooseColumns, nothingLeft } from "./table-columns.js";
import { categoryFeature, featureNotes, numberFeature } from "./table-features.js";
import { fillInputs, inputNamesOf, widthOf } from "./table-inputs.js";
import { keepRows, rowsWithTarget } from "./table-rows.js";
import { fitTarget, type FittedTarget } from "./table-target.js";
import type { Feature, Preprocessing, TableOptions } from "./table.js";

/** A table read as inputs, and how it was done. */
export interface FittedTable {
  readonly preprocessing: Preprocessing;
  /** Rows of the table that were kept, ascending; a table's rows without a target value are not. */
  readonly rows: Int32Array;
  /** rows x inputNames.length, row-major. */
  readonly inputs: Float64Array;
  readonly labels?: Int32Array;
  readonly targets?: Float64Array;
  readonly notes: readonly string[];
}

/** A column of text may have this many different values. */
export const defaultMaxCategories = 50;

/**
 * Learns how the rows of a table become inputs, and makes them. Which columns are numbers, words or left out is decided
 * from all rows; means, deviations, categories and what stands in for missing cells come from the rows `fitRows` alone
 * (indices into the rows kept; default: all of them), so that a test part stays unseen.
 * Errors: `usage` for a column that does not exist, `data` for cells that are no numbers, dates, columns with too many
 * words, targets with too many classes; each names the place and the way out.
 */
export function fitTextTable(table: TextTable, options: TableOptions, fitRows?: readonly number[]): FittedTable {
  const { missing = "impute", maxCategories = defaultMaxCategories, standardize = true } = options;
  const dropped = columnsToDrop(table, options.drop ?? []);
  const position = targetPosition(table, options, dropped);
  const all = Int32Array.from(table.rows, (_, row) => row);
  const withTarget = position === undefined ? all : rowsWithTarget(table, position, all, missing);
  const plan = chooseColumns(table, withTarget, position, dropped, maxCategories);
  const rows = keepRows(table, withTarget, plan.columns, missing);
  const used = fitRows === undefined ? rows : Int32Array.from(fitRows, (index) => rows[index]);
  if (used.length === 0) {
    throw new AppError("data", `${table.file}: expected rows with values, none is left`, {
      hint: 'Fill gaps in instead (missing "impute"), or leave out the columns that have most of them.',
    });
  }
  const features = plan.columns.flatMap(({ column, kind }): Feature[] => {
    const feature =
      kind === "words"
        ? categoryFeature(table, used, column, missing)
        : numberFeature(table, used, column, kind === "decimal commas", missing);
    if (feature === undefined)
      plan.dropped.push({ name: table.names[column], reason: "no value in the rows of the fit" });
    return feature === undefined ? [] : [feature];
  });
  if (features.length === 0) throw nothingLeft(table);
  const d = widthOf(features);
  const inputs = new Float64Array(rows.length * d);
  const filled = fillInputs(table, features, rows, inputs);
  const { mean, scale } = standardize ? statistics(table, inputs, d, rows, used) : plain(d);
  for (let k = 0; k < inputs.length; k++) inputs[k] = (inputs[k] - mean[k % d]) / scale[k % d];
  const target = position === undefined ? undefined : fitTarget(table, rows, used, position, options.task);
  return {
    preprocessing: {
      version: 1,
      header: table.header,
      width: table.names.length,
      features,
      inputNames: inputNamesOf(features),
      mean: [...mean],
      scale: [...scale],
      ...(target && { target: target.target }),
      missing,
      dropped: plan.dropped,
    },
    rows,
    inputs,
    ...targetValues(target),
    notes: [
      ...table.notes,
      ...plan.notes,
      ...featureNotes(features),
      ...filled.notes,
      ...rowNotes(table, all.length - withTarget.length, withTarget.length - rows.length, position),
      ...(target?.notes ?? []),
    ],
  };
}

const plain = (d: number) => ({ mean: new Float64Array(d), scale: new Float64Array(d).fill(1) });

const targetValues = (target: FittedTarget | undefined): Pick<FittedTable, "labels" | "targets"> => ({
  ...(target?.labels && { labels: target.labels }),
  ...(target?.targets && { targets: target.targets }),
});

function targetPosition(table: TextTable, { target }: TableOptions, dropped: ReadonlySet<number>): number | undefined {
  if (target === null) return undefined;
  const position = target === undefined ? usualTarget(table) : findColumn(table, target, "target");
  if (!dropped.has(position)) return position;
  throw new AppError("usage", `${table.file}: the target "${table.names[position]}" is among the columns to drop`, {
    hint: "Name another target, or keep the column.",
  });
}

const rowsText = (count: number): string => `${count} ${count === 1 ? "row" : "rows"}`;
const were = (count: number): string => (count === 1 ? "was" : "were");

function rowNotes({ names }: TextTable, noTarget: number, gaps: number, position: number | undefined): string[] {
  const target = position === undefined ? "" : names[position];
  return [
    ...(noTarget > 0
      ? [`${rowsText(noTarget)} without a value of the target "${target}" ${were(noTarget)} left out.`]
      : []),
    ...(gaps > 0 ? [`${rowsText(gaps)} with missing values ${were(gaps)} left out.`] : []),
  ];
}

/** Mean and standard deviation (divisor n) of every input over the rows `used`; 1 where it never changes. */
function statistics(
  table: TextTable,
  inputs: Float64Array,
  d: number,
  rows: Int32Array,
  used: Int32Array,
): { mean: Float64Array; scale: Float64Array } {
  const at = new Map(Array.from(rows, (row, index) => [row, index]));
  const mean = new Float64Array(d);
  const squares = new Float64Array(d);
  used.forEach((row, i) => {
    const offset = at.get(row)! * d;
    for (let j = 0; j < d; j++) {
      const delta = inputs[offset + j] - mean[j];
      mean[j] += delta / (i + 1);
      squares[j] += delta * (inputs[offset + j] - mean[j]);
    }
  });
  const wide = squares.findIndex((square) => !Number.isFinite(square));
  if (wide >= 0) {
    throw new AppError("data", `${table.file}: input ${wide + 1} is too large to be standardised`, {
      hint: "Rescale the column so that the squares of its values are below 1e308.",
    });
  }
  return { mean, scale: squares.map((square) => (square > 0 ? Math.sqrt(square / used.length) : 1)) };
}
