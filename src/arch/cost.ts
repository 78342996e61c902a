import type { Architecture } from "./architecture.js";

/** Hidden width at which sizes are stated when none is given: the kernel itself is of infinite width. */
export const referenceWidth = 512;

/** Size of a finite network of an architecture: every hidden layer `width` wide, one output, no biases (docs/theory.md 1.2). */
export interface Cost {
  readonly parameters: number;
  /** Multiply-adds of one forward pass count as two; activations and skips as one operation a unit. */
  readonly flops: number;
}

/**
 * Parameters d m + (L - 2) m^2 + m and forward FLOPs for input dimension d and hidden width m.
 *
 * @example cost(parseGenotype("relu-relu"), 784, 512).parameters // 784 * 512 + 512 * 512 + 512
 */
export function cost(architecture: Architecture, inputDimension: number, width = referenceWidth): Cost {
  const hidden = architecture.layers.length;
  const parameters = inputDimension * width + (hidden - 1) * width * width + width;
  const skips = architecture.layers.filter((layer) => layer.skip).length;
  return { parameters, flops: 2 * parameters + hidden * width + skips * width };
}
