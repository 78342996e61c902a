import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { compileNetwork } from "./compile/compile.js";
import { CompiledRun } from "./compile/run.js";
import { eachTapGram, tapCotangents } from "./contract.js";
import type { FiniteEngine } from "./engine/engine.js";
import type { EngineMemory } from "./engine/memory.js";
import { findOverflow } from "./find-overflow.js";
import { allFinite, checkInputs, checkParameter, checkSamples, classesOf } from "./functional.js";
import { gradientGraph, placeOf } from "./gradient.js";
import { holdSlopes } from "./held-slopes.js";
import { sizeOf, type GradientGraph, type Parameter } from "./ir.js";
import { lower } from "./lower.js";
import { gradientOverflow } from "./overflow.js";
import { ReferenceRun, type BatchNormMode } from "./reference.js";
import { addTapGradient } from "./tap-gradient.js";

export interface PassOptions {
  /** Compiled programs in float32; without one the float64 reference. */
  readonly engine?: FiniteEngine | undefined;
  /** Default `coupled`: statistics of the batch, differentiated through, as PyTorch's train mode. */
  readonly bn?: BatchNormMode;
  /** Ids of the architecture's nodes whose values or cotangents will be read; `input` for the gradient of the data. */
  readonly read?: readonly string[];
  /** Slopes of ReLUs are those of a copy of the network, whose parameters follow those of the network (see holdSlopes). */
  readonly hold?: boolean;
  /** Threads of the engine; 1 by default. */
  readonly threads?: number;
  /** Memory of the engine that several networks use one after the other. */
  readonly memory?: EngineMemory | undefined;
}

/** What a pass needs of an engine: `read` is of kept nodes of the graph. */
interface Runner {
  readonly graph: GradientGraph;
  forward(inputs: Float64Array, parameters: readonly Float64Array[]): Float64Array;
  read(node: number): Float64Array;
  positive(node: number): Uint32Array;
  gradients(seed: Float64Array, use: (parameter: number, gradient: Float64Array) => void): void;
  grams(seed: Float64Array, use: (parameter: number, gram: Float64Array) => void): void;
  channelProducts(a: number, b: number): Float64Array;
  /** The first sample whose outputs or statistics are not finite. */
  overflowing(outputs: Float64Array): number | undefined;
  numbers(): "float32" | "float64";
}

/**
 * One network, `n` samples: forward, then any number of reverse passes from cotangents of the outputs. Gradients of parameters
 * are summed over the samples. For measures and for training.
 * Throws AppError `space` for a wrong graph, `usage` for a node to read that is not there or was not asked for, `data` for
 * inputs that do not fit, `numeric` when values overflow, `limit` without memory; NotCompiled for the few operators that
 * only the reference runs.
 *
 * @example
 * const pass = new NetworkPass(cellNetwork(operations), n, { engine });
 * const logits = pass.forward(inputs, drawParameters(pass.graph, "pytorch", 1, 0));
 * pass.backward(crossEntropy(logits, labels, n).cotangent);
 * pass.gradient(0);
 */
export class NetworkPass {
  readonly graph: GradientGraph;
  readonly n: number;
  readonly #runner: Runner;
  readonly #read: ReadonlySet<string>;
  readonly #mode: BatchNormMode;
  #gradients: (Float64Array | undefined)[] | undefined;
  #ran = false;

  constructor(architecture: GraphArchitecture, n: number, options: PassOptions = {}) {
    const { engine, bn = "coupled", read = [], hold = false, threads = 1, memory } = options;
    checkSamples(n);
    if (engine === undefined) this.#runner = new ReferenceRunner(architecture, n, bn, read, hold);
    else {
      const network = compileNetwork(architecture, bn, () => true, 2, { read, summed: true, hold });
      const run = new CompiledRun(network, engine, n, threads, memory);
      this.#runner = {
        graph: network.graph,
        forward: (inputs, parameters) => run.forward(inputs, (parameter) => parameters[parameter]),
        read: (node) => run.read(node),
        positive: (node) => run.positive(node),
        gradients: (seed, use) => {
          run.gradients(seed, use);
        },
        grams: (seed, use) => {
          run.backward(seed, use);
        },
        channelProducts: (a, b) => run.channelProducts(a, b),
        overflowing: (outputs) => run.overflowing(outputs),
        numbers: () => run.numbers,
      };
    }
    this.graph = this.#runner.graph;
    this.n = n;
    this.#mode = bn;
    this.#read = new Set(read);
    classesOf(this.graph);
  }

  /** Outputs, n x classes, of inputs n x size (images channel by channel) with these values of `graph.parameters`. */
  forward(inputs: Float64Array, parameters: readonly Float64Array[]): Float64Array {
    const { graph, n } = this;
    checkInputs(inputs, n, sizeOf(graph.nodes[0].shape));
    graph.parameters.forEach((parameter, p) => {
      checkParameter(parameter, parameters.at(p));
    });
    this.#gradients = undefined;
    const outputs = this.#runner.forward(inputs, parameters);
    this.#ran = true;
    const sample = this.#runner.overflowing(outputs);
    if (sample === undefined) return outputs;
    throw findOverflow({
      graph,
      n,
      inputs,
      sample,
      parameters,
      drawn: false,
      mode: this.#mode,
      numbers: this.#runner.numbers(),
    });
  }

  /** Value of a node that is in `read`, n x size, channel by channel. */
  value(node: string): Float64Array {
    this.#require(node);
    if (!this.#ran) throw notYet("forward", `value("${node}")`);
    return this.#runner.read(placeOf(this.graph, node));
  }

  /**
   * Which values of a node that is in `read` are positive, a bit each: n rows of ceil(size / 32) words, in an order of the values
   * that is the same for all samples.
   */
  positive(node: string): Uint32Array {
    this.#require(node);
    if (!this.#ran) throw notYet("forward", `positive("${node}")`);
    return this.#runner.positive(placeOf(this.graph, node));
  }

  /** Reverse mode of the function whose gradient by the outputs is `cotangent` (n x classes), at the last forward. */
  backward(cotangent: Float64Array): void {
    if (!this.#ran) throw notYet("forward", "backward");
    const gradients = this.graph.parameters.map((): Float64Array | undefined => undefined);
    this.#checkCotangent(cotangent);
    this.#runner.gradients(cotangent, (parameter, gradient) => {
      if (!allFinite(gradient)) throw this.#gradientOverflow(parameter);
      gradients[parameter] = gradient;
    });
    this.#gradients = gradients;
  }

  /** Gradient by a parameter after `backward`, in the layout of `Parameter.shape`; zeros where the output does not depend on it. */
  gradient(parameter: number): Float64Array {
    if (this.#gradients === undefined) throw notYet("backward", "gradient");
    return this.#gradients[parameter] ?? new Float64Array(sizeOf(this.graph.parameters[parameter].shape));
  }

  /**
   * Gram matrix (n x n) of what each sample adds to the gradients of the parameters in `keep`: the sum over its pixels of
   * its activations and the cotangents that reach it. Where samples do not depend on each other these are its own gradients.
   * Needs `forward`; replaces what the last `backward` left.
   */
  sampleGram(cotangent: Float64Array, keep: (parameter: Parameter) => boolean): Float64Array {
    if (!this.#ran) throw notYet("forward", "sampleGram");
    this.#checkCotangent(cotangent);
    this.#gradients = undefined;
    const total = new Float64Array(this.n * this.n);
    this.#runner.grams(cotangent, (parameter, gram) => {
      if (!keep(this.graph.parameters[parameter])) return;
      if (!allFinite(gram)) throw this.#gradientOverflow(parameter);
      for (let at = 0; at < total.length; at++) total[at] += gram[at];
    });
    return total;
  }

  /** Gradient by the value of a node that is in `read`, n x size, channel by channel. */
  cotangent(node: string): Float64Array {
    this.#require(node);
    if (this.#gradients === undefined) throw notYet("backward", `cotangent("${node}")`);
    const place = placeOf(this.graph, node);
    const cotangent = this.graph.cotangents.get(place);
    if (cotangent === undefined) return new Float64Array(this.n * sizeOf(this.graph.nodes[place].shape));
    return this.#runner.read(cotangent);
  }

  /** Sum over the pixels of value times cotangent of a node that is in `read`, n x channels. */
  saliency(node: string): Float64Array {
    this.#require(node);
    if (this.#gradients === undefined) throw notYet("backward", `saliency("${node}")`);
    const place = placeOf(this.graph, node);
    const cotangent = this.graph.cotangents.get(place);
    if (cotangent === undefined) return new Float64Array(this.n * this.graph.nodes[place].shape[0]);
    return this.#runner.channelProducts(place, cotangent);
  }

  /** Gradient by the data, n x size of the input; needs `input` in `read`. */
  inputGradient(): Float64Array {
    return this.cotangent("input");
  }

  #gradientOverflow(parameter: number): AppError {
    return gradientOverflow(this.graph.parameters[parameter].name, this.#runner.numbers());
  }

  #checkCotangent(cotangent: Float64Array): void {
    const expected = this.n * classesOf(this.graph);
    if (cotangent.length === expected && allFinite(cotangent)) return;
    const got = cotangent.length === expected ? "one that is NaN or infinite" : `${cotangent.length}`;
    throw new AppError("data", `Expected a cotangent of ${expected} finite numbers, n x classes; got ${got}.`);
  }

  #require(node: string): void {
    if (this.#read.has(node)) return;
    throw new AppError("usage", `Node "${node}" was not kept.`, {
      hint: `List it in the option \`read\` of the pass; it has ${[...this.#read].join(", ") || "nothing"}.`,
    });
  }
}

const notYet = (first: string, then: string): AppError =>
  new AppError("usage", `${then} needs ${first} to have run before.`, { hint: `Call ${first} first.` });

/** The float64 reference as a runner. */
class ReferenceRunner implements Runner {
  readonly graph: GradientGraph;
  readonly #n: number;
  readonly #mode: BatchNormMode;
  #run: ReferenceRun | undefined;

  constructor(architecture: GraphArchitecture, n: number, mode: BatchNormMode, read: readonly string[], hold: boolean) {
    const lowered = lower(architecture);
    const forward = hold ? holdSlopes(lowered) : lowered;
    this.graph = gradientGraph(
      forward,
      read.map((id) => placeOf(forward, id)),
    );
    this.#n = n;
    this.#mode = mode;
  }

  forward(inputs: Float64Array, parameters: readonly Float64Array[]): Float64Array {
    this.#run = new ReferenceRun(this.graph, inputs, this.#n, parameters, this.#mode);
    return this.#run.forward();
  }

  read(node: number): Float64Array {
    return this.#run!.value(node);
  }

  positive(node: number): Uint32Array {
    const values = this.read(node);
    const size = values.length / this.#n;
    const row = Math.ceil(size / 32);
    const words = new Uint32Array(this.#n * row);
    values.forEach((value, at) => {
      const [i, unit] = [Math.floor(at / size), at % size];
      if (value > 0) words[i * row + (unit >>> 5)] |= 1 << (unit & 31);
    });
    return words;
  }

  channelProducts(a: number, b: number): Float64Array {
    const [left, right] = [this.read(a), this.read(b)];
    const { shape } = this.graph.nodes[a];
    const area = sizeOf(shape) / shape[0];
    const out = new Float64Array(this.#n * shape[0]);
    for (let at = 0; at < left.length; at++) out[Math.floor(at / area)] += left[at] * right[at];
    return out;
  }

  /** The run itself throws at the node. */
  overflowing(): undefined {
    return undefined;
  }

  numbers(): "float64" {
    return "float64";
  }

  gradients(seed: Float64Array, use: (parameter: number, gradient: Float64Array) => void): void {
    const run = this.#run!;
    run.backward(seed);
    for (const tap of this.graph.taps) {
      const gradient = new Float64Array(sizeOf(this.graph.parameters[tap.parameter].shape));
      addTapGradient(run, tap, gradient);
      use(tap.parameter, gradient);
    }
  }

  grams(seed: Float64Array, use: (parameter: number, gram: Float64Array) => void): void {
    const run = this.#run!;
    run.backward(seed);
    eachTapGram(run, [tapCotangents(run)], false, (tap, gram) => {
      use(tap.parameter, gram);
    });
  }
}
