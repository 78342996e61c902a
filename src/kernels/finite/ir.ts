import type { RunningStatistics, Shape } from "../../arch/graph.js";

/** A learnable tensor. `weight`: dense [units, inputs] or convolution [channels, inputs of a group, kernel, kernel]; the rest per channel. */
export interface Parameter {
  readonly name: string;
  readonly kind: "weight" | "gain" | "shift" | "bias";
  readonly shape: readonly number[];
  readonly fanIn: number;
  /** Weight variance of the NTK parameterisation; 1 for other kinds. */
  readonly variance: number;
  /** What the variance is divided by in NTK parameterisation (see GraphOp.fan). */
  readonly fan: number;
}

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Windows of a convolution or pool over an image. */
export type { Window };

/**
 * One operation of the tensor graph. `x`, `y`, `xs` are indices of earlier nodes; `weight` and the like of parameters.
 * Forward and reverse mode share the operations; the transposed ones are what reverse mode needs of the linear maps.
 */
export type IrOp =
  | { readonly op: "input" }
  /** The cotangent of the output, given at run time. */
  | { readonly op: "seed" }
  | { readonly op: "zero" }
  | { readonly op: "dense" | "denseTranspose"; readonly x: number; readonly weight: number }
  | ({
      readonly op: "conv" | "convTranspose";
      readonly x: number;
      readonly weight: number;
      readonly groups: number;
    } & Window)
  | { readonly op: "bias"; readonly x: number; readonly bias: number }
  | { readonly op: "activation" | "slope"; readonly x: number; readonly activation: string }
  | { readonly op: "multiply"; readonly x: number; readonly y: number }
  | { readonly op: "add"; readonly xs: readonly number[] }
  /** Channels of `xs` one after the other; its transpose takes slices: channels from `from` on, as many as the shape has. */
  | { readonly op: "concat"; readonly xs: readonly number[] }
  | { readonly op: "slice"; readonly x: number; readonly from: number }
  | { readonly op: "scale"; readonly x: number; readonly factor: number }
  | ({ readonly op: "averagePool" | "averagePoolTranspose"; readonly x: number } & Window)
  /**
   * Of each window the value of x at the pixel where `by` is largest, the first one of equals (by = x: max pooling). The transpose
   * gives the cotangent x to that pixel. `by` is held fast.
   */
  | ({ readonly op: "maxPool" | "maxPoolTranspose"; readonly x: number; readonly by: number } & Window)
  | { readonly op: "globalAverage" | "globalAverageTranspose"; readonly x: number }
  | { readonly op: "reshape"; readonly x: number }
  /** gain * normalised + shift. */
  | { readonly op: "norm"; readonly normalised: number; readonly gain: number; readonly shift: number }
  /** (x - mean) / sqrt(variance + epsilon); what the statistics are taken over is the BN mode of the run. */
  | { readonly op: "normalise"; readonly x: number; readonly epsilon: number; readonly running?: RunningStatistics }
  /** Cotangent of x from the cotangent y of gain * normalise(x) + shift. */
  | { readonly op: "normTranspose"; readonly normalise: number; readonly y: number; readonly gain: number }
  /** (x - mean) / sqrt(variance + epsilon) over all values of a sample. */
  | { readonly op: "standardise"; readonly x: number; readonly epsilon: number }
  /** Cotangent of `by` from the cotangent x of standardise(by). */
  | { readonly op: "standardiseTranspose"; readonly x: number; readonly by: number; readonly epsilon: number }
  /** x times a parameter of its channel. */
  | { readonly op: "gain"; readonly x: number; readonly gain: number };

export type IrOpKind = IrOp["op"];

export type IrNode = IrOp & {
  readonly shape: Shape;
  /** Name of the architecture's node that it came from, for error messages and `explain`. */
  readonly source: string;
};

/** Where a parameter's gradient comes from: a product of a forward value and a cotangent, kept apart for structured sums. */
export type Tap =
  | { readonly kind: "dense"; readonly parameter: number; readonly x: number; readonly cotangent: number }
  | ({
      readonly kind: "conv";
      readonly parameter: number;
      readonly x: number;
      readonly cotangent: number;
      readonly groups: number;
    } & Window)
  | { readonly kind: "bias"; readonly parameter: number; readonly cotangent: number }
  | { readonly kind: "gain"; readonly parameter: number; readonly x: number; readonly cotangent: number };

/** A forward graph: nodes in order of evaluation, the last node named by `output`. */
export interface IrGraph {
  readonly nodes: readonly IrNode[];
  readonly parameters: readonly Parameter[];
  readonly output: number;
  /** The node that has the value of each node of the architecture, by its id; `input` too. */
  readonly places: ReadonlyMap<string, number>;
}

/** A forward graph with its reverse mode: further nodes, and where each parameter's gradient is read off. */
export interface GradientGraph extends IrGraph {
  readonly seed: number;
  readonly taps: readonly Tap[];
  /** The node that has the cotangent of each forward node that it was asked for; none where the output does not depend on it. */
  readonly cotangents: ReadonlyMap<number, number>;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Nodes that a node reads. */
export function inputsOf(node: IrNode): readonly number[] {
  switch (node.op) {
    case "input":
    case "seed":
    case "zero":
      return [];
    case "add":
    case "concat":
      return node.xs;
    case "standardiseTranspose":
      return [node.x, node.by];
    case "multiply":
      return [node.x, node.y];
    case "maxPool":
    case "maxPoolTranspose":
      return node.x === node.by ? [node.x] : [node.x, node.by];
    case "norm":
      return [node.normalised];
    case "normTranspose":
      return [node.normalise, node.y];
    default:
      return [node.x];
  }
}
