import type { Shape } from "../arch/graph.js";
import {
  openDataset,
  preparedWidth,
  rowPreparation,
  rowPreparer,
  type Normalization,
  type RowPreparation,
  type RowSource,
} from "../data/index.js";
import { AppError } from "../errors.js";
import { rng, type Rng } from "../rng.js";
import type { Preparation, TrainingData, TrainingSet } from "../train/index.js";

/** Rows that networks are trained and tested on. */
export interface TrainSources {
  readonly source: RowSource;
  /** A test set of its own; without it a share of the rows is held out. */
  readonly test: RowSource | undefined;
}

export interface SplitOptions {
  /** Rows to learn from at most. */
  readonly rows: number | undefined;
  /** Share of the rows that are left for learning which only choose between epochs or networks. */
  readonly validation: number;
  readonly normalize: Normalization;
  /** Networks of images: rows are standardised by channel instead, with the shape of the images. */
  readonly images: boolean;
  readonly seed: number | string;
}

export interface PreparedData {
  readonly data: TrainingData;
  readonly input: Shape;
  /** Classes, or 1 for numbers. */
  readonly outputs: number;
  /** What was done to rows and targets, in numbers. */
  readonly preparation: Preparation;
}

/** Share of the rows that is held out to test on. */
const testShare = 0.25;

/** Test rows at most. */
const mostTest = 10_000;

/**
 * The test set that belongs to a spec: the one named, MNIST's own, none otherwise. Throws AppError `usage` for a table, whose
 * columns would have to be those of another file, and `data` for rows of another size.
 */
export async function testSource(
  source: RowSource,
  spec: string | undefined,
  cwd: string,
): Promise<RowSource | undefined> {
  const wanted = spec ?? (source.spec === "mnist" || source.spec === "mnist:train" ? "mnist:test" : undefined);
  if (wanted === undefined) return undefined;
  if (wanted.startsWith("csv:") || source.spec.startsWith("csv:"))
    throw new AppError(
      "usage",
      `--test: expected no csv, got "${wanted}": of tables a quarter of the rows is held out`,
    );
  const test = await openDataset(wanted, { cwd });
  const odd = test.classNames?.findIndex((name, k) => name !== source.classNames?.[k]) ?? -1;
  if (odd >= 0 && source.labels !== undefined) {
    throw new AppError(
      "data",
      `--test: expected the classes of ${source.spec}, got "${test.classNames![odd]}" where that has "${source.classNames?.[odd] ?? "none"}"`,
    );
  }
  if (test.d === source.d && (test.labels === undefined) === (source.labels === undefined)) return test;
  throw new AppError(
    "data",
    `--test: expected rows like those of ${source.spec}, ${source.d} numbers with the same kind of target`,
  );
}

/**
 * Splits rows and prepares them: test rows (a quarter, unless there is a test set), validation rows, rows to learn from; classes
 * in proportion. What is fitted (means, deviations) is fitted to the rows to learn from. Rows of layered networks are
 * normalised as in the search and multiplied by sqrt(d), so that inputs have variance 1 and the first layer the usual
 * fan-in: the function of the untrained network is the one that was scored.
 * Throws AppError `data` when there is nothing to learn or too few rows.
 */
export function prepareTraining({ source, test }: TrainSources, options: SplitOptions): PreparedData {
  const { labels, targets, n, imageShape } = source;
  if (labels === undefined && targets === undefined) {
    throw new AppError("data", `${source.spec}: expected a class or a target for every row, there is none`, {
      hint: "Name the column with --target, or use data with labels.",
    });
  }
  const order = mixed(source, rng(options.seed, "split"));
  const tested = test === undefined ? order.splice(0, Math.max(1, Math.floor(n * testShare))) : [];
  if (options.rows !== undefined) order.splice(options.rows);
  const validated = order.splice(0, Math.floor(order.length * options.validation));
  if (order.length < 2)
    throw new AppError("data", `${source.spec}: expected more rows to learn from, ${n} are too few`);
  if (targets !== undefined && order.every((row) => targets[row] === targets[order[0]])) {
    throw new AppError(
      "data",
      `${source.spec}: expected targets that differ, all ${order.length} rows to learn from have ${targets[order[0]]}`,
      { hint: "There is nothing to learn: take more rows, or another target." },
    );
  }
  const target = targets === undefined ? undefined : momentsOf(targets, order);
  const { prepare, preparation } = options.images
    ? imagePreparer(source, order)
    : layeredPreparer(source, order, options.normalize);
  const setOf = (from: RowSource, rows: readonly number[]): TrainingSet => ({
    n: rows.length,
    inputs: prepare(from, rows),
    ...(from.labels && { labels: Int32Array.from(rows, (row) => from.labels![row]) }),
    ...(from.targets &&
      target && { targets: Float64Array.from(rows, (row) => (from.targets![row] - target.mean) / target.deviation) }),
  });
  const testRows = test === undefined ? tested : Array.from({ length: Math.min(test.n, mostTest) }, (_, row) => row);
  const data: TrainingData = {
    train: setOf(source, order),
    ...(validated.length > 0 && { validation: setOf(source, validated) }),
    test: setOf(test ?? source, testRows),
  };
  const width = data.train.inputs.length / data.train.n;
  const { channels, height, width: columns } = imageShape ?? { channels: 1, height: 1, width };
  return {
    data,
    input: options.images ? [channels, height, columns] : [width],
    preparation: {
      ...preparation,
      ...(target && { target }),
      ...(source.classNames && { classes: source.classNames }),
    },
    outputs: source.classNames?.length ?? (labels === undefined ? 1 : labels.reduce((a, b) => Math.max(a, b)) + 1),
  };
}

/** All rows at random; with classes these take turns in proportion to their sizes, so that every stretch has all of them. */
function mixed({ n, labels }: RowSource, generator: Rng): number[] {
  const order = generator.shuffle(Array.from({ length: n }, (_, row) => row));
  if (labels === undefined) return order;
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const seen = new Map<number, number>();
  const at = new Float64Array(n);
  for (const row of order) {
    const label = labels[row];
    const count = seen.get(label) ?? 0;
    seen.set(label, count + 1);
    at[row] = (count + generator.uniform()) / sizes.get(label)!;
  }
  return order.sort((a, b) => at[a] - at[b]);
}

/** Mean and standard deviation over the rows to learn from, which differ. */
function momentsOf(targets: Float64Array, rows: readonly number[]): NonNullable<Preparation["target"]> {
  const mean = rows.reduce((sum, row) => sum + targets[row], 0) / rows.length;
  const variance = rows.reduce((sum, row) => sum + (targets[row] - mean) ** 2, 0) / rows.length;
  return { mean, deviation: Math.sqrt(variance) };
}

interface Preparer {
  readonly prepare: (from: RowSource, rows: readonly number[]) => Float32Array;
  readonly preparation: Preparation;
}

/** Rows are prepared so many at once. */
const chunk = 1000;

function layeredPreparer(source: RowSource, order: readonly number[], normalize: Normalization): Preparer {
  const learnt: RowSource = {
    ...source,
    n: order.length,
    row: (index, out, offset) => source.row(order[index], out, offset),
  };
  const preparer = rowPreparer(learnt, normalize);
  const norm = Math.sqrt(preparedWidth(source.d, normalize));
  const prepare: Preparer["prepare"] = (from, rows) => {
    const parts: Float64Array[] = [];
    for (let first = 0; first < rows.length; first += chunk) {
      const some = rows.slice(first, first + chunk);
      const raw = new Float64Array(some.length * from.d);
      some.forEach((row, i) => from.row(row, raw, i * from.d));
      parts.push(preparer(raw, some.length));
    }
    const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    const factor = normalize === "none" ? 1 : norm;
    let at = 0;
    for (const part of parts) for (let i = 0; i < part.length; i++) out[at++] = factor * part[i];
    return out;
  };
  return { prepare, preparation: layeredPreparation(rowPreparation(learnt, normalize), norm) };
}

/** Rows of norm 1 times sqrt(d). */
export function layeredPreparation({ columns, mean, factor, bias, unit }: RowPreparation, norm: number): Preparation {
  const array = (values: Float64Array) => ({ shape: [values.length], values });
  return {
    ...(columns && { columns }),
    ...(mean && factor && { mean: array(mean), factor: array(factor) }),
    bias,
    ...(unit && { norm }),
  };
}

function imagePreparer(source: RowSource, order: readonly number[]): Preparer {
  const shape = source.imageShape;
  if (shape === undefined) throw new AppError("data", `${source.spec}: expected images for this network`);
  const area = shape.height * shape.width;
  const [sums, squares] = [new Float64Array(shape.channels), new Float64Array(shape.channels)];
  const image = new Float64Array(source.d);
  for (const row of order) {
    source.row(row, image);
    for (let i = 0; i < source.d; i++) {
      sums[Math.floor(i / area)] += image[i];
      squares[Math.floor(i / area)] += image[i] ** 2;
    }
  }
  const count = order.length * area;
  const mean = sums.map((sum) => sum / count);
  const factor = squares.map((square, c) => 1 / Math.sqrt(Math.max(square / count - mean[c] ** 2, 1e-12)));
  const prepare: Preparer["prepare"] = (from, rows) => {
    const out = new Float32Array(rows.length * from.d);
    rows.forEach((row, at) => {
      from.row(row, image);
      for (let i = 0; i < from.d; i++) {
        const c = Math.floor(i / area);
        out[at * from.d + i] = (image[i] - mean[c]) * factor[c];
      }
    });
    return out;
  };
  const channels = [shape.channels, 1, 1];
  return {
    prepare,
    preparation: {
      mean: { shape: channels, values: mean },
      factor: { shape: channels, values: factor },
      bias: false,
    },
  };
}
