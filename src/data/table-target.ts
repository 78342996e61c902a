import { AppError } from "../errors.js";
import { isDate, isDecimalComma, isNumber, numberIn, printable, writingOf } from "./cells.js";
import { nameClasses, oneClassNote } from "./classes.js";
import { referenceTo } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import { readCell } from "./table-cells.js";
import type { TableTarget, TableTask } from "./table.js";

/** The target column of the rows kept. */
export interface FittedTarget {
  readonly target: TableTarget;
  readonly labels?: Int32Array;
  readonly targets?: Float64Array;
  readonly notes: readonly string[];
}

/** A target column may hold this many distinct integers for them to count as classes without being told. */
const mostIntegerClasses = 20;
/** ImageNet has 1000. */
const mostClasses = 1000;

/**
 * Reads the target column: words, or few integers that repeat, are classes; other numbers are values. `task` decides
 * otherwise. Mean and deviation come from the rows `used`, class names from all `rows`.
 * Errors: `data` for words where numbers are wanted, dates, more than 1000 classes.
 */
export function fitTarget(
  table: TextTable,
  rows: Int32Array,
  used: Int32Array,
  column: number,
  task: TableTask | undefined,
): FittedTarget {
  const cells = Array.from(rows, (row) => table.rows[row].cells[column]);
  const decimalComma = writingOf(cells, table.delimiter) === "decimal commas";
  const numeric = cells.every((cell) => isNumber(cell) || (decimalComma && isDecimalComma(cell)));
  const values = numeric ? Array.from(rows, (row) => readCell(table, row, column, decimalComma)) : undefined;
  const chosen = task ?? (values === undefined || looksLikeClasses(values) ? "classification" : "regression");
  const reference = { ...referenceTo(table, column), task: chosen, decimalComma };
  if (chosen === "classification") return classTarget(table, cells, values, reference);
  if (values === undefined) throw wordsError(table, cells, rows, column);
  const fit = Array.from(used, (row) => numberIn(table.rows[row].cells[column], decimalComma));
  const mean = fit.reduce((sum, value) => sum + value / fit.length, 0);
  const deviation = Math.sqrt(fit.reduce((sum, value) => sum + (value - mean) ** 2 / fit.length, 0));
  const same = new Set(values).size === 1;
  return {
    target: { ...reference, mean, scale: deviation > 0 ? deviation : 1 },
    targets: Float64Array.from(values),
    notes: same ? [`The target "${table.names[column]}" is the same in every row.`] : [],
  };
}

/**
 * Integers that look like the numbers of classes: one or two of them; or at most 20 that repeat, at least three times on
 * average or numbered from 0 or 1 without a gap.
 */
function looksLikeClasses(values: readonly number[]): boolean {
  const distinct = new Set(values);
  const count = distinct.size;
  if (!values.every(Number.isInteger) || count > mostIntegerClasses) return false;
  if (count <= 2) return true;
  const first = Math.min(...distinct);
  const withoutGap = (first === 0 || first === 1) && Math.max(...distinct) === first + count - 1;
  return values.length >= 3 * count || (withoutGap && count < values.length);
}

function classTarget(
  table: TextTable,
  cells: readonly string[],
  values: readonly number[] | undefined,
  reference: Omit<TableTarget, "classNames">,
): FittedTarget {
  const { labels, classNames } = nameClasses(values ?? cells.map(printable));
  const count = classNames.length;
  const { name } = reference;
  const details = { target: name, classes: count, rows: cells.length };
  if (values === undefined && count > 2 && cells.every(isDate)) {
    throw new AppError("data", `${table.file}: expected classes or numbers in the target "${name}", it holds dates`, {
      hint: "Name another target.",
      details,
    });
  }
  if (count > mostClasses) {
    throw new AppError(
      "data",
      `${table.file}: expected at most ${mostClasses} classes, the target "${name}" has ${count} different values in ${cells.length} rows`,
      {
        hint: values
          ? "Numbers can be learnt as values: task regression."
          : "Name another target, or join rare classes.",
        details,
      },
    );
  }
  const notes =
    count === 1
      ? [oneClassNote(classNames[0])]
      : count > 2 && count === cells.length
        ? [`Every row has its own class in the target "${name}".`]
        : [];
  return { target: { ...reference, classNames }, labels, notes };
}

function wordsError(table: TextTable, cells: readonly string[], rows: Int32Array, column: number): AppError {
  const wrong = cells.findIndex((cell) => !isNumber(cell));
  const { line } = table.rows[rows[wrong]];
  const name = table.names[column];
  return new AppError(
    "data",
    `${table.file}, line ${line}: expected a number in the target "${name}" (task regression), got "${cells[wrong]}"`,
    { hint: "Words are classes: task classification.", details: { line, column: name, received: cells[wrong] } },
  );
}
