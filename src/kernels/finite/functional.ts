import { AppError } from "../../errors.js";
import type { IrGraph } from "./ir.js";

/**
 * Which function of the outputs f_1..f_C is differentiated. `sum`: f_1 + ... + f_C. `label`: the output of the sample's class.
 * `trace`: the mean over classes of the kernels of f_c. `each`: these kernels one by one. `full`: the nC x nC kernel of all
 * outputs, rows class by class.
 */
export type OutputFunctional = "sum" | "label" | "trace" | "each" | "full";

/** Whether no number is NaN or infinite. */
export function allFinite(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}

/** Throws AppError `data` for inputs that are not finite. */
export function checkInputs(inputs: Float64Array): void {
  if (allFinite(inputs)) return;
  throw new AppError("data", "The inputs must be finite numbers; at least one is NaN or infinite.");
}

/** Number of outputs. Throws AppError `space` unless they are a vector. */
export function classesOf(graph: IrGraph): number {
  const { shape } = graph.nodes[graph.output];
  if (shape.length === 1) return shape[0];
  throw new AppError("space", `The output must be a vector of classes, got shape [${shape.join(", ")}].`, {
    hint: "End with a dense, flatten or globalAverage node.",
  });
}

/** Variance / fan of a weight in NTK parameterisation, 1 for everything else. */
export function parameterScale(graph: IrGraph, parameter: number, parameterisation: "ntk" | "standard"): number {
  const { kind, variance, fan } = graph.parameters[parameter];
  return kind === "weight" && parameterisation === "ntk" ? variance / fan : 1;
}

/** Parameters whose PyTorch name has "weight": dense, convolution and norm gain. */
export const isWeight = (graph: IrGraph, parameter: number): boolean => {
  const { kind } = graph.parameters[parameter];
  return kind === "weight" || kind === "gain";
};

/** Cotangents of the output for every kernel that is asked for: groups of passes, each n x classes. */
export function outputSeeds(
  output: OutputFunctional,
  n: number,
  classes: number,
  labels: Int32Array | undefined,
): Float64Array[][] {
  const oneClass = (c: number): Float64Array =>
    new Float64Array(n * classes).map((_, at) => (at % classes === c ? 1 : 0));
  const all = Array.from({ length: classes }, (_, c) => oneClass(c));
  if (output === "sum") return [[new Float64Array(n * classes).fill(1)]];
  if (output === "full") return [all];
  if (output !== "label") return all.map((seed) => [seed]);
  if (labels === undefined) {
    throw new AppError("data", "The output functional `label` needs a class for every sample; the batch has none.", {
      hint: "Give a target (--target), or use another functional (sum, trace).",
    });
  }
  const bad = labels.find((label) => label < 0 || label >= classes);
  if (bad !== undefined) {
    throw new AppError("data", `Class ${bad} does not exist: the network has ${classes} outputs.`, {
      hint: "Give the network an output for every class.",
    });
  }
  return [[new Float64Array(n * classes).map((_, at) => (at % classes === labels[Math.floor(at / classes)] ? 1 : 0))]];
}

/** Entrywise mean of kernels. */
export function meanOf(kernels: readonly Float64Array[]): Float64Array {
  return kernels[0].map((_, at) => kernels.reduce((sum, kernel) => sum + kernel[at], 0) / kernels.length);
}
