import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { denseFactors, eachTapGram, tapCotangents, type TapCotangents } from "./contract.js";
import { gradientGraph } from "./gradient.js";
import type { GradientGraph, Parameter, Tap } from "./ir.js";
import { lower } from "./lower.js";
import { drawParameters, type Initialisation } from "./parameters.js";
import { ReferenceRun, type BatchNormMode } from "./reference.js";

/**
 * Which function of the outputs f_1..f_C is differentiated. `sum`: f_1 + ... + f_C. `label`: the output of the sample's class.
 * `trace`: the mean over classes of the kernels of f_c. `each`: these kernels one by one. `full`: the nC x nC kernel of all
 * outputs, rows class by class.
 */
export type OutputFunctional = "sum" | "label" | "trace" | "each" | "full";

export interface FiniteOptions {
  readonly seed?: number | string;
  readonly init?: Initialisation;
  readonly bn?: BatchNormMode;
  readonly output?: OutputFunctional;
  /** `weights`: dense, convolution and norm gains (parameters whose PyTorch name has "weight"); `all`: biases and shifts too. */
  readonly params?: "weights" | "all";
  /** `ntk`: y = sqrt(variance / fan) W x, gradients by W; `standard`: gradients by the weights themselves. */
  readonly parameterisation?: "ntk" | "standard";
  /** Which draw of the weights. */
  readonly draw?: number;
  /** Values of a parameter in place of drawn ones, in the layout of `Parameter.shape`. */
  readonly parameters?: (parameter: Parameter) => Float64Array;
}

/** Inputs of a finite network. */
export interface FiniteBatch {
  readonly n: number;
  /** n x (product of the input shape), row-major; images channel by channel. */
  readonly inputs: Float64Array;
  /** Needed by `output: "label"`. */
  readonly labels?: Int32Array;
}

/** The empirical NTK of one draw of the weights. */
export interface FiniteKernel {
  /** Rows of each kernel: n, or n C for `full`. */
  readonly size: number;
  /** One kernel, or C of them for `each`; row-major. */
  readonly kernels: readonly Float64Array[];
  /** Every parameter's share of the kernel, in the order of the network; sums to the kernel (to their mean for `each`). */
  readonly parts: readonly { readonly parameter: string; readonly kernel: Float64Array }[];
  readonly outputs: Float64Array;
  /** X X' and D D' (n x n) of every dense weight, with the scale of their entrywise product; for one pass of independent samples. */
  readonly denseFactors: readonly DenseFactors[];
}

/** One dense weight's part of the kernel is scale (X X') o (D D'). */
export interface DenseFactors {
  readonly parameter: string;
  readonly scale: number;
  readonly inputs: Float64Array;
  readonly backs: Float64Array;
}

/**
 * Empirical NTK K_ij = <d f(x_i) / d theta, d f(x_j) / d theta> of a network of finite width, in float64 (docs/theory.md
 * 3.5). Dense weights are contracted as (X X') o (D D'), convolutions by per-sample gradients of one output channel at a
 * time, so memory stays at rows x (inputs x kernel area).
 * Throws AppError: `space` for a wrong graph (names the node), `data` for inputs that do not fit or missing labels, `usage`
 * for instance statistics of single values, `numeric` when a node overflows.
 *
 * @example finiteNtk(layeredGraph(parseGenotype("relu+tanh"), modelPresets.he, d, 256), { n, inputs }, { seed: 1 })
 */
export function finiteNtk(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions = {},
): FiniteKernel {
  const {
    seed = 0,
    init = "ntk",
    bn = "instance",
    output = "sum",
    params = "weights",
    parameterisation = "ntk",
    draw = 0,
  } = options;
  const { n, inputs, labels } = batch;
  if (!inputs.every(Number.isFinite))
    throw new AppError("data", "The inputs must be finite numbers; at least one is NaN or infinite.");
  const graph = gradientGraph(lower(architecture));
  const outputShape = graph.nodes[graph.output].shape;
  if (outputShape.length !== 1) {
    throw new AppError("space", `The output must be a vector of classes, got shape [${outputShape.join(", ")}].`, {
      hint: "End with a dense, flatten or globalAverage node.",
    });
  }
  const [classes] = outputShape;
  const values = options.parameters
    ? graph.parameters.map(options.parameters)
    : drawParameters(graph, init, seed, draw);
  const run = new ReferenceRun(graph, inputs, n, values, bn);
  const outputs = run.forward();
  const summed = bn === "coupled";
  const groups = seeds(output, n, classes, labels).map((group) =>
    group.flatMap((cotangent) => passesOf(run, cotangent, summed)),
  );

  const kept = graph.taps.filter((tap) => params === "all" || isWeight(graph, tap));
  const size = summed ? groups[0].length : groups[0].length * n;
  const kernels = groups.map(() => new Float64Array(size * size));
  const parts = new Map<Tap, Float64Array>(kept.map((tap) => [tap, new Float64Array(size * size)]));
  groups.forEach((passes, g) => {
    eachTapGram(run, passes, summed, (tap, gram) => {
      const part = parts.get(tap);
      if (part === undefined) return;
      const scale = tapScale(graph, tap, parameterisation);
      gram.forEach((value, at) => {
        kernels[g][at] += scale * value;
        part[at] += (scale * value) / groups.length;
      });
    });
  });
  const [first] = groups;
  const factors: DenseFactors[] = [];
  if (!summed && first.length === 1 && groups.length === 1) {
    graph.taps.forEach((tap, index) => {
      if (tap.kind !== "dense") return;
      const scale = tapScale(graph, tap, parameterisation);
      factors.unshift({
        parameter: graph.parameters[tap.parameter].name,
        scale,
        ...denseFactors(run, tap, [first[0][index]]),
      });
    });
  }
  const merged = output === "trace" ? [mean(kernels)] : kernels;
  return {
    size,
    kernels: merged,
    parts: [...parts].map(([tap, kernel]) => ({ parameter: graph.parameters[tap.parameter].name, kernel })).reverse(),
    outputs,
    denseFactors: factors,
  };
}

/** Variance / fan of a weight in NTK parameterisation, 1 for everything else. */
export function tapScale(graph: GradientGraph, tap: Tap, parameterisation: "ntk" | "standard"): number {
  const { kind, variance, fan } = graph.parameters[tap.parameter];
  return kind === "weight" && parameterisation === "ntk" ? variance / fan : 1;
}

const isWeight = (graph: GradientGraph, tap: Tap): boolean => {
  const { kind } = graph.parameters[tap.parameter];
  return kind === "weight" || kind === "gain";
};

/** Cotangents of the output for every kernel that is asked for: groups of passes, each n x classes. */
function seeds(output: OutputFunctional, n: number, classes: number, labels: Int32Array | undefined): Float64Array[][] {
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

/** Reverse passes of one cotangent: one for all samples, or one for each when samples depend on each other. */
function passesOf(run: ReferenceRun, cotangent: Float64Array, summed: boolean): TapCotangents[] {
  if (!summed) {
    run.backward(cotangent);
    return [tapCotangents(run)];
  }
  const classes = cotangent.length / run.n;
  return Array.from({ length: run.n }, (_, i) => {
    run.backward(cotangent.map((value, at) => (Math.floor(at / classes) === i ? value : 0)));
    return tapCotangents(run);
  });
}

function mean(kernels: readonly Float64Array[]): Float64Array {
  return kernels[0].map((_, at) => kernels.reduce((sum, kernel) => sum + kernel[at], 0) / kernels.length);
}
