import { isBaseline } from "../bench/columns.js";
import { AppError } from "../errors.js";
import { openDataset, type RowSource } from "../data/index.js";
import type { ImagePool } from "../queue/measure.js";
import { rng } from "../rng.js";

/** Images of a bench: one pool for every draw, and what they are. */
export interface BenchImages {
  readonly pools: readonly ImagePool[];
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
 * Draws `count` images for every draw of the weights, without regard to labels: a permutation keyed by seed and draw.
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
  return {
    pools: Array.from({ length: draws }, (_, draw) => poolOf(source, Math.min(count, source.n), seed, draw)),
    shape: [shape.channels, shape.height, shape.width],
    classes: source.classNames?.length ?? 10,
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
  return { pools: [], shape: [3, 32, 32], classes: 10, spec: "none", hash: "none" };
}

function poolOf(source: RowSource, count: number, seed: number, draw: number): ImagePool {
  const everyRow = Array.from({ length: source.n }, (_, row) => row);
  const order = rng(seed, "bench images", draw).drawToFront(everyRow, count);
  const inputs = new Float64Array(count * source.d);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    source.row(order[i], inputs, i * source.d);
    labels[i] = source.labels?.[order[i]] ?? 0;
  }
  return { n: count, inputs, labels };
}
