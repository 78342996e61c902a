import type { Predictions } from "../score/predictor.js";

/** A class with the probability of every class, or a value. */
export interface PredictedRow {
  readonly prediction: string | number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Predictions with the names of the classes. */
export function predictedRows(
  { labels, probabilities, values }: Predictions,
  classes: readonly number[] | undefined,
  classNames: readonly string[] | undefined,
  count: number,
): PredictedRow[] {
  const name = (label: number): string => classNames?.[label] ?? String(label);
  return Array.from({ length: count }, (_, i): PredictedRow => {
    if (labels === undefined || classes === undefined) return { prediction: values![i] };
    const shares = classes.map((label, c) => [name(label), probabilities![i * classes.length + c]] as const);
    return { prediction: name(labels[i]), probabilities: Object.fromEntries(shares) };
  });
}

/** CSV with a header: `prediction`, and `p(CLASS)` for each class. Rows are in the order of the file that was predicted. */
export function csvText(rows: readonly PredictedRow[]): string {
  const names = Object.keys(rows.at(0)?.probabilities ?? {});
  const lines = [
    ["prediction", ...names.map((name) => `p(${name})`)],
    ...rows.map(({ prediction, probabilities }) => [
      String(prediction),
      ...names.map((name) => (probabilities?.[name] ?? NaN).toFixed(6)),
    ]),
  ];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

const quoted = (cell: string): string => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
