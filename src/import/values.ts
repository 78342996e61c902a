import type { Shape } from "../arch/graph.js";
import type { Constant } from "./onnx-file.js";

/** A size of a tensor, or the number of samples, whatever it is. */
export type Size = number | "batch";

/**
 * One sample's tensor while a file is read: a function of single numbers applied to a node of the graph. The function is known by
 * its values on `grid`, so that `x * sigmoid(x)` is recognised however it was written.
 */
export interface Tensor {
  readonly kind: "tensor";
  /** Of one sample. */
  readonly shape: Shape;
  /** A node of the graph, or `input`. */
  readonly base: string;
  /** The graph has [C] where the file has [C, 1, 1]. */
  readonly flat: boolean;
  /** Values of the function on the grid; without them it is the node itself. */
  readonly samples?: Float64Array;
  /** Operators that made the function, for names and messages. */
  readonly made: readonly string[];
  /** How it was made by its last operator: a function of `of`, or the sum of two. */
  readonly last?: { readonly of: Tensor; readonly samples: Float64Array } | { readonly sum: readonly [Tensor, Tensor] };
}

/** Steps of a layer normalisation that is written out: of a vector x its mean, x - mean, its square, the mean of that, its root. */
export interface Moment {
  readonly kind: "moment";
  readonly stage: "mean" | "centred" | "square" | "variance" | "shifted" | "deviation";
  readonly of: Tensor;
  readonly epsilon: number;
}

/** Sizes, as `Shape` gives them. `of`: whose whole shape they are. */
export interface Sizes {
  readonly kind: "sizes";
  readonly sizes: readonly Size[];
  readonly of?: Tensor;
}

export type Value = Tensor | Moment | Sizes | { readonly kind: "constant"; readonly constant: Constant };

/** Said of what is not read; collected, so that all are said at once. */
export class NotImported extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** A tensor that is a node of the graph. */
export const nodeValue = (base: string, shape: Shape, flat = false): Tensor => ({
  kind: "tensor",
  shape,
  base,
  flat,
  made: [],
});
