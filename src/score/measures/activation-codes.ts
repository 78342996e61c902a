/** Which units of a layer are on for each sample, one bit a unit: n rows of as many words as the units need. */
export type ActivationCodes = Uint32Array;

/**
 * Adds `times` the number of `units` on which each pair of samples agrees to `kernel` (n x n).
 *
 * @example addAgreement(pass.positive("last.relu"), units, 1, kernel)
 */
export function addAgreement(codes: ActivationCodes, units: number, times: number, kernel: Float64Array): void {
  const n = Math.sqrt(kernel.length);
  const row = codes.length / n;
  for (let i = 0; i < n; i++) {
    kernel[i * n + i] += times * units;
    for (let j = 0; j < i; j++) {
      let different = 0;
      for (let w = 0, a = i * row, b = j * row; w < row; w++) different += bits(codes[a + w] ^ codes[b + w]);
      kernel[i * n + j] += times * (units - different);
      kernel[j * n + i] += times * (units - different);
    }
  }
}

/** Number of different codes among `n` samples whose code is that of all `layers` together. */
export function distinctCodes(layers: readonly ActivationCodes[], n: number): number {
  const rowOf = (codes: ActivationCodes, i: number): string =>
    codes.subarray((i * codes.length) / n, ((i + 1) * codes.length) / n).join();
  const seen = new Set<string>();
  for (let i = 0; i < n; i++) seen.add(layers.map((codes) => rowOf(codes, i)).join(";"));
  return seen.size;
}

/** Adds the patterns of a layer's units: bit i says whether sample i turns the unit on; at most 32 samples. */
export function addUnitPatterns(codes: ActivationCodes, units: number, n: number, patterns: Set<number>): void {
  const row = codes.length / n;
  for (let u = 0; u < units; u++) {
    let pattern = 0;
    for (let i = 0; i < n; i++) pattern = (pattern << 1) | ((codes[i * row + (u >>> 5)] >>> (u & 31)) & 1);
    patterns.add(pattern);
  }
}

/** Number of ones in a 32-bit word. */
function bits(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
