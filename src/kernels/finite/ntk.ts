import type { GraphArchitecture } from "../../arch/graph.js";
import { denseFactors, eachTapGram, tapCotangents, type TapCotangents } from "./contract.js";
import {
  allFinite,
  checked,
  checkInputs,
  classesOf,
  isWeight,
  meanOf,
  outputSeeds,
  parameterScale,
  type OutputFunctional,
} from "./functional.js";
import { gradientGraph } from "./gradient.js";
import { sizeOf, type Parameter, type Tap } from "./ir.js";
import { lower } from "./lower.js";
import { gradientOverflow } from "./overflow.js";
import { drawParameters, type Initialisation } from "./parameters.js";

export type { OutputFunctional } from "./functional.js";
import { ReferenceRun, type BatchNormMode } from "./reference.js";

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
  const graph = gradientGraph(lower(architecture));
  checkInputs(inputs, n, sizeOf(graph.nodes[0].shape));
  const classes = classesOf(graph);
  const values = options.parameters
    ? graph.parameters.map(checked(options.parameters))
    : drawParameters(graph, init, seed, draw);
  const run = new ReferenceRun(graph, inputs, n, values, bn);
  const outputs = run.forward();
  const summed = bn === "coupled";
  const groups = outputSeeds(output, n, classes, labels).map((group) =>
    group.flatMap((cotangent) => passesOf(run, cotangent, summed)),
  );

  const kept = graph.taps.filter((tap) => params === "all" || isWeight(graph, tap.parameter));
  const size = summed ? groups[0].length : groups[0].length * n;
  const kernels = groups.map(() => new Float64Array(size * size));
  const parts = new Map<Tap, Float64Array>(kept.map((tap) => [tap, new Float64Array(size * size)]));
  groups.forEach((passes, g) => {
    eachTapGram(run, passes, summed, (tap, gram) => {
      const part = parts.get(tap);
      if (part === undefined) return;
      if (!allFinite(gram)) throw gradientOverflow(graph.parameters[tap.parameter].name, "float64");
      const scale = parameterScale(graph, tap.parameter, parameterisation);
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
      const scale = parameterScale(graph, tap.parameter, parameterisation);
      factors.unshift({
        parameter: graph.parameters[tap.parameter].name,
        scale,
        ...denseFactors(run, tap, [first[0][index]]),
      });
    });
  }
  const merged = output === "trace" ? [meanOf(kernels)] : kernels;
  return {
    size,
    kernels: merged,
    parts: [...parts].map(([tap, kernel]) => ({ parameter: graph.parameters[tap.parameter].name, kernel })).reverse(),
    outputs,
    denseFactors: factors,
  };
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
