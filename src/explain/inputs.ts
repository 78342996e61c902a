import type { Batch } from "../data/dataset.js";
import type { RowSource } from "../data/source.js";
import { gramMatrix } from "../math/linalg.js";
import type { Explanation, InputEntry, NearPair, Picture } from "./types.js";

const mostEntries = 8;
const mostPairs = 3;
const mostDifferences = 4;
/** Larger pictures are not kept. */
const mostPixels = 64 * 64 * 3;

/**
 * Which inputs make lambda_min small: the largest entries of the least eigenvector, and the pairs that these inputs form
 * with the inputs of the nearest direction. `kernel` is n x n; `source`, when given, shows the rows as they were read.
 */
export function explainInputs(
  batch: Batch,
  vector: Float64Array,
  kernel: Float64Array,
  source: RowSource | undefined,
): Explanation["inputs"] {
  const { n, d, inputs } = batch;
  const products = gramMatrix(inputs, n, d);
  const correlation = (i: number, j: number): number => {
    const value = products[i * n + j] / Math.sqrt(products[i * n + i] * products[j * n + j]);
    return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
  };
  const heaviest = Array.from({ length: n }, (_, i) => i)
    .sort((i, j) => Math.abs(vector[j]) - Math.abs(vector[i]) || i - j)
    .slice(0, mostEntries);
  const pairs = new Map<string, readonly [number, number]>();
  for (const i of heaviest) {
    let nearest = -1;
    for (let j = 0; j < n; j++)
      if (j !== i && (nearest < 0 || correlation(i, j) > correlation(i, nearest))) nearest = j;
    if (nearest < 0) continue;
    const pair = [Math.min(i, nearest), Math.max(i, nearest)] as const;
    pairs.set(pair.join(" "), pair);
  }
  const weight = ([i, j]: readonly [number, number]): number => vector[i] ** 2 + vector[j] ** 2;
  return {
    n,
    participation: 1 / vector.reduce((sum, value) => sum + value ** 4, 0),
    entries: heaviest.map((i) => entryOf(batch, vector, i)),
    pairs: [...pairs.values()]
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, mostPairs)
      .map((pair): NearPair => {
        const [i, j] = pair;
        return {
          inputs: [entryOf(batch, vector, i), entryOf(batch, vector, j)],
          correlation: correlation(i, j),
          weight: weight(pair),
          bound: leastOfTwo(kernel[i * n + i], kernel[j * n + j], kernel[i * n + j]),
          ...(source && shownRows(source, batch.rows[i], batch.rows[j])),
        };
      }),
  };
}

function entryOf({ rows, labels, classNames, targets }: Batch, vector: Float64Array, i: number): InputEntry {
  const target = labels === undefined ? targets && String(targets[i]) : (classNames?.[labels[i]] ?? String(labels[i]));
  return { row: rows[i], entry: vector[i], ...(target !== undefined && { target }) };
}

/** Least eigenvalue of [[a, c], [c, b]]. */
const leastOfTwo = (a: number, b: number, c: number): number => (a + b) / 2 - Math.hypot((a - b) / 2, c);

function shownRows(source: RowSource, a: number, b: number): Pick<NearPair, "pictures" | "differences"> {
  const [x, y] = [a, b].map((row) => {
    const out = new Float64Array(source.d);
    source.row(row, out);
    return out;
  });
  const { imageShape, preprocessing } = source;
  if (imageShape !== undefined)
    return source.d > mostPixels ? {} : { pictures: [pictureOf(x, imageShape), pictureOf(y, imageShape)] };
  if (preprocessing === undefined) return {};
  const { inputNames, mean, scale } = preprocessing;
  const differing = inputNames
    .map((name, k) => ({ name, k, size: Math.abs(x[k] - y[k]) }))
    .filter(({ size }) => size > 0)
    .sort((p, q) => q.size - p.size)
    .slice(0, mostDifferences);
  const raw = (value: number, k: number): number => Number((value * scale[k] + mean[k]).toPrecision(12));
  return { differences: differing.map(({ name, k }) => ({ name, values: [raw(x[k], k), raw(y[k], k)] })) };
}

function pictureOf(values: Float64Array, { height, width, channels }: NonNullable<Batch["imageShape"]>): Picture {
  const low = Math.min(0, ...values);
  const high = Math.max(...values);
  const scale = high > low ? 255 / (high - low) : 0;
  return { height, width, channels, values: Array.from(values, (value) => Math.round((value - low) * scale)) };
}
