import { isGap, isWordGap, printable } from "./cells.js";
import { nameClasses } from "./classes.js";
import { referenceTo, shortList } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import { readCell } from "./table-cells.js";
import type { CategoryFeature, Feature, MissingRule, NumberFeature } from "./table.js";

/** A column of numbers with the mean of `rows`; undefined when they have no value. */
export function numberFeature(
  table: TextTable,
  rows: Int32Array,
  column: number,
  decimalComma: boolean,
  missing: MissingRule,
): NumberFeature | undefined {
  let [count, mean] = [0, 0];
  for (const row of rows) {
    if (isGap(table.rows[row].cells[column])) continue;
    count++;
    mean += (readCell(table, row, column, decimalComma) - mean) / count;
  }
  if (count === 0) return undefined;
  const indicator = missing === "indicate" && count < rows.length;
  return { kind: "number", ...referenceTo(table, column), decimalComma, fill: mean, indicator };
}

/** A column of words with those of `rows`, ascending; undefined when they have no value. */
export function categoryFeature(
  table: TextTable,
  rows: Int32Array,
  column: number,
  missing: MissingRule,
): CategoryFeature | undefined {
  const cells = Array.from(rows, (row) => printable(table.rows[row].cells[column]));
  const words = cells.filter((cell) => !isWordGap(cell));
  if (words.length === 0) return undefined;
  const { labels, classNames: categories } = nameClasses(words);
  const counts = new Array<number>(categories.length).fill(0);
  for (const label of labels) counts[label]++;
  const fill = categories[counts.indexOf(Math.max(...counts))];
  const indicator = missing === "indicate" && words.length < rows.length;
  return { kind: "category", ...referenceTo(table, column), categories, fill, indicator };
}

/** What was done to columns, for people. */
export function featureNotes(features: readonly Feature[]): string[] {
  const commas = features.filter((feature) => feature.kind === "number" && feature.decimalComma);
  const words = features.filter((feature) => feature.kind === "category");
  const list = (named: readonly Feature[]) => shortList(named.map(({ name }) => name));
  return [
    ...(commas.length > 0 ? [`Decimal commas were read as points in: ${list(commas)}.`] : []),
    ...(words.length > 0
      ? [
          `Words became 0/1 columns: ${shortList(words.map(({ name, categories }) => `${name} (${categories.length})`))}.`,
        ]
      : []),
  ];
}
