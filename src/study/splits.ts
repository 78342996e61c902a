import { AppError } from "../errors.js";
import type { Rng } from "../rng.js";

/** Positions of the rows that are learnt from and of those that are held out, both ascending. */
export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Holds out a share of the rows. With labels, classes take turns so that each is held out in its proportion (classes of one row
 * are never held out); otherwise rows are drawn at random. Of each side at most `mostTrain` and `mostTest` rows are kept, in proportion.
 *
 * @throws AppError "data" with fewer than ten rows.
 */
export function holdOut(
  n: number,
  labels: ArrayLike<number | string> | undefined,
  generator: Rng,
  { share, mostTrain, mostTest }: { readonly share: number; readonly mostTrain: number; readonly mostTest: number },
): Split {
  if (n < 10) {
    throw new AppError("data", `Expected at least 10 rows to hold some out, got ${n}.`, {
      hint: "Leave the table out: figures of so few rows mean nothing.",
    });
  }
  const order = interleaved(n, labels, generator);
  const wanted = Math.max(2, Math.round(share * n));
  const sizes = new Map<number | string, number>();
  for (let i = 0; i < n; i++) sizes.set(labels?.[i] ?? 0, (sizes.get(labels?.[i] ?? 0) ?? 0) + 1);
  const eligible = order.filter((i) => sizes.get(labels?.[i] ?? 0)! > 1);
  const test = eligible.slice(0, wanted);
  const held = new Set(test);
  const train = order.filter((i) => !held.has(i));
  const ascending = (rows: readonly number[]): number[] => rows.toSorted((a, b) => a - b);
  return { train: ascending(train.slice(0, mostTrain)), test: ascending(test.slice(0, mostTest)) };
}

/** k parts of the rows, ascending, each class spread over all of them; every row is in one part. */
export function stratifiedFolds(
  labels: ArrayLike<number> | undefined,
  k: number,
  generator: Rng,
  n = labels?.length ?? 0,
): number[][] {
  const parts = Array.from({ length: k }, (): number[] => []);
  interleaved(n, labels, generator, "blocks").forEach((row, i) => parts[i % k].push(row));
  return parts.filter((part) => part.length > 0).map((part) => part.sort((a, b) => a - b));
}

/**
 * All rows in a random order. `even`: every stretch has about the proportions of the classes; `blocks`: class after class.
 */
function interleaved(
  n: number,
  labels: ArrayLike<number | string> | undefined,
  generator: Rng,
  form: "even" | "blocks" = "even",
): number[] {
  const rows = generator.shuffle(Array.from({ length: n }, (_, i) => i));
  if (labels === undefined) return rows;
  const groups = new Map<number | string, number[]>();
  for (const row of rows) {
    const group = groups.get(labels[row]);
    if (group === undefined) groups.set(labels[row], [row]);
    else group.push(row);
  }
  if (form === "blocks") return [...groups.values()].flat();
  const offset = new Map([...groups.keys()].map((key) => [key, generator.uniform()]));
  const placed = [...groups].flatMap(([key, members]) =>
    members.map((row, i) => ({ row, place: (i + offset.get(key)!) / members.length })),
  );
  return placed.sort((a, b) => a.place - b.place || a.row - b.row).map(({ row }) => row);
}
