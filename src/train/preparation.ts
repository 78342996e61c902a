import type { NamedTensor } from "./types.js";

/** How raw rows become what a network reads, and its outputs what a user reads, in numbers: it travels with the weights. */
export interface Preparation {
  /** What the columns of a raw row are called. */
  readonly columns?: readonly string[];
  /** Subtracted from, then multiplied with every column ([d]) or channel ([c, 1, 1]); absent where rows are taken as they are. */
  readonly mean?: Pick<NamedTensor, "shape" | "values">;
  readonly factor?: Pick<NamedTensor, "shape" | "values">;
  /** A last coordinate of 1. */
  readonly bias: boolean;
  /** The norm that every row is scaled to in the end; absent where it keeps its own. */
  readonly norm?: number;
  /** Of numbers: outputs times the deviation plus the mean are in the target's units. */
  readonly target?: { readonly mean: number; readonly deviation: number };
  /** Of classes: what the outputs stand for, in their order. */
  readonly classes?: readonly string[];
}

const prefix = /^(inputs|target)\./;

/**
 * The numbers as tensors beside those of the network, float64: `inputs.mean`, `inputs.factor`, `inputs.bias`, `inputs.norm`, `target.mean`,
 * `target.deviation`.
 */
export function preparationTensors({ mean, factor, bias, norm, target }: Preparation): NamedTensor[] {
  const number = (name: string, value: number | undefined) =>
    value === undefined ? [] : [{ name, shape: [1], values: Float64Array.of(value), precision: "float64" as const }];
  const array = (name: string, value: Preparation["mean"]) =>
    value === undefined ? [] : [{ name, ...value, precision: "float64" as const }];
  return [
    ...array("inputs.mean", mean),
    ...array("inputs.factor", factor),
    ...number("inputs.bias", bias ? 1 : 0),
    ...number("inputs.norm", norm),
    ...number("target.mean", target?.mean),
    ...number("target.deviation", target?.deviation),
  ];
}

/** Tensors as they stand in a file, told apart: the network's own, and how its rows are prepared (undefined in a file that does not say). */
export function splitTensors(tensors: readonly NamedTensor[]): {
  readonly weights: readonly NamedTensor[];
  readonly preparation: Preparation | undefined;
} {
  const weights = tensors.filter(({ name }) => !prefix.test(name));
  if (weights.length === tensors.length) return { weights, preparation: undefined };
  const of = (name: string) => tensors.find((tensor) => tensor.name === name);
  const number = (name: string): number | undefined => of(name)?.values[0];
  const [mean, factor, norm] = [of("inputs.mean"), of("inputs.factor"), number("inputs.norm")];
  const [centre, deviation] = [number("target.mean"), number("target.deviation")];
  return {
    weights,
    preparation: {
      ...(mean && { mean: { shape: mean.shape, values: mean.values } }),
      ...(factor && { factor: { shape: factor.shape, values: factor.values } }),
      bias: number("inputs.bias") === 1,
      ...(norm !== undefined && { norm }),
      ...(centre !== undefined && deviation !== undefined && { target: { mean: centre, deviation } }),
    },
  };
}

/** The same as one JSON value, arrays as lists. */
export const preparationJson = ({ mean, factor, ...rest }: Preparation): Readonly<Record<string, unknown>> => ({
  ...rest,
  ...(mean && { mean: [...mean.values] }),
  ...(factor && { factor: [...factor.values] }),
});
