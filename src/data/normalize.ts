import { AppError, nearestName } from "../errors.js";
import type { Normalization } from "./dataset.js";
import type { RowSource } from "./source.js";

export const normalizations = ["unit", "none", "standard", "affine"] as const satisfies readonly Normalization[];

/** Checks a word from outside. Errors: `usage` with the list and the nearest name. */
export function parseNormalization(word: string): Normalization {
  const found = normalizations.find((name) => name === word);
  if (found) return found;
  const near = nearestName(word, normalizations);
  throw new AppError("usage", `Unknown normalisation "${word}": expected one of ${normalizations.join(", ")}`, {
    hint: near === undefined ? "unit divides every row by its norm." : `Did you mean ${near}?`,
  });
}

/** Euclidean norm of d numbers from `offset` on, scaled first where squares would leave the range of float64. */
export function normOf(values: Float64Array, offset: number, d: number): number {
  let largest = 0;
  for (let j = 0; j < d; j++) largest = Math.max(largest, Math.abs(values[offset + j]));
  const scale = largest > 1e140 || (largest > 0 && largest < 1e-140) ? largest : 1;
  let sum = 0;
  for (let j = 0; j < d; j++) sum += (values[offset + j] / scale) ** 2;
  return scale * Math.sqrt(sum);
}

/** Prepares one row in place and returns whether it may be used: false for a row that has norm 0 and needs another. */
export interface RowNormalizer {
  readonly notes: readonly string[];
  apply(values: Float64Array, offset: number): boolean;
}

/**
 * The preparation of rows (docs/theory.md 1.2 asks for <x, x> = 1). `unit`: x / ||x||. `standard`: every column minus its
 * mean, over its standard deviation (both over the whole source, divisor n), columns that never change set to 0, then
 * as `unit`. `none`: as it is.
 * Errors: `data` when the spread of a column overflows.
 */
export function rowNormalizer(source: RowSource, normalize: Normalization): RowNormalizer {
  const { d } = source;
  switch (normalize) {
    case "none":
      return { notes: [], apply: () => true };
    case "unit":
    case "affine":
      return { notes: [], apply: (values, offset) => toUnit(values, offset, d) };
    case "standard": {
      const { mean, factor, constant } = columnStatistics(source);
      const note = `${constant} of ${d} columns have the same value in every row and were set to 0 by standardising.`;
      return {
        notes: constant > 0 ? [note] : [],
        apply: (values, offset) => {
          for (let j = 0; j < d; j++) values[offset + j] = (values[offset + j] - mean[j]) * factor[j];
          return toUnit(values, offset, d);
        },
      };
    }
  }
}

/**
 * What the rows of `affine` are made of: every column standardised as in `standard`, and one more coordinate of 1, which acts as
 * the bias of a first layer whose weights and biases have one variance. Without it, rows of one or two columns would lose
 * most of what they say when they are divided by their norm. Other normalisations take the source as it is.
 */
export function withBias(source: RowSource, normalize: Normalization): RowSource {
  if (normalize !== "affine") return source;
  const { d } = source;
  const { mean, factor, constant } = columnStatistics(source);
  const note = `${constant} of ${d} columns have the same value in every row and were set to 0 by standardising.`;
  const { labels, targets, classNames, preprocessing, spec, n, hash } = source;
  return {
    spec,
    n,
    hash,
    ...(labels && { labels }),
    ...(targets && { targets }),
    ...(classNames && { classNames }),
    ...(preprocessing && { preprocessing }),
    d: d + 1,
    notes: constant > 0 ? [...source.notes, note] : source.notes,
    row: (index, out, offset = 0) => {
      source.row(index, out, offset);
      for (let j = 0; j < d; j++) out[offset + j] = (out[offset + j] - mean[j]) * factor[j];
      out[offset + d] = 1;
    },
  };
}

/** Numbers of a prepared row of d: `affine` has one more coordinate. */
export const preparedWidth = (d: number, normalize: Normalization): number => (normalize === "affine" ? d + 1 : d);

/** A function that prepares rows of other inputs as those of `source` were: n x d in, n rows of the batch's dimension out. */
export function rowPreparer(
  source: RowSource,
  normalize: Normalization,
): (inputs: Float64Array, n: number) => Float64Array {
  const { d } = source;
  const width = preparedWidth(d, normalize);
  const statistics = normalize === "affine" ? columnStatistics(source) : undefined;
  const normalizer = rowNormalizer(source, normalize);
  return (inputs, n) => {
    const out = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      out.set(inputs.subarray(i * d, (i + 1) * d), i * width);
      if (statistics !== undefined) {
        const { mean, factor } = statistics;
        for (let j = 0; j < d; j++) out[i * width + j] = (out[i * width + j] - mean[j]) * factor[j];
        out[i * width + d] = 1;
        toUnit(out, i * width, width);
      } else normalizer.apply(out, i * width);
    }
    return out;
  };
}

/** How rows are prepared, in numbers. */
export interface RowPreparation {
  /** What the columns of a raw row are called: of a table, words as 0/1 columns. */
  readonly columns?: readonly string[];
  /** Subtracted from, then multiplied with every column; absent where rows are taken as they are. */
  readonly mean?: Float64Array;
  readonly factor?: Float64Array;
  /** A last coordinate of 1. */
  readonly bias: boolean;
  /** Divided by the norm in the end. */
  readonly unit: boolean;
}

/** What `rowPreparer` does, and what a table's own standardisation did before, as one map of raw rows. */
export function rowPreparation(source: RowSource, normalize: Normalization): RowPreparation {
  const table = source.preprocessing;
  const fitted = normalize === "standard" || normalize === "affine" ? columnStatistics(source) : undefined;
  const columns = <T>(value: (j: number) => T): T[] => Array.from({ length: source.d }, (_, j) => value(j));
  return {
    ...(table && { columns: table.inputNames }),
    ...((table !== undefined || fitted !== undefined) && {
      mean: Float64Array.from(columns((j) => (table?.mean[j] ?? 0) + (table?.scale[j] ?? 1) * (fitted?.mean[j] ?? 0))),
      factor: Float64Array.from(columns((j) => (fitted?.factor[j] ?? 1) / (table?.scale[j] ?? 1))),
    }),
    bias: normalize === "affine",
    unit: normalize !== "none",
  };
}

function toUnit(values: Float64Array, offset: number, d: number): boolean {
  const norm = normOf(values, offset, d);
  if (norm === 0) return false;
  for (let j = 0; j < d; j++) values[offset + j] /= norm;
  return true;
}

/** Mean and 1 / standard deviation per column by Welford's update; factor 0 where all values are equal (or their spread underflows). */
function columnStatistics(source: RowSource): { mean: Float64Array; factor: Float64Array; constant: number } {
  const { n, d } = source;
  const row = new Float64Array(d);
  const first = new Float64Array(d);
  const mean = new Float64Array(d);
  const squares = new Float64Array(d);
  const changes = new Uint8Array(d);
  source.row(0, first);
  for (let i = 0; i < n; i++) {
    source.row(i, row);
    for (let j = 0; j < d; j++) {
      const delta = row[j] - mean[j];
      mean[j] += delta / (i + 1);
      squares[j] += delta * (row[j] - mean[j]);
      if (row[j] !== first[j]) changes[j] = 1;
    }
  }
  const wide = squares.findIndex((square) => !Number.isFinite(square));
  if (wide >= 0) {
    throw new AppError("data", `${source.spec}: column ${wide + 1} of the inputs is too large to be standardised`, {
      hint: "Rescale the column so that the squares of its values are below 1e308.",
    });
  }
  const factor = squares.map((square, j) => (changes[j] === 1 && square > 0 ? 1 / Math.sqrt(square / n) : 0));
  return { mean, factor, constant: factor.filter((value) => value === 0).length };
}
