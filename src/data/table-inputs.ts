import { isGap, isWordGap, printable } from "./cells.js";
import { shortList } from "./column-names.js";
import type { TextTable } from "./csv-table.js";
import { readCell } from "./table-cells.js";
import type { Feature } from "./table.js";

const ownWidth = (feature: Feature): number =>
  (feature.kind === "category" && feature.categories.length !== 2 ? feature.categories.length : 1) +
  (feature.indicator ? 1 : 0);

/** Number of inputs that features make. */
export const widthOf = (features: readonly Feature[]): number =>
  features.reduce((sum, feature) => sum + ownWidth(feature), 0);

/** One name an input. */
export const inputNamesOf = (features: readonly Feature[]): string[] =>
  features.flatMap((feature) => [
    ...(feature.kind === "number"
      ? [feature.name]
      : (feature.categories.length === 2 ? feature.categories.slice(1) : feature.categories).map(
          (category) => `${feature.name}=${category}`,
        )),
    ...(feature.indicator ? [`${feature.name} is missing`] : []),
  ]);

/**
 * Writes the inputs of the table's `rows` to `out` (rows x widthOf(features), row-major), as they are before
 * standardising. `positions`: where each feature's column is in this table; default as in the table of the fit.
 * Errors: `data` for a cell of a number column that is no finite number.
 */
export function fillInputs(
  table: TextTable,
  features: readonly Feature[],
  rows: Int32Array,
  out: Float64Array,
  positions: readonly number[] = features.map(({ position }) => position),
): { readonly notes: readonly string[] } {
  const d = widthOf(features);
  const gaps = new Map<string, number>();
  const strange = new Map<string, { count: number; word: string }>();
  let start = 0;
  features.forEach((feature, f) => {
    const column = positions[f];
    const width = ownWidth(feature);
    let missing = 0;
    rows.forEach((row, i) => {
      const at = i * d + start;
      const cell = table.rows[row].cells[column];
      const gap = feature.kind === "number" ? isGap(cell) : isWordGap(cell);
      if (gap) missing++;
      if (feature.kind === "number") {
        out[at] = gap ? feature.fill : readCell(table, row, column, feature.decimalComma);
      } else {
        const word = gap ? feature.fill : printable(cell);
        const k = feature.categories.indexOf(word);
        if (k < 0) strange.set(feature.name, { count: (strange.get(feature.name)?.count ?? 0) + 1, word });
        else if (feature.categories.length !== 2) out[at + k] = 1;
        else out[at] = k;
      }
      if (feature.indicator) out[at + width - 1] = gap ? 1 : 0;
    });
    if (missing > 0) gaps.set(feature.name, missing);
    start += width;
  });
  return { notes: [...gapNote(gaps), ...strangeNotes(strange)] };
}

function gapNote(gaps: ReadonlyMap<string, number>): string[] {
  if (gaps.size === 0) return [];
  const total = [...gaps.values()].reduce((a, b) => a + b, 0);
  const list = shortList([...gaps].map(([name, count]) => `${name} ${count}`));
  return [`Missing values (${total}) were filled in with the column's mean or most frequent word: ${list}.`];
}

const strangeNotes = (strange: ReadonlyMap<string, { count: number; word: string }>): string[] =>
  [...strange].map(
    ([name, { count, word }]) =>
      `${count} cells of ${name} hold words that were not there when the columns were fitted, such as "${word}": all their 0/1 inputs are 0.`,
  );
