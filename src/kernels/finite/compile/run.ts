import { AppError } from "../../../errors.js";
import { rowGram, weightFloats, type Arena, type FiniteEngine } from "../engine/engine.js";
import { EngineMemory } from "../engine/memory.js";
import * as program from "../engine/program.js";
import { checkSamples } from "../functional.js";
import { sizeOf } from "../ir.js";
import type { CompiledNetwork, Segment } from "./compile.js";
import { extentOf, planeOf } from "./layout.js";
import type { ParameterValues } from "./weights.js";

type GramSegment = Segment & { readonly kind: "gram" };

/** A compiled network with its memory (or one that it shares): runs draws of the weights on one batch, any number of times. */
export class CompiledRun {
  readonly network: CompiledNetwork;
  readonly engine: FiniteEngine;
  readonly n: number;
  /** Samples of reverse mode: every sample once for each copy. */
  readonly rows: number;
  readonly threads: number;
  readonly #memory: EngineMemory;
  readonly #activations: number;
  readonly #gramOf: Float64Array;
  readonly #backs: Float64Array;
  /** Gradients of passes, then memory of their further threads. */
  readonly #others: EngineMemory[] = [];
  /** Whether a variance of the batch was not finite in the last forward. */
  #statisticsLost = false;
  #arena: Arena;

  /**
   * With `copies` reverse mode runs for so many copies of the batch at once, each with cotangents of its own, after one forward
   * pass; not for networks whose samples depend on each other. Throws AppError `limit` when there is no memory for them.
   */
  constructor(
    network: CompiledNetwork,
    engine: FiniteEngine,
    n: number,
    threads: number,
    memory = new EngineMemory(engine),
    copies = 1,
  ) {
    checkSamples(n);
    if (memory.engine !== engine) throw new AppError("internal", "The memory belongs to another engine.");
    this.network = network;
    this.engine = engine;
    this.n = n;
    this.rows = n * copies;
    this.threads = threads;
    this.#memory = memory;
    this.#activations = Math.ceil(network.constants.size / 16) * 16;
    this.#arena = this.#take();
    this.#gramOf = new Float64Array(this.rows ** 2);
    this.#backs = new Float64Array(this.rows ** 2);
  }

  /** After `forward`: the first sample with an output or a variance that is not finite (a variance of its own has inverse 0). */
  overflowing(outputs: Float64Array): number | undefined {
    const at = outputs.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return Math.floor((at * this.n) / outputs.length);
    if (this.#statisticsLost) return 0;
    const { values } = this.#arena;
    for (const { offset, channels } of this.network.inverses) {
      for (let i = 0; i < this.n; i++)
        for (let c = 0; c < channels; c++) if (!(values[this.#sample(i) + offset + c] > 0)) return i;
    }
    return undefined;
  }

  /** The numbers of activations and gradients. */
  get numbers(): "float32" | "float64" {
    return this.#arena.values instanceof Float32Array ? "float32" : "float64";
  }

  /** Runs forward from inputs (n x size, channel by channel) with these weights; returns the outputs, n x classes. */
  forward(inputs: Float64Array, parameters: ParameterValues): Float64Array {
    const { network, n } = this;
    this.#arena = this.#take();
    this.#statisticsLost = false;
    const values = this.#arena.values;
    network.constants.fill(values, parameters);
    const size = inputs.length / n;
    for (let i = 0; i < n; i++) {
      values.set(inputs.subarray(i * size, (i + 1) * size), this.#sample(i) + network.input);
    }
    for (const segment of network.forward) this.#run(segment, n, undefined);
    const classes = sizeOf(network.graph.nodes[network.graph.output].shape);
    const outputs = new Float64Array(n * classes);
    const after = this.#arena.values;
    for (let i = 0; i < n; i++)
      for (let c = 0; c < classes; c++) outputs[i * classes + c] = after[this.#sample(i) + network.output + c];
    for (let i = n; i < this.rows; i += n) after.copyWithin(this.#sample(i), this.#sample(0), this.#sample(n));
    return outputs;
  }

  /**
   * Runs reverse mode from a cotangent of the outputs (rows x classes). `add` receives every kept parameter's Gram matrix of
   * gradients (rows x rows, both triangles); it is overwritten by the next.
   */
  backward(seed: Float64Array, add: (parameter: number, gram: Float64Array) => void): void {
    this.#seed(seed);
    for (const segment of this.network.backward)
      this.#run(segment, this.rows, (gram) => add(gram.parameter, this.#gram(gram)));
  }

  /**
   * Runs reverse mode once for every cotangent and sums gradients over the samples, which batch statistics make depend on
   * each other: row k is the gradient of the k-th function. `add` receives every parameter's Gram matrix of rows.
   */
  backwardSummed(seeds: readonly Float64Array[], add: (parameter: number, gram: Float64Array) => void): void {
    const { engine, network, n, threads } = this;
    this.#mustHold();
    const rows = seeds.length;
    const { words, row, count: floats, places } = network.pass!;
    const width = program.paddedChannels(seeds[0].length / n);
    const gradients = this.#gradientRows(rows * floats);
    engine.passes({
      words,
      arenas: this.#copies(Math.min(threads, rows)),
      activations: this.#activations,
      stride: network.stride,
      n,
      byInstruction: network.byInstruction,
      seed: network.seed,
      seeds: paddedSeeds(seeds, n, width),
      row,
      count: floats,
      gradients,
      passes: rows,
    });
    for (const [parameter, { offset, count }] of places) {
      const kernel = new Float64Array(rows * rows);
      engine.gram(gradients, offset, rows, floats, count, kernel, 1, threads);
      mirror(kernel, rows);
      add(parameter, kernel);
    }
  }

  /** This memory and copies of it, one for each thread of the passes; kept, since new memory is slow. */
  #copies(count: number): Arena[] {
    const floats = this.#activations + this.network.stride * this.n;
    const used = this.#arena.values.subarray(0, floats);
    const copies = [this.#arena];
    for (let t = 1; t < count; t++) {
      const memory = (this.#others[t] ??= new EngineMemory(this.engine));
      const { arena } = memory.take(floats, this);
      arena.values.set(used);
      copies.push(arena);
    }
    return copies;
  }

  #gradientRows(floats: number): Arena {
    return (this.#others[0] ??= new EngineMemory(this.engine)).take(floats, this).arena;
  }

  /**
   * Runs reverse mode from a cotangent of the outputs (n x classes) of a network compiled with `summed`: `use` receives
   * every kept parameter's gradient, summed over the samples, in the layout of `Parameter.shape`.
   */
  gradients(seed: Float64Array, use: (parameter: number, gradient: Float64Array) => void): void {
    this.#seed(seed);
    for (const segment of this.network.backward) {
      this.#run(segment, this.n, (gram) => {
        const { shape } = this.network.graph.parameters[gram.parameter];
        use(gram.parameter, inShape(this.#summed(gram), gram.gram, shape));
      });
    }
  }

  /** Values of a kept node, n x size, channel by channel. */
  read(node: number): Float64Array {
    const { channels, pixel, height, width, row, offset } = this.network.kept.get(node)!;
    const out = new Float64Array(this.n * channels * height * width);
    const { values } = this.#arena;
    for (let i = 0, at = 0; i < this.n; i++) {
      const start = this.#sample(i) + offset;
      for (let c = 0; c < channels; c++)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) out[at++] = values[start + y * row + x * pixel + c];
    }
    return out;
  }

  /** Which values of a kept node are positive, a bit each: n rows of ceil(size / 32) words, in the order of the memory. */
  positive(node: number): Uint32Array {
    const { channels, pixel, height, width, row, offset } = this.network.kept.get(node)!;
    const count = Math.ceil((channels * height * width) / 32);
    const words = new Uint32Array(this.n * count);
    const { values } = this.#arena;
    for (let i = 0; i < this.n; i++) {
      const start = this.#sample(i) + offset;
      let unit = i * count * 32;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0, at = start + y * row + x * pixel; c < channels; c++, at++, unit++)
            if (values[at] > 0) words[unit >>> 5] |= 1 << (unit & 31);
    }
    return words;
  }

  /** The memory, with zeros wherever the programs need them. */
  #take(): Arena {
    const { engine, network, n, rows, threads } = this;
    const { arena, dirty } = this.#memory.take(this.#activations + network.stride * rows, this);
    if (dirty) {
      arena.values.fill(0, 0, this.#activations);
      engine.run(network.clear, arena, this.#activations, network.stride, 0, n, false, threads);
    }
    return arena;
  }

  #mustHold(): void {
    if (this.#memory.holds(this)) return;
    throw new AppError("internal", "Another network took the memory between two passes.");
  }

  /** Sums over the pixels of the product of two kept nodes of one shape, n x channels. */
  channelProducts(a: number, b: number): Float64Array {
    const { engine, network, n, threads } = this;
    const [left, right] = [network.kept.get(a)!, network.kept.get(b)!];
    const dst = network.scratch;
    const instruction = program.channelSum({
      ...extentOf(left),
      y: planeOf(left),
      normalised: planeOf(right),
      dst,
    });
    const words = Int32Array.from(instruction);
    engine.run(words, this.#arena, this.#activations, network.stride, 0, n, network.byInstruction, threads);
    const { channels } = left;
    const { values } = this.#arena;
    const out = new Float64Array(n * channels);
    for (let i = 0; i < n; i++)
      out.set(values.subarray(this.#sample(i) + dst, this.#sample(i) + dst + channels), i * channels);
    return out;
  }

  #seed(seed: Float64Array): void {
    const { network, rows } = this;
    this.#mustHold();
    const classes = seed.length / rows;
    const values = this.#arena.values;
    for (let i = 0; i < rows; i++) {
      const at = this.#sample(i) + network.seed;
      values.fill(0, at, at + program.paddedChannels(classes));
      for (let c = 0; c < classes; c++) values[at + c] = seed[i * classes + c];
    }
  }

  #sample(i: number): number {
    return this.#activations + i * this.network.stride;
  }

  #run(segment: Segment, samples: number, use: ((segment: GramSegment) => void) | undefined): void {
    const { engine, network, threads } = this;
    switch (segment.kind) {
      case "run":
        engine.run(
          segment.program,
          this.#arena,
          this.#activations,
          network.stride,
          0,
          samples,
          network.byInstruction,
          threads,
        );
        return;
      case "statistics":
        this.#statistics(segment);
        return;
      case "mixing":
        this.#mix(segment);
        return;
      case "gram":
        use?.(segment);
    }
  }

  #gram({ gram }: GramSegment): Float64Array {
    const { engine, network, rows: n, threads } = this;
    const kernel = this.#gramOf.fill(0);
    const rows = (row: { readonly offset: number; readonly count: number }, into: Float64Array): void =>
      rowGram(engine, row, this.#arena, this.#activations, network.stride, n, into, threads);
    if (gram.form === "convolution") {
      engine.weightGram(
        program.weightArguments(gram.arguments),
        this.#arena,
        this.#activations,
        network.stride,
        n,
        kernel,
        threads,
      );
    } else if (gram.form === "rows") rows(gram, kernel);
    else {
      rows(gram.input, kernel);
      const backs = this.#backs.fill(0);
      rows(gram.back, backs);
      for (let at = 0; at < kernel.length; at++) kernel[at] *= backs[at];
    }
    mirror(kernel, n);
    return kernel;
  }

  /** Gradient of one parameter summed over the samples. */
  #summed({ gram }: GramSegment): ArrayLike<number> {
    const { engine, network, n, threads } = this;
    const { values } = this.#arena;
    if (gram.form === "convolution") {
      const words = program.weightArguments(gram.arguments);
      const [target, count] = [network.gradient, weightFloats(words)];
      values.fill(0, target, target + count);
      engine.weightSum(words, this.#arena, this.#activations, network.stride, n, target, threads);
      return this.#arena.values.subarray(target, target + count);
    }
    if (gram.form !== "rows") throw new AppError("internal", "A summed gradient has no outer form.");
    const sum = new Float64Array(gram.count);
    for (let i = 0; i < n; i++)
      for (let c = 0; c < gram.count; c++) sum[c] += values[this.#sample(i) + gram.offset + c];
    return sum;
  }

  /** Mean and inverse deviation of a channel over the batch (or those of an untrained network), into the constants. */
  #statistics(step: Segment & { readonly kind: "statistics" }): void {
    const { network, n } = this;
    const { channels, extent, x, epsilon, running } = step;
    const count = n * extent.height * extent.width;
    const write = (at: number, value: (c: number) => number): void => this.#write(at, channels, value);
    let variance: ArrayLike<number> = running?.variance ?? new Float64Array(channels).fill(1);
    if (network.mode === "eval") write(step.mean, (c) => running?.mean[c] ?? 0);
    else {
      const sums = this.#reduce(program.batchSum({ ...extent, x }));
      write(step.mean, (c) => sums[c] / count);
      variance = this.#reduce(program.batchSquares({ ...extent, x, mean: step.mean })).map((sum) => sum / count);
    }
    if (!Array.from(variance).every(Number.isFinite)) this.#statisticsLost = true;
    const inverse = (c: number): number => 1 / Math.sqrt(variance[c] + epsilon);
    write(step.inverse, inverse);
    const gains = this.#arena.values.slice(step.gain, step.gain + channels);
    write(step.scaled, (c) => gains[c] * inverse(c));
  }

  /** Coefficients of a normalisation's transpose by batch statistics, into the constants. */
  #mix({ y, normalised, extent, channels, scaled, shift, slope }: Segment & { readonly kind: "mixing" }): void {
    const count = this.n * extent.height * extent.width;
    const first = this.#reduce(program.batchSum({ ...extent, x: y }));
    const second = this.#reduce(program.batchSum({ ...extent, x: y, y: normalised }));
    const scale = this.#arena.values.slice(scaled, scaled + channels);
    this.#write(shift, channels, (c) => (-scale[c] * first[c]) / count);
    this.#write(slope, channels, (c) => (-scale[c] * second[c]) / count);
  }

  #reduce(instruction: program.Instruction): Float64Array {
    const { engine, network, n, threads } = this;
    return engine.reduce(Int32Array.from(instruction), this.#arena, this.#activations, network.stride, 0, n, threads);
  }

  #write(at: number, channels: number, value: (c: number) => number): void {
    const { values } = this.#arena;
    for (let c = 0; c < channels; c++) values[at + c] = value(c);
  }
}

/** A summed gradient, [tap][input][padded output] for weights, as [output][input][tap] without padding. */
function inShape(gradient: ArrayLike<number>, gram: GramSegment["gram"], shape: readonly number[]): Float64Array {
  const size = sizeOf(shape);
  if (shape.length === 1) return Float64Array.from({ length: size }, (_, c) => gradient[c]);
  const [outputs] = shape;
  const inputs = gram.form === "convolution" ? gram.arguments.inputs : shape[1];
  const [taps, channels] = [size / (outputs * inputs), program.paddedChannels(outputs)];
  const out = new Float64Array(size);
  for (let o = 0, at = 0; o < outputs; o++)
    for (let c = 0; c < inputs; c++)
      for (let tap = 0; tap < taps; tap++, at++) out[at] = gradient[(tap * inputs + c) * channels + o];
  return out;
}

/** Copies the lower triangle to the upper one. */
function mirror(kernel: Float64Array, n: number): void {
  const block = 32;
  for (let top = 0; top < n; top += block)
    for (let left = 0; left <= top; left += block)
      for (let i = top; i < Math.min(n, top + block); i++)
        for (let j = left; j < Math.min(i, left + block); j++) kernel[j * n + i] = kernel[i * n + j];
}

/** Cotangents as [pass][sample][padded class]. */
function paddedSeeds(seeds: readonly Float64Array[], n: number, width: number): Float32Array {
  const padded = new Float32Array(seeds.length * n * width);
  const classes = seeds[0].length / n;
  seeds.forEach((seed, k) => {
    for (let i = 0; i < n; i++)
      for (let c = 0; c < classes; c++) padded[(k * n + i) * width + c] = seed[i * classes + c];
  });
  return padded;
}
