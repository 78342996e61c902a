import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { compileNetwork, type CompiledNetwork } from "./compile/compile.js";
import { CompiledRun } from "./compile/run.js";
import type { FiniteEngine } from "./engine/engine.js";
import type { EngineMemory } from "./engine/memory.js";
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
import type { FiniteBatch, FiniteKernel, FiniteOptions } from "./ntk.js";
import { findOverflow } from "./find-overflow.js";
import { gradientOverflow } from "./overflow.js";
import { drawParameters, parameterDraws } from "./parameters.js";
import type { BatchNormMode } from "./reference.js";

export interface CompiledOptions extends Pick<FiniteOptions, "params" | "parameterisation"> {
  readonly bn?: BatchNormMode;
  readonly output?: OutputFunctional;
  /** Threads that one kernel may use; 1 by default. */
  readonly threads?: number;
  /** Whether each parameter's share of the kernel is kept, n x n numbers each; default true. */
  readonly parts?: boolean;
  /** Memory that networks share, one after the other; one of its own by default. */
  readonly memory?: EngineMemory;
}

/**
 * The empirical NTK of one network and batch size on compiled programs: compiled once, its memory kept, for any number of
 * draws. Float32 activations and gradients, float64 sums (native and WebAssembly engines). `coupled` costs a reverse pass for
 * every row of the kernel and a row of gradients each; `full` needs the activations of every sample once for each class.
 * Throws NotCompiled for the few operators that only the reference engine runs, AppErrors as finiteNtk, and `limit` when
 * there is no memory for the batch.
 *
 * @example new CompiledNtk(network, 64, chooseEngine().engine, { bn: "instance" }).kernel({ n: 64, inputs }, { seed: 1 })
 */
export class CompiledNtk {
  readonly network: CompiledNetwork;
  readonly n: number;
  readonly options: Required<Omit<CompiledOptions, "memory">>;
  readonly #run: CompiledRun;

  /** `architecture` may be what `compileFor` made of it with the same options. */
  constructor(
    architecture: GraphArchitecture | CompiledNetwork,
    n: number,
    engine: FiniteEngine,
    options: CompiledOptions = {},
  ) {
    const { bn = "instance", output = "sum", params = "weights", parameterisation = "ntk", threads = 1 } = options;
    this.options = { bn, output, params, parameterisation, threads, parts: options.parts ?? true };
    this.n = n;
    this.network = "graph" in architecture ? architecture : compileFor(architecture, options);
    this.#run = new CompiledRun(this.network, engine, n, threads, options.memory, copiesOf(this.network, output));
  }

  /** The kernel of one draw; the result has no `denseFactors`. */
  kernel(batch: FiniteBatch, options: Pick<FiniteOptions, "seed" | "init" | "draw" | "parameters"> = {}): FiniteKernel {
    const { graph } = this.network;
    const { output, parameterisation } = this.options;
    const { n } = this;
    const { inputs, labels } = batch;
    const size = graph.nodes[0].shape.reduce((product, side) => product * side, 1);
    if (batch.n !== n) throw new AppError("data", `The network was compiled for ${n} samples; got ${batch.n}.`);
    checkInputs(inputs, n, size);
    const { seed = 0, init = "ntk", draw = 0 } = options;
    const given = options.parameters && checked(options.parameters);
    const values = given ? (index: number) => given(graph.parameters[index]) : parameterDraws(graph, init, seed, draw);
    const outputs = this.#run.forward(inputs, values);
    const sample = this.#run.overflowing(outputs);
    if (sample !== undefined) {
      const parameters = given ? graph.parameters.map(given) : drawParameters(graph, init, seed, draw);
      const { numbers } = this.#run;
      throw findOverflow({ graph, n, inputs, sample, parameters, drawn: !given, mode: this.options.bn, numbers });
    }
    const groups = outputSeeds(output, n, classesOf(graph), labels);
    const rows = n * groups[0].length;
    const parts = new Map<number, Float64Array>();
    const kernels = groups.map((passes) => {
      const kernel = new Float64Array(rows * rows);
      const add = (parameter: number, gram: Float64Array): void => {
        if (!allFinite(gram)) throw gradientOverflow(graph.parameters[parameter].name, this.#run.numbers);
        const scale = parameterScale(graph, parameter, parameterisation);
        addScaled(kernel, gram, scale);
        if (!this.options.parts) return;
        const part = parts.get(parameter) ?? new Float64Array(rows * rows);
        parts.set(parameter, part);
        addScaled(part, gram, scale / groups.length);
      };
      if (this.options.bn === "coupled") {
        this.#run.backwardSummed(
          passes.flatMap((cotangent) => oneByOne(cotangent, n)),
          add,
        );
      } else this.#run.backward(joined(passes), add);
      return kernel;
    });
    return {
      size: rows,
      kernels: output === "trace" ? [meanOf(kernels)] : kernels,
      parts: [...parts]
        .map(([parameter, kernel]) => ({ parameter: graph.parameters[parameter].name, kernel }))
        .reverse(),
      outputs,
      denseFactors: [],
    };
  }
}

function addScaled(target: Float64Array, values: Float64Array, factor: number): void {
  for (let at = 0; at < values.length; at++) target[at] += factor * values[at];
}

/** Compiles a network for these options. Throws as CompiledNtk does, but for its memory. */
export function compileFor(architecture: GraphArchitecture, options: CompiledOptions): CompiledNetwork {
  const { bn = "instance", output = "sum", params = "weights" } = options;
  const several = output === "each" || output === "trace" || bn === "coupled";
  const network = compileNetwork(
    architecture,
    bn,
    (graph, tap) => params === "all" || isWeight(graph, tap.parameter),
    several ? 2 : 1,
  );
  classesOf(network.graph);
  return network;
}

/** Copies of the batch that reverse mode runs for: one for each class of the full kernel, unless passes do. */
export const copiesOf = (network: CompiledNetwork, output: OutputFunctional | undefined): number =>
  output === "full" && network.mode !== "coupled" ? classesOf(network.graph) : 1;

/** Cotangents one after the other, as those of copies of the batch. */
function joined(passes: readonly Float64Array[]): Float64Array {
  if (passes.length === 1) return passes[0];
  const all = new Float64Array(passes.length * passes[0].length);
  passes.forEach((pass, p) => {
    all.set(pass, p * pass.length);
  });
  return all;
}

/** A cotangent of all samples as one for each sample. */
function oneByOne(cotangent: Float64Array, n: number): Float64Array[] {
  const classes = cotangent.length / n;
  return Array.from({ length: n }, (_, i) =>
    cotangent.map((value, at) => (Math.floor(at / classes) === i ? value : 0)),
  );
}
