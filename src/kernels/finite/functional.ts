import { AppError } from "../../errors.js";
import { sizeOf, type IrGraph, type Parameter } from "./ir.js";

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

/** Throws AppError `data` unless n counts at least one sample. */
export function checkSamples(n: number): void {
  if (Number.isSafeInteger(n) && n >= 1) return;
  throw new AppError("data", `A batch has at least 1 sample, and a whole number of them; got ${n}.`);
}

/** Throws AppError `data` unless the inputs are n x size finite numbers; names the first that is not, counted from 1. */
export function checkInputs(inputs: Float64Array, n: number, size: number): void {
  checkSamples(n);
  if (inputs.length !== n * size) {
    throw new AppError(
      "data",
      `The network reads ${size} numbers a sample, so ${n * size} for ${n === 1 ? "1 sample" : `${n} samples`}; got ${inputs.length}.`,
    );
  }
  const at = inputs.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const [sample, column] = [Math.floor(at / size), at % size];
  throw new AppError(
    "data",
    `The inputs must be finite numbers; number ${column + 1} of sample ${sample + 1} is ${inputs[at]}.`,
    { hint: "Leave that sample out, or put a number in.", details: { sample, column } },
  );
}

/** Throws AppError `data` unless there is a parameter of the right size for each of the graph's. */
export function checkParameter({ name, shape }: Parameter, values: ArrayLike<number> | undefined): void {
  const expected = sizeOf(shape);
  if (values?.length === expected) return;
  throw new AppError(
    "data",
    `Parameter "${name}": expected ${expected} numbers (shape [${shape.join(", ")}]), got ${values === undefined ? "none" : values.length}.`,
    { details: { parameter: name } },
  );
}

/** Number of outputs. Throws AppError `space` unless they are a vector. */
export function classesOf(graph: IrGraph): number {
  const { shape } = graph.nodes[graph.output];
  if (shape.length === 1) return shape[0];
  throw new AppError("space", `The output must be a vector of classes, got shape [${shape.join(", ")}].`, {
    hint: "End with a dense, flatten or globalAverage node.",
  });
}

/** Values of parameters whose sizes are checked as they are asked for. */
export const checked =
  (parameters: (parameter: Parameter) => Float64Array) =>
  (parameter: Parameter): Float64Array => {
    const values = parameters(parameter);
    checkParameter(parameter, values);
    return values;
  };

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
  if (labels.length !== n) {
    throw new AppError("data", `Expected a class for each of ${n} samples, got ${labels.length}.`);
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
