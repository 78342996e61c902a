/** Which units of a layer are positive for each sample, one bit a unit. */
export interface ActivationCodes {
  readonly n: number;
  readonly units: number;
  /** n rows of ceil(units / 32) words. */
  readonly words: Uint32Array;
}

/** Codes of values n x units. */
export function activationCodes(values: Float64Array, n: number): ActivationCodes {
  const units = values.length / n;
  const row = Math.ceil(units / 32);
  const words = new Uint32Array(n * row);
  for (let i = 0; i < n; i++)
    for (let u = 0; u < units; u++) if (values[i * units + u] > 0) words[i * row + (u >>> 5)] |= 1 << (u & 31);
  return { n, units, words };
}

/** Adds `times` the number of units on which each pair of samples agrees to `kernel` (n x n). */
export function addAgreement({ n, units, words }: ActivationCodes, times: number, kernel: Float64Array): void {
  const row = words.length / n;
  for (let i = 0; i < n; i++) {
    kernel[i * n + i] += times * units;
    for (let j = 0; j < i; j++) {
      let different = 0;
      for (let w = 0, a = i * row, b = j * row; w < row; w++) different += bits(words[a + w] ^ words[b + w]);
      kernel[i * n + j] += times * (units - different);
      kernel[j * n + i] += times * (units - different);
    }
  }
}

/** Number of different codes among samples whose code is that of all `layers` together. */
export function distinctCodes(layers: readonly ActivationCodes[], n: number): number {
  const seen = new Set<string>();
  for (let i = 0; i < n; i++) {
    seen.add(
      layers.map(({ words }) => words.subarray((i * words.length) / n, ((i + 1) * words.length) / n).join()).join(";"),
    );
  }
  return seen.size;
}

/** Number of ones in a 32-bit word. */
function bits(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
