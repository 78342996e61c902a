import { isBaseline } from "../bench/columns.js";
import { AppError } from "../errors.js";
import { drawBalanced } from "../data/draw.js";
import { openDataset, type RowSource } from "../data/index.js";
import type { ImagePool } from "../queue/measure.js";
import { rng } from "../rng.js";

/** Images of a bench, and what they are. */
export interface BenchImages {
  /** One pool for every draw of the weights; `balanced`: with equal numbers of every class, as far as there are labels. */
  pools(balanced: boolean): readonly ImagePool[];
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: number;
  readonly spec: string;
  readonly hash: string;
}

const recordKinds = /^(cifar10|cifar100|imagenet16-bin|imagenet16-120):/;

/** A spec as it was typed, a bare file of CIFAR-10 records, and with the benchmark's channel statistics where it has them. */
export function imageSpec(text: string): string {
  const spec = /^[\w-]+:/.test(text) || !/\.bin(\.gz)?$/.test(text) ? text : `cifar10:${text}`;
  return recordKinds.test(spec) && !spec.includes("normalize=") ? `${spec},normalize=nasbench` : spec;
}

/**
 * Draws `count` images for every draw of the weights, at least two a class: a permutation keyed by seed and draw, without
 * regard to labels; or in which classes take turns, so that their numbers differ by at most one among the first n.
 * Errors: `data` for data that are no images or fewer than `least`.
 */
export async function benchImages(
  text: string,
  { cwd, count, least, draws, seed }: { cwd: string; count: number; least: number; draws: number; seed: number },
): Promise<BenchImages> {
  const source = await openDataset(imageSpec(text), { cwd });
  const { imageShape: shape } = source;
  if (shape === undefined) {
    throw new AppError("data", `${text}: expected images, these rows are ${source.d} numbers without a shape`, {
      hint: "Use cifar10:FILE, cifar100:FILE, imagenet16-bin:FILE or an image folder.",
    });
  }
  if (shape.channels !== 3 || shape.height !== shape.width || shape.height % 4 !== 0) {
    throw new AppError(
      "data",
      `${text}: expected square colour images with a side that is a multiple of 4, got ${shape.channels} channels of ${shape.height} x ${shape.width}`,
    );
  }
  if (source.n < least) {
    throw new AppError("data", `${text}: expected at least ${least} images, got ${source.n}`, {
      hint: "Name a larger file or folder, or a smaller --batch.",
    });
  }
  const classes = source.classNames?.length ?? 10;
  const wanted = Math.min(Math.max(count, 2 * classes), source.n);
  const made = new Map<boolean, readonly ImagePool[]>();
  return {
    pools: (balanced) => {
      const known = made.get(balanced);
      if (known !== undefined) return known;
      const pools = Array.from({ length: draws }, (_, draw) =>
        poolOf(source, balanced ? balancedRows(source, wanted, seed, draw) : plainRows(source, wanted, seed, draw)),
      );
      made.set(balanced, pools);
      return pools;
    },
    shape: [shape.channels, shape.height, shape.width],
    classes,
    spec: source.spec,
    hash: source.hash,
  };
}

/**
 * Of a bench that measures nothing: the benchmark's CIFAR-10 networks are counted. Throws AppError `usage` when one of the
 * scores needs images.
 */
export function withoutImages(names: readonly string[]): BenchImages {
  const needy = names.find((name) => !name.split("+").every(isBaseline));
  if (needy !== undefined) {
    throw new AppError("usage", `--images: expected images for the score ${needy}`, {
      hint: "Such as --images cifar10:data_batch_1.bin, of the CIFAR-10 binary version.",
    });
  }
  return { pools: () => [], shape: [3, 32, 32], classes: 10, spec: "none", hash: "none" };
}

function plainRows({ n }: RowSource, count: number, seed: number, draw: number): readonly number[] {
  const everyRow = Array.from({ length: n }, (_, row) => row);
  return rng(seed, "bench images", draw).drawToFront(everyRow, count).slice(0, count);
}

function balancedRows(source: RowSource, count: number, seed: number, draw: number): readonly number[] {
  const rows: number[] = [];
  drawBalanced(source, count, true, rng(seed, "balanced bench images", draw), (row) => rows.push(row) > 0);
  return rows;
}

function poolOf(source: RowSource, rows: readonly number[]): ImagePool {
  const inputs = new Float64Array(rows.length * source.d);
  const labels = new Int32Array(rows.length);
  rows.forEach((row, i) => {
    source.row(row, inputs, i * source.d);
    labels[i] = source.labels?.[row] ?? 0;
  });
  return { n: rows.length, inputs, labels };
}
