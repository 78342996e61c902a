import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { gradientBlocks } from "./contract.js";
import {
  checked,
  checkInputs,
  classesOf,
  isWeight,
  outputSeeds,
  parameterScale,
  type OutputFunctional,
} from "./functional.js";
import { gradientGraph } from "./gradient.js";
import { sizeOf, type Tap } from "./ir.js";
import { lower } from "./lower.js";
import type { FiniteBatch, FiniteOptions } from "./ntk.js";
import { drawParameters } from "./parameters.js";
import { ReferenceRun, type BatchNormMode } from "./reference.js";
import { tangentGraph, type TangentGraph } from "./tangent.js";
import { addTapGradient } from "./tap-gradient.js";

export interface ProductOptions extends Omit<FiniteOptions, "output"> {
  /** `each` is several kernels; take `trace` for their mean. */
  readonly output?: Exclude<OutputFunctional, "each">;
  /** Most bytes of values of nodes at once; default 1 GB. Samples are cut into chunks that fit. */
  readonly memory?: number;
}

const bytesPerNumber = 8;
const defaultMemory = 1e9;

/**
 * The empirical NTK K = J S J' of one draw as a linear map: K v is reverse mode with cotangent v (J'v, every sample at once),
 * a scale for each parameter (S), and forward mode in that direction. Nothing of size n x n or n x P is formed: memory is
 * two sets of parameters and the values of a chunk of samples. In float64 on the reference engine; one product costs two
 * forward passes, one of reverse and one of forward mode, three of them when all samples fit in one chunk. That holds for
 * `coupled` statistics too, which need one reverse pass here and n for the matrix.
 * Throws AppError as finiteNtk does, and `limit` when batch statistics (`frozen`, `coupled`) do not fit in one chunk.
 *
 * @example lanczosExtremes((v) => product.multiply(v), product.size) // product = new NtkProduct(network, batch, options)
 */
export class NtkProduct {
  readonly graph: TangentGraph;
  /** Rows of the kernel: n, or n C for `full` (class by class). */
  readonly size: number;
  /** Samples in one chunk. */
  readonly chunk: number;
  readonly #batch: FiniteBatch;
  readonly #mode: BatchNormMode;
  readonly #kept: readonly Tap[];
  /** Of every parameter: its scale in the kernel, 0 when it is left out. */
  readonly #scales: readonly number[];
  /** Groups of passes; the kernel is the mean over groups. */
  readonly #seeds: readonly (readonly Float64Array[])[];
  readonly #parameters: readonly Float64Array[];
  readonly #directions: readonly Float64Array[];
  #whole: ReferenceRun | undefined;

  constructor(architecture: GraphArchitecture, batch: FiniteBatch, options: ProductOptions = {}) {
    const { seed = 0, init = "ntk", bn = "instance", output = "sum", params = "weights" } = options;
    const { parameterisation = "ntk", draw = 0, memory = defaultMemory } = options;
    const { n, inputs, labels } = batch;
    const graph = gradientGraph(lower(architecture));
    checkInputs(inputs, n, sizeOf(graph.nodes[0].shape));
    const classes = classesOf(graph);
    this.graph = tangentGraph(graph);
    this.#batch = batch;
    this.#mode = bn;
    this.#kept = graph.taps.filter((tap) => params === "all" || isWeight(graph, tap.parameter));
    this.#scales = graph.parameters.map((_, p) =>
      this.#kept.some((tap) => tap.parameter === p) ? parameterScale(graph, p, parameterisation) : 0,
    );
    this.#seeds = outputSeeds(output, n, classes, labels);
    this.size = n * this.#seeds[0].length;
    const values = options.parameters
      ? graph.parameters.map(checked(options.parameters))
      : drawParameters(graph, init, seed, draw);
    this.#directions = graph.parameters.map(({ shape }) => new Float64Array(sizeOf(shape)));
    this.#parameters = [...values, ...this.#directions];
    this.chunk = Math.min(n, chunkOf(this.graph, n, bn, memory));
  }

  /** K v. */
  multiply(v: Float64Array): Float64Array {
    if (v.length !== this.size)
      throw new AppError("internal", `The kernel has ${this.size} rows, got a vector of ${v.length}.`);
    const out = new Float64Array(this.size);
    for (const passes of this.#seeds) {
      this.#reverse(v, passes);
      this.#directions.forEach((direction, p) => {
        for (let at = 0; at < direction.length; at++) direction[at] *= this.#scales[p];
      });
      this.#forwardMode(passes, out);
    }
    return out;
  }

  /** v'K_p v of every kept parameter p, in the order of the network: what each adds to the Rayleigh quotient of a unit v. */
  parts(v: Float64Array): { readonly parameter: string; readonly value: number }[] {
    const values = this.#scales.map(() => 0);
    for (const passes of this.#seeds) {
      this.#reverse(v, passes);
      this.#directions.forEach((direction, p) => {
        values[p] += (this.#scales[p] * direction.reduce((sum, x) => sum + x * x, 0)) / this.#seeds.length;
      });
    }
    return this.#kept
      .map(({ parameter }) => ({ parameter: this.graph.parameters[parameter].name, value: values[parameter] }))
      .reverse();
  }

  /**
   * The kernel's diagonal: squared norms of every sample's gradient. With `coupled` statistics a reverse pass for every
   * row, otherwise one for each output.
   */
  diagonal(): Float64Array {
    const out = new Float64Array(this.size);
    const { n } = this.#batch;
    if (this.#mode === "coupled") {
      for (let row = 0; row < this.size; row++) {
        const unit = new Float64Array(this.size);
        unit[row] = 1;
        out[row] = this.parts(unit).reduce((sum, { value }) => sum + value, 0);
      }
      return out;
    }
    this.#eachChunk((run, first) => {
      for (const passes of this.#seeds) {
        passes.forEach((seed, p) => {
          run.backward(rowsOf(seed, n, first, run.n));
          for (const tap of this.#kept) {
            const scale = this.#scales[tap.parameter] / this.#seeds.length;
            addSquares(run, tap, scale, out.subarray(p * n + first, p * n + first + run.n));
          }
        });
      }
    });
    return out;
  }

  /** J'v of one group of passes, into the directions. */
  #reverse(v: Float64Array, passes: readonly Float64Array[]): void {
    const { n } = this.#batch;
    for (const direction of this.#directions) direction.fill(0);
    this.#eachChunk((run, first) => {
      const cotangent = new Float64Array(rowsOf(passes[0], n, first, run.n).length);
      const classes = cotangent.length / run.n;
      passes.forEach((seed, p) => {
        rowsOf(seed, n, first, run.n).forEach((value, at) => {
          cotangent[at] += value * v[p * n + first + Math.floor(at / classes)];
        });
      });
      run.values[this.graph.seed] = cotangent;
      run.evaluate(this.graph.seed + 1, this.graph.firstTangent);
      for (const tap of this.#kept) addTapGradient(run, tap, this.#directions[tap.parameter]);
    });
  }

  /** out += J u of one group of passes over the number of groups, u being the directions. */
  #forwardMode(passes: readonly Float64Array[], out: Float64Array): void {
    const { n } = this.#batch;
    this.#eachChunk((run, first) => {
      run.evaluate(this.graph.firstTangent, this.graph.nodes.length);
      const moved = run.value(this.graph.tangent);
      const classes = moved.length / run.n;
      passes.forEach((seed, p) => {
        rowsOf(seed, n, first, run.n).forEach((value, at) => {
          out[p * n + first + Math.floor(at / classes)] += (value * moved[at]) / this.#seeds.length;
        });
      });
    });
  }

  /** Calls `use` with a run whose forward values are there for every chunk of samples, and the chunk's first sample. */
  #eachChunk(use: (run: ReferenceRun, first: number) => void): void {
    const { n, inputs } = this.#batch;
    if (this.chunk === n) {
      if (this.#whole === undefined) {
        this.#whole = new ReferenceRun(this.graph, inputs, n, this.#parameters, this.#mode);
        this.#whole.forward();
      }
      use(this.#whole, 0);
      return;
    }
    for (let first = 0; first < n; first += this.chunk) {
      const count = Math.min(this.chunk, n - first);
      const run = new ReferenceRun(this.graph, rowsOf(inputs, n, first, count), count, this.#parameters, this.#mode);
      run.forward();
      use(run, first);
    }
  }
}

/** Samples whose values fit in the memory; all of them for batch statistics. Throws AppError `limit`. */
function chunkOf(graph: TangentGraph, n: number, mode: BatchNormMode, memory: number): number {
  const sample = bytesPerNumber * graph.nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const fits = Math.floor(memory / sample);
  const needed = mode === "frozen" || mode === "coupled" ? n : 1;
  if (fits >= needed) return fits;
  const why = needed === 1 ? "One sample needs" : `${mode} batch statistics need all ${n} samples at once,`;
  throw new AppError("limit", `${why} ${megabytes(needed * sample)}; the limit is ${megabytes(memory)}.`, {
    hint:
      needed === 1
        ? "Raise the limit."
        : "Raise the limit, take fewer samples, or use instance statistics, which can be split.",
  });
}

/** target[i] += scale |gradient of sample i|^2, of one tap after a reverse pass. */
function addSquares(run: ReferenceRun, tap: Tap, scale: number, target: Float64Array): void {
  const squares = (values: Float64Array): Float64Array => {
    const size = values.length / run.n;
    const sums = new Float64Array(run.n);
    for (let at = 0; at < values.length; at++) sums[Math.floor(at / size)] += values[at] * values[at];
    return sums;
  };
  const back = run.value(tap.cotangent);
  if (tap.kind === "dense") {
    const [x, d] = [squares(run.value(tap.x)), squares(back)];
    for (let i = 0; i < run.n; i++) target[i] += scale * x[i] * d[i];
    return;
  }
  for (const { gradients } of gradientBlocks(run, tap, [back], false))
    squares(gradients).forEach((value, i) => (target[i] += scale * value));
}

/** Rows first .. first + count - 1 of n rows. */
const rowsOf = (values: Float64Array, n: number, first: number, count: number): Float64Array =>
  values.subarray((values.length / n) * first, (values.length / n) * (first + count));

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;
