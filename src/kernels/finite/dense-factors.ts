import type { FiniteEngine } from "./engine/engine.js";
import type { DenseFactors, FiniteKernel } from "./ntk.js";

/**
 * An engine that also keeps the Gram matrices of rows which it makes: of a network of dense layers those are, for each
 * weight, X X' and D D', the factors that the certificate of docs/theory.md 3.5 needs.
 */
export class GramRecorder {
  readonly engine: FiniteEngine;
  #grams: Float64Array[] = [];

  constructor(engine: FiniteEngine) {
    const keep = (gram: Float64Array): void => void this.#grams.push(gram);
    this.engine = {
      ...engine,
      gram: (arena, offset, n, stride, count, kernel, scale, threads) => {
        const alone = new Float64Array(kernel.length);
        engine.gram(arena, offset, n, stride, count, alone, scale, threads);
        for (let at = 0; at < kernel.length; at++) kernel[at] += alone[at];
        keep(alone);
      },
    };
  }

  /**
   * The factors of the kernel that was made since the last call, in the order of its parts. None when the kernel is not that
   * of dense layers in one pass: their product must be the part.
   */
  take({ parts, size }: FiniteKernel): DenseFactors[] {
    const grams = this.#grams;
    this.#grams = [];
    if (grams.length !== 2 * parts.length || grams.some(({ length }) => length !== size * size)) return [];
    const factors: DenseFactors[] = [];
    for (let p = 0; p < parts.length; p++) {
      const { parameter, kernel } = parts[p];
      const last = 2 * (parts.length - 1 - p);
      const [inputs, backs] = [grams[last], grams[last + 1]].map((gram) => mirrored(gram, size));
      const scale = scaleOf(kernel, inputs, backs, size);
      if (scale === undefined) return [];
      factors.push({ parameter, scale, inputs, backs });
    }
    return factors;
  }
}

/** s with kernel = s inputs o backs on the diagonal, to rounding; 0 for zeros, undefined when there is none. */
function scaleOf(kernel: Float64Array, inputs: Float64Array, backs: Float64Array, n: number): number | undefined {
  let [scale, largest] = [0, 0];
  for (let i = 0; i < n; i++) {
    const product = inputs[i * (n + 1)] * backs[i * (n + 1)];
    if (product > largest) [scale, largest] = [kernel[i * (n + 1)] / product, product];
  }
  for (let i = 0; i < n; i++) {
    const at = i * (n + 1);
    if (Math.abs(kernel[at] - scale * inputs[at] * backs[at]) > 1e-9 * scale * largest) return undefined;
  }
  return scale;
}

/** Both triangles from the lower one. */
function mirrored(lower: Float64Array, n: number): Float64Array {
  const whole = lower.slice();
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) whole[j * n + i] = lower[i * n + j];
  return whole;
}
