import { AppError } from "../../errors.js";
import type { OutputFunctional } from "../../kernels/finite/functional.js";
import type { Initialisation } from "../../kernels/finite/parameters.js";
import type { BatchNormMode } from "../../kernels/finite/reference.js";
import { summarise } from "../../spectrum/spectrum.js";
import { rankTolerance } from "../../spectrum/solver.js";
import { measureKernel } from "./measure-kernel.js";
import type { MeasureBatch, MeasureContext, MeasureGroup, MeasureInfo } from "./measure.js";
import { solverOf } from "./solver.js";

/** How the kernel is made whose spectrum is read. */
export interface NtkProtocol {
  /** Images; by class at least two a class. */
  readonly batch: number;
  readonly bn: BatchNormMode;
  readonly output: Exclude<OutputFunctional, "full">;
  readonly init: Initialisation;
  readonly params: "weights" | "all";
  /** One kernel a class, of that class's images alone; the numbers are summed over classes. */
  readonly perClass: boolean;
}

/** What a per-sample `vmap` of an untrained PyTorch network in train mode computes, of the true class's output. */
export const defaultNtk: NtkProtocol = {
  batch: 32,
  bn: "instance",
  output: "label",
  init: "pytorch",
  params: "weights",
  perClass: false,
};

interface Reading {
  readonly suffix: string;
  readonly label: string;
  readonly direction: "larger" | "smaller";
}

const readings = [
  { suffix: "lmin", label: "lambda_min", direction: "larger" },
  { suffix: "lmin_norm", label: "lambda_min / (trace / n)", direction: "larger" },
  { suffix: "cond", label: "condition number", direction: "smaller" },
  { suffix: "trace", label: "trace", direction: "larger" },
  { suffix: "logdet", label: "log det", direction: "larger" },
  { suffix: "erank", label: "effective rank", direction: "larger" },
] as const satisfies readonly Reading[];

type Suffix = (typeof readings)[number]["suffix"];

/** Measures of the spectrum of the finite-width NTK under one protocol, named `ID_lmin`, `ID_cond` and so on. */
export function ntkGroup(id: string, options: Partial<NtkProtocol> = {}): MeasureGroup {
  const protocol = { ...defaultNtk, ...options };
  const card = cardOf(protocol);
  const kept = protocol.perClass ? readings.filter(({ suffix }) => perClassReadings.includes(suffix)) : readings;
  return {
    id,
    ...(protocol.perClass && { balanced: true }),
    measures: kept.map(({ suffix, label, direction }): MeasureInfo => ({
      name: `${id}_${suffix}`,
      label: `NTK ${label}${titleOf(protocol)}`,
      direction,
      needs: { labels: protocol.output === "label" || protocol.perClass, images: true, backward: true },
      card,
    })),
    compute: (context) => {
      const found = protocol.perClass ? overClasses(context, protocol) : ofBatch(context, protocol);
      return Object.fromEntries(kept.map(({ suffix }) => [`${id}_${suffix}`, found[suffix]]));
    },
  };
}

/** What a sum over classes makes sense for. */
const perClassReadings: readonly Suffix[] = ["lmin", "lmin_norm", "trace", "logdet"];

function ofBatch(context: MeasureContext, protocol: NtkProtocol): Record<Suffix, number> {
  const batch = context.batch(protocol.batch);
  return mean(kernelsOf(context, batch, protocol).map((kernel) => spectrumOf(kernel, batch.n)));
}

/** Sum over classes of what the kernel of a class's images says; classes with fewer than two images are left out. */
function overClasses(context: MeasureContext, protocol: NtkProtocol): Record<Suffix, number> {
  const whole = context.batch(Math.max(protocol.batch, 2 * context.classes));
  const found: Record<Suffix, number>[] = [];
  for (let label = 0; label < context.classes; label++) {
    const batch = imagesOf(whole, label);
    if (batch.n >= 2) found.push(mean(kernelsOf(context, batch, protocol).map((k) => spectrumOf(k, batch.n))));
  }
  if (found.length === 0) {
    throw new AppError("data", `Kernels by class need two images of one class; ${whole.n} images have none.`, {
      hint: "Use more images, such as ten a class.",
    });
  }
  return combined(found, (values) => values.reduce((sum, value) => sum + value, 0));
}

function imagesOf({ n, inputs, labels }: MeasureBatch, label: number): MeasureBatch {
  const size = inputs.length / n;
  const rows = Array.from({ length: n }, (_, row) => row).filter((row) => labels[row] === label);
  const kept = new Float64Array(rows.length * size);
  rows.forEach((row, position) => kept.set(inputs.subarray(row * size, (row + 1) * size), position * size));
  return { n: rows.length, inputs: kept, labels: new Int32Array(rows.length).fill(label) };
}

/** One kernel, or one a class for the functional `each`. */
function kernelsOf(
  context: MeasureContext,
  batch: MeasureBatch,
  { bn, output, init, params }: NtkProtocol,
): readonly Float64Array[] {
  return measureKernel(context, batch, { bn, output, init, params, parts: false }).kernels;
}

/**
 * What one kernel's eigenvalues say. A kernel of zeros (the output does not depend on the weights that are counted) has
 * lambda_min 0, no share of the trace, condition number infinity, log det -infinity and effective rank 0. For the log det
 * eigenvalues below 1e-12 trace/n, which are rounding, count as that.
 */
export function spectrumOf(kernel: Float64Array, n: number): Record<Suffix, number> {
  const solver = solverOf(n);
  solver.matrix.set(kernel);
  const trace = solver.trace();
  if (trace === 0) return { lmin: 0, lmin_norm: 0, cond: Infinity, trace: 0, logdet: -Infinity, erank: 0 };
  const values = solver.eigenvalues();
  const { lambdaMin, conditionNumber, effectiveRank } = summarise(values);
  const floor = (rankTolerance * trace) / n;
  return {
    lmin: lambdaMin,
    lmin_norm: lambdaMin / (trace / n),
    cond: conditionNumber,
    trace,
    logdet: values.reduce((sum, value) => sum + Math.log(Math.max(value, floor)), 0),
    erank: effectiveRank,
  };
}

const mean = (found: readonly Record<Suffix, number>[]): Record<Suffix, number> =>
  found.length === 1
    ? found[0]
    : combined(found, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);

function combined(
  found: readonly Record<Suffix, number>[],
  combine: (values: readonly number[]) => number,
): Record<Suffix, number> {
  const of = (suffix: Suffix): number => combine(found.map((one) => one[suffix]));
  return {
    lmin: of("lmin"),
    lmin_norm: of("lmin_norm"),
    cond: of("cond"),
    trace: of("trace"),
    logdet: of("logdet"),
    erank: of("erank"),
  };
}

const outputs: Readonly<Record<NtkProtocol["output"], string>> = {
  sum: "the sum of the outputs",
  label: "the output of the image's class",
  trace: "every output, kernels averaged",
  each: "every output, spectra averaged",
};

const norms: Readonly<Record<BatchNormMode, string>> = {
  instance: "statistics of each image, differentiated through",
  frozen: "statistics of the batch as constants",
  coupled: "statistics of the batch, differentiated through",
  eval: "statistics of an untrained network",
};

function cardOf({ batch, bn, output, init, params, perClass }: NtkProtocol): string {
  return [
    `Kernel of gradients of ${outputs[output]} on ${batch} images${perClass ? " (equal numbers of every class, at least two), one kernel a class, summed over classes" : ""}`,
    `batch normalisation by ${norms[bn]} (${bn})`,
    `initialisation ${init}`,
    `gradients by ${params === "weights" ? "weights and norm gains" : "all parameters"}, standard parameterisation`,
    "eigenvalues in float64",
  ].join("; ");
}

function titleOf({ bn, output, init, perClass }: NtkProtocol): string {
  const differs = [
    ...(bn === defaultNtk.bn ? [] : [bn]),
    ...(output === defaultNtk.output ? [] : [output]),
    ...(init === defaultNtk.init ? [] : [init]),
    ...(perClass ? ["by class"] : []),
  ];
  return differs.length === 0 ? "" : ` (${differs.join(", ")})`;
}

/** The protocols that are always there, as what differs from the default; `bench --bn --init --output` changes the first. */
const protocols: Readonly<Record<string, Partial<NtkProtocol>>> = {
  ntk: {},
  ntk_sum: { output: "sum" },
  ntk_frozen: { bn: "frozen" },
  ntk_kaiming: { init: "kaiming" },
  ntk_normal: { init: "normal" },
  ntk_class: { batch: 100, perClass: true },
};

/** The groups of these protocols, on their own number of images. */
export const ntkGroups: readonly MeasureGroup[] = Object.entries(protocols).map(([id, options]) =>
  ntkGroup(id, options),
);

/**
 * One of these groups on `batch` images; the kernels by class keep their number, which is a number a class. Undefined for
 * another id.
 */
export function ntkGroupOn(id: string, batch: number): MeasureGroup | undefined {
  const options = protocols[id] as Partial<NtkProtocol> | undefined;
  return options && ntkGroup(id, options.perClass ? options : { ...options, batch });
}
