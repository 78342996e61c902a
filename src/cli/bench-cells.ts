import { answersOf } from "../bench/answers.js";
import { cellDraws } from "../bench/eigen-nas.js";
import type { ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";
import { AppError } from "../errors.js";
import { rng } from "../rng.js";
import { needColumn, type BenchmarkTable } from "../tables/index.js";

interface Constraints {
  readonly limit?: number | undefined;
  readonly seed: number;
  readonly maxParams?: number | undefined;
  readonly maxFlops?: number | undefined;
  readonly latency?: string | undefined;
  readonly maxLatency?: number | undefined;
}

/** Cells that a search may draw: within every limit. Throws AppError `usage` when none is left. */
export function allowedCells(
  space: BenchSpace,
  { limit, seed, maxParams, maxFlops, latency, maxLatency }: Constraints,
  known: { readonly baselines: readonly ScoreColumn[]; readonly table: BenchmarkTable | undefined },
): Int32Array {
  const limits: { readonly values: Float64Array; readonly most: number }[] = [];
  const size = (name: string): Float64Array => known.baselines.find((column) => column.name === name)!.values;
  if (maxParams !== undefined) limits.push({ values: size("params"), most: maxParams * 1e6 });
  if (maxFlops !== undefined) limits.push({ values: size("flops"), most: maxFlops });
  if (latency !== undefined && maxLatency !== undefined) {
    if (known.table === undefined) {
      throw new AppError("usage", `--latency ${latency}: there is no table with this column`, {
        hint: "Name it with --table or --join.",
      });
    }
    const values = new Float64Array(space.count).fill(NaN);
    const column = needColumn(known.table, latency);
    known.table.indices.forEach((index, row) => (values[index] = column[row]));
    limits.push({ values, most: maxLatency });
  }
  let cells = Int32Array.from({ length: space.count }, (_, index) => index).filter((index) =>
    limits.every(({ values, most }) => values[index] <= most),
  );
  if (limit !== undefined && limit < cells.length) {
    cells = rng(seed, "bench limit").drawToFront(cells, limit).slice(0, limit).sort();
  }
  if (cells.length >= 2) return cells;
  throw new AppError("usage", `The limits leave ${cells.length} of ${space.count} cells`, {
    hint: "Raise --max-params, --max-flops or --max-latency.",
  });
}

/** The cells that stand for the functions to be scored: of the whole space, or of what the searches draw. */
export function cellsToScore(
  space: BenchSpace,
  allowed: Int32Array,
  options: { spaceWide: boolean; draws: number; top: number; repeats: number; seed: number },
  table: BenchmarkTable | undefined,
): Int32Array {
  const wanted = new Set<number>();
  const answers = table === undefined ? [] : answersOf(table, space.count);
  if (options.spaceWide || answers.length === 0) for (const index of allowed) wanted.add(space.classes[index]);
  else {
    for (const { test } of answers) {
      const draw = cellDraws(
        allowed.filter((index) => !Number.isNaN(test[index])),
        options,
      );
      for (let repeat = 0; repeat < options.repeats; repeat++)
        for (const index of draw(repeat)) wanted.add(space.classes[index]);
    }
  }
  return Int32Array.from(wanted).sort();
}
