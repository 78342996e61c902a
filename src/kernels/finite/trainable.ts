import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { compileNetwork, type CompiledNetwork, type Segment } from "./compile/compile.js";
import type { ConstantPlace } from "./compile/weight-layout.js";
import type { Arena, FiniteEngine } from "./engine/engine.js";
import { EngineMemory } from "./engine/memory.js";
import * as program from "./engine/program.js";
import { descend, descentConstants, type DescentRule } from "./descent.js";
import { classesOf } from "./functional.js";
import { sizeOf, type GradientGraph, type IrNode } from "./ir.js";
import { fromMaster, refreshCopy, toMaster } from "./trainable-layout.js";

type Floats = Float32Array | Float64Array;

/** A parameter in the engine's memory: values and gradient are `count` floats each, in a layout of the engine's. */
export interface ParameterSlot {
  readonly parameter: number;
  /** Offsets into the engine's memory. */
  readonly at: number;
  readonly gradient: number;
  readonly count: number;
  /** Where the parameter is in a vector of all of them, `size` floats long. */
  readonly offset: number;
}

/**
 * Averages that a batch normalisation keeps for evaluation; PyTorch's buffers of that name. They begin as the graph gives
 * them (`running` of the node), else with mean 0 and variance 1.
 */
export interface RunningStatistics {
  /** The architecture's node. */
  readonly name: string;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export interface TrainableOptions {
  readonly engine: FiniteEngine;
  /** Default 1. Results have the same bytes with any number. */
  readonly threads?: number;
  readonly memory?: EngineMemory | undefined;
  /** Weight of a new batch in the running statistics; default 0.1, as PyTorch. */
  readonly momentum?: number;
}

type WeightGram = Extract<(Segment & { readonly kind: "gram" })["gram"], { readonly form: "convolution" }>;

/** Sums over a batch are cut into so many parts, whatever the number of threads. */
const parts = 2;

/**
 * A network for training: weights, their gradients and the activations of a batch stay in the memory of an engine, so that
 * a step copies the inputs in and the outputs out and nothing else. Batch normalisation uses the statistics of the batch and
 * averages them (PyTorch's train mode), or the averages (`evaluate`, its eval mode).
 * Throws AppError `space` for a wrong graph, `limit` without memory, NotCompiled for operators that only the reference has.
 *
 * @example
 * const network = new TrainableNetwork(architecture, 64, { engine });
 * network.setParameters(drawParameters(network.graph, "pytorch", seed, 0));
 * const outputs = network.train(inputs, 64);
 * network.backward(crossEntropy(outputs, labels, 64).cotangent);
 * network.descend({ kind: "momentum", rate: 0.1, decay: 0, momentum: 0.9, nesterov: false }, state);
 */
export class TrainableNetwork {
  readonly graph: GradientGraph;
  /** Samples of a batch at most. */
  readonly batch: number;
  readonly classes: number;
  readonly slots: readonly ParameterSlot[];
  /** Floats of all slots together. */
  readonly size: number;
  readonly running: readonly RunningStatistics[];
  readonly #network: CompiledNetwork;
  readonly #engine: FiniteEngine;
  readonly #threads: number;
  readonly #momentum: number;
  readonly #memory: EngineMemory;
  readonly #activations: number;
  readonly #arena: Arena;
  readonly #copies: readonly (readonly [master: ConstantPlace, copy: ConstantPlace])[];
  readonly #masters: ReadonlyMap<number, ConstantPlace>;
  #count = 0;

  constructor(architecture: GraphArchitecture, batch: number, options: TrainableOptions) {
    const { engine, threads = 1, memory = new EngineMemory(engine), momentum = 0.1 } = options;
    const network = compileNetwork(architecture, "coupled", () => true);
    this.graph = network.graph;
    this.classes = classesOf(network.graph);
    this.batch = batch;
    this.#network = network;
    this.#engine = engine;
    this.#threads = threads;
    this.#momentum = momentum;
    const masters = new Map<number, ConstantPlace>();
    const copies: [ConstantPlace, ConstantPlace][] = [];
    network.graph.parameters.forEach((_, parameter) => {
      const places = network.constants.places(parameter);
      const master = places.find(({ layout, groups }) => layout !== "transposed" && groups === 1) ?? places.at(0);
      if (master === undefined) return;
      masters.set(parameter, master);
      for (const copy of places) if (copy !== master) copies.push([master, copy]);
    });
    this.#masters = masters;
    this.#copies = copies;
    this.size = [...masters.values()].reduce((sum, { count }) => sum + program.paddedChannels(count), 0);
    const gradients = network.constants.reserve(this.size);
    let offset = 0;
    this.slots = [...masters].map(([parameter, { at, count }]) => {
      const slot = { parameter, at, gradient: gradients + offset, count, offset };
      offset += program.paddedChannels(count);
      return slot;
    });
    this.#activations = program.paddedChannels(network.constants.size);
    this.#memory = memory;
    const { arena, dirty } = memory.take(this.#activations + network.stride * batch, this);
    this.#arena = arena;
    if (dirty) {
      arena.values.fill(0, 0, this.#activations);
      engine.run(network.clear, arena, this.#activations, network.stride, 0, batch, false, threads);
    }
    this.running = normalisationsOf(network).map(({ source, shape: [channels], running }) => ({
      name: source,
      mean: running ? Float64Array.from(running.mean) : new Float64Array(channels),
      variance: running ? Float64Array.from(running.variance) : new Float64Array(channels).fill(1),
    }));
  }

  /** Sets every parameter, in the layout of `Parameter.shape` (PyTorch's). */
  setParameters(values: readonly Floats[]): void {
    this.#network.constants.fill(this.#values(), (parameter) => values[parameter]);
  }

  /** Every parameter's values, in the layout of `Parameter.shape`; zeros of those that the output does not depend on. */
  parameters(): Float64Array[] {
    return this.graph.parameters.map(({ shape }, parameter) => {
      const master = this.#masters.get(parameter);
      return master === undefined
        ? new Float64Array(sizeOf(shape))
        : fromMaster(this.#values(), master.at, master, sizeOf(shape));
    });
  }

  /** Gradients after `backward`, summed over the batch, in the layout of `Parameter.shape`. */
  gradients(): Float64Array[] {
    const values = this.#values();
    const bySlot = new Map(this.slots.map((slot) => [slot.parameter, slot]));
    return this.graph.parameters.map(({ shape }, parameter) => {
      const slot = bySlot.get(parameter);
      if (slot === undefined) return new Float64Array(sizeOf(shape));
      return fromMaster(values, slot.gradient, this.#masters.get(parameter)!, sizeOf(shape));
    });
  }

  /** A vector of all slots as one array for each parameter, in the layout of `Parameter.shape`; and back. */
  unpack(vector: Floats): Float64Array[] {
    const bySlot = new Map(this.slots.map((slot) => [slot.parameter, slot]));
    return this.graph.parameters.map(({ shape }, parameter) => {
      const slot = bySlot.get(parameter);
      if (slot === undefined) return new Float64Array(sizeOf(shape));
      return fromMaster(vector, slot.offset, this.#masters.get(parameter)!, sizeOf(shape));
    });
  }

  pack(arrays: readonly Floats[], vector: Floats): void {
    for (const { parameter, offset } of this.slots)
      toMaster(vector, offset, this.#masters.get(parameter)!, arrays[parameter]);
  }

  /** Outputs (count x classes) of `count` inputs, by the statistics of the batch, which are averaged. */
  train(inputs: Floats, count: number): Float64Array {
    return this.#forward(inputs, count, true);
  }

  /** Outputs by the running statistics. No `backward` after it. */
  evaluate(inputs: Floats, count: number): Float64Array {
    return this.#forward(inputs, count, false);
  }

  /** Gradients at the last `train` of the function whose gradient by the outputs is `cotangent` (count x classes). */
  backward(cotangent: Float64Array): void {
    const { seed } = this.#network;
    const values = this.#values();
    const { classes } = this;
    for (let i = 0; i < this.#count; i++) {
      const at = this.#sample(i) + seed;
      values.fill(0, at, at + program.paddedChannels(classes));
      for (let c = 0; c < classes; c++) values[at + c] = cotangent[i * classes + c];
    }
    const gradients = new Map(this.slots.map(({ parameter, gradient }) => [parameter, gradient]));
    const { gradient: first } = this.slots[0];
    values.fill(0, first, first + this.size);
    for (const segment of this.#network.backward) {
      if (segment.kind === "run") this.#run(segment.program);
      else if (segment.kind === "mixing") this.#mix(segment);
      else if (segment.kind === "gram") this.#sum(segment, gradients.get(segment.parameter)!);
    }
  }

  /** A step of an optimizer, in the engine where it has one; `state` are two vectors of `size` floats, or empty ones. */
  descend(rule: DescentRule, state: readonly [Floats, Floats]): void {
    const values = this.#values();
    const constants = descentConstants(rule);
    const [first, second] = state;
    for (const slot of this.slots) {
      const { at, gradient, offset } = slot;
      const count = program.paddedChannels(slot.count);
      const place = { at, gradient, offset, count };
      const step = this.#engine.descend;
      if (step === undefined || first instanceof Float64Array || second instanceof Float64Array)
        descend(rule, values, place, state);
      else step({ ...place, arena: this.#arena, constants, state: [first, second], threads: this.#threads });
    }
    for (const [master, copy] of this.#copies) refreshCopy(values, master, copy);
  }

  #values(): Floats {
    if (!this.#memory.holds(this)) throw new AppError("internal", "Another network took the memory of a training.");
    return this.#arena.values;
  }

  #sample(i: number): number {
    return this.#activations + i * this.#network.stride;
  }

  #forward(inputs: Floats, count: number, training: boolean): Float64Array {
    const network = this.#network;
    const size = sizeOf(network.graph.nodes[0].shape);
    const values = this.#values();
    this.#count = count;
    for (let i = 0; i < count; i++) {
      values.set(inputs.subarray(i * size, (i + 1) * size), this.#sample(i) + network.input);
    }
    let norm = 0;
    for (const segment of network.forward) {
      if (segment.kind === "run") this.#run(segment.program);
      else if (segment.kind === "statistics") this.#statistics(segment, this.running[norm++], training);
    }
    const { classes } = this;
    const outputs = new Float64Array(count * classes);
    const after = this.#values();
    for (let i = 0; i < count; i++) {
      const at = this.#sample(i) + network.output;
      for (let c = 0; c < classes; c++) outputs[i * classes + c] = after[at + c];
    }
    return outputs;
  }

  #run(words: Int32Array): void {
    const { byInstruction, stride } = this.#network;
    this.#engine.run(
      words,
      this.#arena,
      this.#activations,
      stride,
      0,
      this.#count,
      byInstruction,
      Math.min(this.#threads, this.#count),
    );
  }

  /** A parameter's gradient, summed over the batch, to `target`, in the layout of its values. */
  #sum({ gram, parameter }: Segment & { readonly kind: "gram" }, target: number): void {
    const { stride, byInstruction } = this.#network;
    if (gram.form === "convolution") {
      const words = byInstruction
        ? this.#batchGradient(gram, this.graph.parameters[parameter].shape[0])
        : program.weightArguments(gram.arguments);
      const samples = byInstruction ? 1 : this.#count;
      this.#engine.weightSum(words, this.#arena, this.#activations, stride, samples, target, this.#threads);
      return;
    }
    if (gram.form !== "rows") throw new AppError("internal", "A summed gradient has no outer form.");
    const values = this.#values();
    const sum = new Float64Array(gram.count);
    for (let i = 0; i < this.#count; i++) {
      const at = this.#sample(i) + gram.offset;
      for (let c = 0; c < gram.count; c++) sum[c] += values[at + c];
    }
    values.set(sum, target);
  }

  /** Gradient of a dense weight as [output][padded input], the samples being the pixels of one image. */
  #batchGradient({ arguments: { taps, back, inputs } }: WeightGram, outputs: number): Int32Array {
    const { stride } = this.#network;
    return program.weightArguments({
      height: this.#count,
      width: 1,
      inputs: outputs,
      channels: program.paddedChannels(inputs),
      rRow: stride,
      rPixel: 0,
      back: { at: taps[0], row: stride },
      taps: [back.at],
    });
  }

  #statistics(step: Segment & { readonly kind: "statistics" }, running: RunningStatistics, training: boolean): void {
    const { channels, extent, x, epsilon } = step;
    const count = this.#count * extent.height * extent.width;
    let { mean, variance }: { mean: ArrayLike<number>; variance: ArrayLike<number> } = running;
    if (training) {
      mean = this.#reduce(program.batchSum({ ...extent, x })).map((sum) => sum / count);
      this.#write(step.mean, channels, (c) => mean[c]);
      variance = this.#reduce(program.batchSquares({ ...extent, x, mean: step.mean })).map((sum) => sum / count);
      const unbiased = count / Math.max(1, count - 1);
      for (let c = 0; c < channels; c++) {
        running.mean[c] += this.#momentum * (mean[c] - running.mean[c]);
        running.variance[c] += this.#momentum * (variance[c] * unbiased - running.variance[c]);
      }
    } else this.#write(step.mean, channels, (c) => mean[c]);
    const gains = this.#values();
    this.#write(step.inverse, channels, (c) => 1 / Math.sqrt(variance[c] + epsilon));
    this.#write(step.scaled, channels, (c) => gains[step.gain + c] / Math.sqrt(variance[c] + epsilon));
  }

  #mix({ y, normalised, extent, channels, scaled, shift, slope }: Segment & { readonly kind: "mixing" }): void {
    const count = this.#count * extent.height * extent.width;
    const first = this.#reduce(program.batchSum({ ...extent, x: y }));
    const second = this.#reduce(program.batchSum({ ...extent, x: y, y: normalised }));
    const values = this.#values();
    this.#write(shift, channels, (c) => (-values[scaled + c] * first[c]) / count);
    this.#write(slope, channels, (c) => (-values[scaled + c] * second[c]) / count);
  }

  /** Sums over the batch, in `parts` parts that are added up in order. */
  #reduce(instruction: program.Instruction): Float64Array {
    const words = Int32Array.from(instruction);
    const { stride } = this.#network;
    const count = this.#count;
    const part = (first: number, last: number, threads: number): Float64Array =>
      this.#engine.reduce(words, this.#arena, this.#activations, stride, first, last, threads);
    if (count < parts) return part(0, count, 1);
    if (this.#threads >= parts && this.#engine.name.startsWith("native")) return part(0, count, parts);
    const middle = Math.floor(count / parts);
    const sums = part(0, middle, 1);
    part(middle, count, 1).forEach((sum, c) => (sums[c] += sum));
    return sums;
  }

  #write(at: number, channels: number, value: (c: number) => number): void {
    const values = this.#values();
    for (let c = 0; c < channels; c++) values[at + c] = value(c);
  }
}

/** The normalisations of a network, in the order of their statistics. */
function normalisationsOf({ graph, forward }: CompiledNetwork): (IrNode & { readonly op: "normalise" })[] {
  const nodes = graph.nodes.slice(0, graph.seed).filter((node) => node.op === "normalise");
  const statistics = forward.filter(({ kind }) => kind === "statistics");
  if (nodes.length === statistics.length) return nodes;
  throw new AppError("internal", `${nodes.length} normalisations have ${statistics.length} statistics.`);
}
