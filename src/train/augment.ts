import type { Shape } from "../arch/graph.js";
import { AppError } from "../errors.js";
import type { Rng } from "../rng.js";

type Floats = Float32Array | Float64Array;

/** Random changes of training images that keep their class. */
export interface AugmentOptions {
  /** Mirrors an image with probability 1/2. */
  readonly flip?: boolean;
  /** Shifts images by up to so many pixels each way, zeros coming in. */
  readonly crop?: number;
}

/** Throws AppError `usage` for a crop that is no number of pixels, `data` when there is something to do and inputs are no images. */
export function checkAugment({ flip = false, crop = 0 }: AugmentOptions, shape: Shape): void {
  if (!flip && crop === 0) return;
  if (!(Number.isInteger(crop) && crop >= 0))
    throw new AppError("usage", `Crops shift by 0 or more pixels; got ${crop}.`);
  if (shape.length === 3) return;
  throw new AppError("data", `Flips and crops are for images; the network reads ${shape.join(" x ")} numbers.`, {
    hint: "Leave them out, or use a network of images.",
  });
}

/** Copies an image [C, H, W] from `source` to `target`, mirrored and shifted as the generator says. */
export function augmentInto(
  source: Floats,
  from: number,
  target: Floats,
  to: number,
  [channels, height, width]: Shape,
  { flip = false, crop = 0 }: AugmentOptions,
  rng: Rng,
): void {
  const mirrored = flip && rng.uint32() >>> 31 === 1;
  const [down, right] = crop > 0 ? [rng.integer(2 * crop + 1) - crop, rng.integer(2 * crop + 1) - crop] : [0, 0];
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      const sy = y + down;
      const row = to + (c * height + y) * width;
      if (sy < 0 || sy >= height) {
        target.fill(0, row, row + width);
        continue;
      }
      const start = from + (c * height + sy) * width;
      for (let x = 0; x < width; x++) {
        const sx = (mirrored ? width - 1 - x : x) + right;
        target[row + x] = sx >= 0 && sx < width ? source[start + sx] : 0;
      }
    }
}
