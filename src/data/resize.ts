/** `area`: the mean over the pixels that an output pixel covers; `bilinear`: a triangle as wide as two output pixels at least. */
export type ResizeFilter = "area" | "bilinear";

/** Where an output pixel looks, and how much each input pixel counts; the weights sum to 1. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * Taps of one axis, from `size` to `target` pixels; output pixel i covers [i, i + 1] size / target of the input.
 * `bilinear` is the triangle filter of PIL and of `torch.nn.functional.interpolate(antialias=True)`.
 */
function tapsOf(size: number, target: number, filter: ResizeFilter): Taps[] {
  const scale = size / target;
  return Array.from({ length: target }, (_, i) => {
    const [from, to] = [i * scale, (i + 1) * scale];
    const support = Math.max(1, scale);
    const center = (from + to) / 2;
    const low = filter === "area" ? Math.floor(from) : Math.max(0, Math.floor(center - support + 0.5));
    const high = filter === "area" ? Math.ceil(to) : Math.min(size, Math.floor(center + support + 0.5));
    const weightAt = (k: number) =>
      filter === "area"
        ? Math.min(to, k + 1) - Math.max(from, k)
        : Math.max(0, 1 - Math.abs((k + 0.5 - center) / support));
    const last = Math.min(size, high);
    const raw = Array.from({ length: last - low }, (_unused, k) => Math.max(0, weightAt(low + k)));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first: low, weights: raw.map((weight) => weight / sum) };
  });
}

/** One plane of height x width numbers, row by row, at another size. */
export function resizePlane(
  plane: ArrayLike<number>,
  [height, width]: readonly [number, number],
  [newHeight, newWidth]: readonly [number, number],
  filter: ResizeFilter,
): Float64Array {
  const across = tapsOf(width, newWidth, filter);
  const narrow = new Float64Array(height * newWidth);
  for (let y = 0; y < height; y++) {
    across.forEach(({ first, weights }, x) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * plane[y * width + first + k];
      narrow[y * newWidth + x] = sum;
    });
  }
  const out = new Float64Array(newHeight * newWidth);
  tapsOf(height, newHeight, filter).forEach(({ first, weights }, y) => {
    for (let k = 0; k < weights.length; k++) {
      for (let x = 0; x < newWidth; x++) out[y * newWidth + x] += weights[k] * narrow[(first + k) * newWidth + x];
    }
  });
  return out;
}
