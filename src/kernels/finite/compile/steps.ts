import type { Instruction, WeightArguments } from "../engine/program.js";
import type { RunningStatistics } from "../../../arch/graph.js";
import type { Tensor } from "./layout.js";

/** Statistics of a batch that a normalisation waits for: constants `mean` and `inverse` (absolute offsets) are made from them. */
export interface StatisticsStep {
  readonly kind: "statistics";
  readonly tensor: Tensor;
  readonly mean: number;
  readonly inverse: number;
  readonly epsilon: number;
  /** What takes their place in `eval` mode; mean 0 and variance 1 without them. */
  readonly running?: RunningStatistics;
  /** Where the gain is, and where gain * inverse goes, which reverse mode multiplies with; absolute. */
  readonly gain: number;
  readonly scaled: number;
}

/**
 * Means over the batch of a cotangent y and of y times the normalised value: with them the transpose of a normalisation by
 * batch statistics is gain/deviation (y - mean(y) - xhat mean(y xhat)), whose coefficients become constants.
 */
export interface MixingStep {
  readonly kind: "mixing";
  readonly tensors: readonly [cotangent: Tensor, normalised: Tensor];
  /** gain / deviation, absolute. */
  readonly scaled: number;
  /** Where -scaled mean(y) and -scaled mean(y xhat) go, absolute. */
  readonly shift: number;
  readonly slope: number;
}

/** An instruction for every sample. It is written down when the plan has given the tensors their offsets. */
export interface RunStep {
  readonly kind: "run";
  readonly tensors: readonly Tensor[];
  instruction(): readonly number[];
}

/** A parameter's part of the kernel, read off when its cotangent is there. */
export interface GramStep {
  readonly kind: "gram";
  readonly parameter: number;
  /** Of `rows`: the cotangent, and what it is multiplied with (a gain's). */
  readonly tensors: readonly Tensor[];
  /** Makes the rows that are read off. */
  readonly sums?: () => Instruction;
  gram(): GramArguments;
}

export type GramArguments =
  /** Per-sample gradients of a convolution's weight. */
  | { readonly form: "convolution"; readonly arguments: WeightArguments }
  /** Rows of `count` floats at an offset of each sample. */
  | { readonly form: "rows"; readonly offset: number; readonly count: number }
  /** Entrywise product of the Gram matrices of inputs and cotangents. */
  | {
      readonly form: "outer";
      readonly input: { readonly offset: number; readonly count: number };
      readonly back: { readonly offset: number; readonly count: number };
    };

/** A step, and the node of the architecture that it is of. */
export type Step = Emitted & { readonly source: string };

export type Emitted = RunStep | StatisticsStep | MixingStep | GramStep;
