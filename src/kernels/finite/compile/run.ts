import type { FiniteEngine, Arena } from "../engine/engine.js";
import { rowGram } from "../engine/engine.js";
import * as program from "../engine/program.js";
import { sizeOf } from "../ir.js";
import type { CompiledNetwork, Segment } from "./compile.js";

/** A compiled network with its memory: runs draws of the weights on one batch, any number of times. */
export class CompiledRun {
  readonly network: CompiledNetwork;
  readonly engine: FiniteEngine;
  readonly n: number;
  readonly threads: number;
  readonly #arena: Arena;
  readonly #activations: number;
  #gains: readonly Float64Array[] = [];

  /** Throws AppError `limit` when there is no memory for `n` samples. */
  constructor(network: CompiledNetwork, engine: FiniteEngine, n: number, threads: number) {
    this.network = network;
    this.engine = engine;
    this.n = n;
    this.threads = threads;
    this.#activations = Math.ceil(network.constants.size / 16) * 16;
    this.#arena = engine.allocate(this.#activations + network.stride * n);
  }

  /** Runs forward from inputs (n x size, channel by channel) with these weights; returns the outputs, n x classes. */
  forward(inputs: Float64Array, parameters: readonly Float64Array[]): Float64Array {
    const { network, n } = this;
    const values = this.#arena.values;
    this.#gains = parameters;
    network.constants.fill(values, parameters);
    const size = inputs.length / n;
    for (let i = 0; i < n; i++) {
      const at = this.#sample(i) + network.input;
      for (let k = 0; k < size; k++) values[at + k] = inputs[i * size + k];
    }
    for (const segment of network.forward) this.#run(segment, undefined);
    const classes = sizeOf(network.graph.nodes[network.graph.output].shape);
    const outputs = new Float64Array(n * classes);
    const after = this.#arena.values;
    for (let i = 0; i < n; i++)
      for (let c = 0; c < classes; c++) outputs[i * classes + c] = after[this.#sample(i) + network.output + c];
    return outputs;
  }

  /**
   * Runs reverse mode from a cotangent of the outputs (n x classes). `add` receives every kept parameter's Gram matrix of
   * gradients (n x n, both triangles); it is overwritten by the next.
   */
  backward(seed: Float64Array, add: (parameter: number, gram: Float64Array) => void): void {
    const { network, n } = this;
    const classes = seed.length / n;
    const values = this.#arena.values;
    for (let i = 0; i < n; i++) {
      const at = this.#sample(i) + network.seed;
      values.fill(0, at, at + program.paddedChannels(classes));
      for (let c = 0; c < classes; c++) values[at + c] = seed[i * classes + c];
    }
    for (const segment of network.backward) this.#run(segment, add);
  }

  #sample(i: number): number {
    return this.#activations + i * this.network.stride;
  }

  #run(segment: Segment, add: ((parameter: number, gram: Float64Array) => void) | undefined): void {
    const { engine, network, n, threads } = this;
    switch (segment.kind) {
      case "run":
        engine.run(
          segment.program,
          this.#arena,
          this.#activations,
          network.stride,
          0,
          n,
          network.byInstruction,
          threads,
        );
        return;
      case "statistics":
        this.#statistics(segment);
        return;
      case "gram":
        add?.(segment.parameter, this.#gram(segment));
    }
  }

  #gram({ gram }: Segment & { readonly kind: "gram" }): Float64Array {
    const { engine, network, n, threads } = this;
    const kernel = new Float64Array(n * n);
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
      const backs = new Float64Array(n * n);
      rows(gram.back, backs);
      for (let at = 0; at < kernel.length; at++) kernel[at] *= backs[at];
    }
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) kernel[j * n + i] = kernel[i * n + j];
    return kernel;
  }

  /** Mean and inverse deviation of a channel over the batch (or those of an untrained network), into the constants. */
  #statistics(step: Segment & { readonly kind: "statistics" }): void {
    const { engine, network, n, threads } = this;
    const { channels, height, width, pixel, offset, row, epsilon } = step;
    const extent = { height, width, channels: pixel };
    const x = { at: offset, row };
    const count = n * height * width;
    const reduce = (instruction: program.Instruction): Float64Array =>
      engine.reduce(Int32Array.from(instruction), this.#arena, this.#activations, network.stride, 0, n, threads);
    const write = (at: number, value: (c: number) => number): void => {
      const values = this.#arena.values;
      for (let c = 0; c < channels; c++) values[at + c] = value(c);
    };
    let variance: ArrayLike<number> = new Float64Array(channels).fill(1);
    if (network.mode === "eval") write(step.mean, () => 0);
    else {
      const sums = reduce(program.batchSum({ ...extent, x }));
      write(step.mean, (c) => sums[c] / count);
      variance = reduce(program.batchSquares({ ...extent, x, mean: step.mean })).map((sum) => sum / count);
    }
    const inverse = (c: number): number => 1 / Math.sqrt(variance[c] + epsilon);
    write(step.inverse, inverse);
    write(step.scaled, (c) => this.#gains[step.gain][c] * inverse(c));
  }
}
