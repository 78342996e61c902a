import type { Direction } from "./types.js";
import { logRankSum } from "../score/measures/rank-sum.js";

/** A number for every cell of a space, by which cells are ranked. */
export interface ScoreColumn {
  /** Name in tables and files, e.g. `ntk_lmin`. */
  readonly name: string;
  readonly label: string;
  /** What it is: computed here, a size of the network, read from a file, or a combination of columns. */
  readonly kind: "measured" | "baseline" | "published" | "combined";
  readonly direction: Direction;
  /** By index of the space, the mean over seeds; NaN where there is none. */
  readonly values: Float64Array;
  /** The same for each seed; empty when the score has none. */
  readonly seeds: readonly Float64Array[];
  /** Why a cell's score is a defined value and no measurement; such a cell ranks last. */
  readonly failures: ReadonlyMap<number, string>;
  /** Seconds of one thread that one cell took, all seeds together; 0 for what costs nothing, NaN when not known. */
  readonly secondsPerCell: number;
  /** The protocol in words. */
  readonly card: string;
}

/** Larger is better: the values or their negatives; failed cells last, NaN where there is no score. */
export function oriented(
  { direction, failures }: Pick<ScoreColumn, "direction" | "failures">,
  values: Float64Array,
): Float64Array {
  const sign = direction === "larger" ? 1 : -1;
  return values.map((value, index) => (Number.isNaN(value) ? NaN : failures.has(index) ? -Infinity : sign * value));
}

/**
 * Ranks of several scores added up as logarithms: sum over scores of log(rank / m), rank m for the best of m cells (the
 * combination of AZ-NAS; Lee and Ham 2024). A cell that one score lacks has no sum. A draw's sum is of that draw's ranks, and
 * of the one rank of scores that are not drawn.
 *
 * @example rankSum("a+b", [a, b])
 */
export function rankSum(name: string, columns: readonly ScoreColumn[]): ScoreColumn {
  const size = columns[0].values.length;
  const ordered = columns.map((column) => oriented(column, column.values));
  const shared = Int32Array.from({ length: size }, (_, index) => index).filter((index) =>
    ordered.every((values) => !Number.isNaN(values[index])),
  );
  const sumOf = (of: (column: ScoreColumn, k: number) => Float64Array): Float64Array => {
    const values = new Float64Array(size).fill(NaN);
    const parts = columns.map((column, k) => of(column, k));
    const sums = logRankSum(parts.map((part) => lastWhereAbsent(Float64Array.from(shared, (index) => part[index]))));
    shared.forEach((index, position) => (values[index] = sums[position]));
    return values;
  };
  const draws = Math.max(...columns.map(({ seeds }) => seeds.length));
  const failures = new Map(columns.flatMap((column) => [...column.failures]));
  return {
    name,
    label: `rank sum of ${columns.map((column) => column.name).join(", ")}`,
    kind: "combined",
    direction: "larger",
    values: sumOf((_, k) => ordered[k]),
    seeds: Array.from({ length: draws }, (_, draw) =>
      sumOf((column, k) => (draw in column.seeds ? oriented(column, column.seeds[draw]) : ordered[k])),
    ),
    failures,
    secondsPerCell: secondsOf(columns),
    card: "Sum of log(rank / m) over the scores, rank m for the best of m cells.",
  };
}

/** Oriented values of one draw: a cell that it lacks and others have is last. */
export const lastWhereAbsent = (values: Float64Array): Float64Array =>
  values.map((value) => (Number.isNaN(value) ? -Infinity : value));

/** Seconds of all columns; those of one protocol are computed together. */
function secondsOf(columns: readonly ScoreColumn[]): number {
  const byCard = new Map(columns.map(({ card, secondsPerCell }) => [card, secondsPerCell]));
  return [...byCard.values()].reduce((sum, seconds) => sum + seconds, 0);
}
