import { activation } from "../../arch/activations/registry.js";
import { AppError } from "../../errors.js";
import { rowProducts } from "../../math/linalg.js";
import { sizeOf, type GradientGraph, type IrNode, type IrOpKind, type Window } from "./ir.js";
import { nodeOverflow } from "./overflow.js";

/**
 * What batch normalisation does. `instance`: every image by its own statistics, differentiated through. `frozen`: statistics
 * of the batch, constants in the derivative. `coupled`: statistics of the batch, differentiated through, so that samples
 * depend on each other. `eval`: the running statistics of an untrained network, mean 0 and variance 1.
 */
export type BatchNormMode = "instance" | "frozen" | "coupled" | "eval";

/** Runs a graph in float64 with plain loops (dense layers by matrix products): the reference that every other engine is held against. */
export class ReferenceRun {
  readonly graph: GradientGraph;
  readonly n: number;
  /** Value of every node that was run: n samples, row-major, [sample][channel][y][x]. */
  readonly values: (Float64Array | undefined)[];
  readonly parameters: readonly Float64Array[];
  readonly mode: BatchNormMode;
  /** 1 / standard deviation of every normalise node: per sample and channel, or per channel. */
  readonly #inverseDeviation = new Map<number, Float64Array>();

  constructor(
    graph: GradientGraph,
    inputs: Float64Array,
    n: number,
    parameters: readonly Float64Array[],
    mode: BatchNormMode,
  ) {
    this.graph = graph;
    this.n = n;
    this.parameters = parameters;
    this.mode = mode;
    this.values = new Array<Float64Array | undefined>(graph.nodes.length);
    this.values[0] = inputs;
  }

  /** Runs the forward part; returns the outputs, n x classes. Throws AppError `numeric` naming the node that overflows. */
  forward(): Float64Array {
    for (let index = 1; index < this.graph.seed; index++) {
      const value = this.#run(index);
      if (!value.every(Number.isFinite)) throw nodeOverflow(this.graph.nodes[index]);
      this.values[index] = value;
    }
    return this.value(this.graph.output);
  }

  /** Runs reverse mode from a cotangent of the output (n x classes); cotangents are in `values`. */
  backward(seed: Float64Array): void {
    this.values[this.graph.seed] = seed;
    this.evaluate(this.graph.seed + 1, this.graph.nodes.length);
  }

  /** Runs the nodes from `first` to before `last` once more, from values that are there. */
  evaluate(first: number, last: number): void {
    for (let index = first; index < last; index++) this.values[index] = this.#run(index);
  }

  value(index: number): Float64Array {
    return this.values[index]!;
  }

  inverseDeviation(index: number): Float64Array {
    return this.#inverseDeviation.get(index)!;
  }

  setInverseDeviation(index: number, values: Float64Array): void {
    this.#inverseDeviation.set(index, values);
  }

  #run(index: number): Float64Array {
    const node = this.graph.nodes[index];
    const out = new Float64Array(this.n * sizeOf(node.shape));
    (operations[node.op] as Operation<IrOpKind>)(node, out, this, index);
    return out;
  }
}

type Operation<K extends IrOpKind> = (
  node: IrNode & { readonly op: K },
  out: Float64Array,
  run: ReferenceRun,
  index: number,
) => void;

const given = (): void => undefined;

const operations: { readonly [K in IrOpKind]: Operation<K> } = {
  input: given,
  seed: given,
  zero: given,
  dense: (node, out, run) => denseInto(node, out, run, false),
  denseTranspose: (node, out, run) => denseInto(node, out, run, true),
  conv: (node, out, run) => {
    const [x, weight] = [run.value(node.x), run.parameters[node.weight]];
    eachTap(run.n, run.graph.nodes[node.x].shape, node.shape, node, (i, pixel, target, tap) => {
      const [inputs, outputs, taps] = [run.graph.nodes[node.x].shape[0], node.shape[0], node.kernel * node.kernel];
      const [xArea, area] = [area2(run.graph.nodes[node.x].shape), area2(node.shape)];
      const own = inputs / node.groups;
      for (let o = 0; o < outputs; o++) {
        const first = i * inputs + Math.floor((o * node.groups) / outputs) * own;
        let sum = 0;
        for (let c = 0; c < own; c++) sum += weight[(o * own + c) * taps + tap] * x[(first + c) * xArea + pixel];
        out[(i * outputs + o) * area + target] += sum;
      }
    });
  },
  convTranspose: (node, out, run) => {
    const [y, weight] = [run.value(node.x), run.parameters[node.weight]];
    const shape = run.graph.nodes[node.x].shape;
    const [inputs, outputs, taps] = [node.shape[0], shape[0], node.kernel * node.kernel];
    const [xArea, area] = [area2(node.shape), area2(shape)];
    const [ownInputs, ownOutputs] = [inputs / node.groups, outputs / node.groups];
    eachTap(run.n, node.shape, shape, node, (i, pixel, target, tap) => {
      for (let c = 0; c < inputs; c++) {
        const group = Math.floor(c / ownInputs);
        let sum = 0;
        for (let o = group * ownOutputs; o < (group + 1) * ownOutputs; o++)
          sum += weight[(o * ownInputs + c - group * ownInputs) * taps + tap] * y[(i * outputs + o) * area + target];
        out[(i * inputs + c) * xArea + pixel] += sum;
      }
    });
  },
  bias: (node, out, run) =>
    perChannel(node, run, (at, channel) => (out[at] = run.value(node.x)[at] + run.parameters[node.bias][channel])),
  activation: (node, out, run) => {
    const sigma = activation(node.activation);
    run.value(node.x).forEach((x, at) => (out[at] = sigma.value(x)));
  },
  slope: (node, out, run) => {
    const sigma = activation(node.activation);
    run.value(node.x).forEach((x, at) => (out[at] = sigma.derivative(x)));
  },
  multiply: (node, out, run) => {
    const [x, y] = [run.value(node.x), run.value(node.y)];
    for (let at = 0; at < out.length; at++) out[at] = x[at] * y[at];
  },
  add: (node, out, run) => {
    for (const x of node.xs) run.value(x).forEach((value, at) => (out[at] += value));
  },
  concat: (node, out, run) => {
    const size = sizeOf(node.shape);
    let from = 0;
    for (const x of node.xs) {
      const values = run.value(x);
      const part = values.length / run.n;
      for (let i = 0; i < run.n; i++) out.set(values.subarray(i * part, (i + 1) * part), i * size + from);
      from += part;
    }
  },
  slice: (node, out, run) => {
    const values = run.value(node.x);
    const [size, part, start] = [values.length / run.n, sizeOf(node.shape), node.from * area2(node.shape)];
    for (let i = 0; i < run.n; i++) out.set(values.subarray(i * size + start, i * size + start + part), i * part);
  },
  scale: (node, out, run) => run.value(node.x).forEach((value, at) => (out[at] = node.factor * value)),
  averagePool: (node, out, run) => {
    const x = run.value(node.x);
    const shape = run.graph.nodes[node.x].shape;
    eachTap(run.n, shape, node.shape, node, (i, pixel, target, _, count) => {
      for (let c = 0; c < shape[0]; c++)
        out[(i * shape[0] + c) * area2(node.shape) + target] += x[(i * shape[0] + c) * area2(shape) + pixel] / count;
    });
  },
  averagePoolTranspose: (node, out, run) => {
    const y = run.value(node.x);
    const shape = run.graph.nodes[node.x].shape;
    eachTap(run.n, node.shape, shape, node, (i, pixel, target, _, count) => {
      for (let c = 0; c < shape[0]; c++)
        out[(i * shape[0] + c) * area2(node.shape) + pixel] += y[(i * shape[0] + c) * area2(shape) + target] / count;
    });
  },
  maxPool: (node, out, run) => {
    const x = run.value(node.x);
    eachWinner(run, node, node.shape, (pixel, target) => (out[target] = x[pixel]));
  },
  maxPoolTranspose: (node, out, run) => {
    const y = run.value(node.x);
    eachWinner(run, node, run.graph.nodes[node.x].shape, (pixel, target) => (out[pixel] += y[target]));
  },
  globalAverage: (node, out, run) => {
    const area = area2(run.graph.nodes[node.x].shape);
    run.value(node.x).forEach((value, at) => (out[Math.floor(at / area)] += value / area));
  },
  globalAverageTranspose: (node, out, run) => {
    const area = area2(node.shape);
    const y = run.value(node.x);
    for (let at = 0; at < out.length; at++) out[at] = y[Math.floor(at / area)] / area;
  },
  reshape: (node, out, run) => out.set(run.value(node.x)),
  norm: (node, out, run) => {
    const x = run.value(node.normalised);
    perChannel(
      node,
      run,
      (at, channel) => (out[at] = run.parameters[node.gain][channel] * x[at] + run.parameters[node.shift][channel]),
    );
  },
  normalise: (node, out, run, index) => {
    const x = run.value(node.x);
    const groups = groupsOf(node, run);
    const inverse = new Float64Array(groups.count);
    const mean = new Float64Array(groups.count);
    if (run.mode === "eval") {
      const { running } = node;
      mean.set(running?.mean ?? []);
      inverse.forEach((_, c) => (inverse[c] = 1 / Math.sqrt((running?.variance[c] ?? 1) + node.epsilon)));
    } else {
      perChannel(node, run, (at, channel, i) => (mean[groups.of(i, channel)] += x[at] / groups.size));
      const variance = new Float64Array(groups.count);
      perChannel(
        node,
        run,
        (at, channel, i) =>
          (variance[groups.of(i, channel)] += (x[at] - mean[groups.of(i, channel)]) ** 2 / groups.size),
      );
      variance.forEach((value, group) => (inverse[group] = 1 / Math.sqrt(value + node.epsilon)));
    }
    run.setInverseDeviation(index, inverse);
    perChannel(
      node,
      run,
      (at, channel, i) => (out[at] = (x[at] - mean[groups.of(i, channel)]) * inverse[groups.of(i, channel)]),
    );
  },
  normTranspose: (node, out, run) => {
    const [y, normalised] = [run.value(node.y), run.value(node.normalise)];
    const [gain, inverse] = [run.parameters[node.gain], run.inverseDeviation(node.normalise)];
    const groups = groupsOf(node, run);
    const through = run.mode === "instance" || run.mode === "coupled";
    const [first, second] = [new Float64Array(groups.count), new Float64Array(groups.count)];
    if (through) {
      perChannel(node, run, (at, channel, i) => {
        const group = groups.of(i, channel);
        first[group] += y[at] / groups.size;
        second[group] += (y[at] * normalised[at]) / groups.size;
      });
    }
    perChannel(node, run, (at, channel, i) => {
      const group = groups.of(i, channel);
      out[at] = gain[channel] * inverse[group] * (y[at] - first[group] - normalised[at] * second[group]);
    });
  },
  standardise: (node, out, run) => {
    const x = run.value(node.x);
    eachSample(run.n, x, node.epsilon, (at, normalised) => (out[at] = normalised));
  },
  standardiseTranspose: (node, out, run) => {
    const [y, x] = [run.value(node.x), run.value(node.by)];
    const size = sizeOf(node.shape);
    const [first, second] = [new Float64Array(run.n), new Float64Array(run.n)];
    eachSample(run.n, x, node.epsilon, (at, normalised, _, i) => {
      first[i] += y[at] / size;
      second[i] += (y[at] * normalised) / size;
    });
    eachSample(run.n, x, node.epsilon, (at, normalised, inverse, i) => {
      out[at] = inverse * (y[at] - first[i] - normalised * second[i]);
    });
  },
  gain: (node, out, run) =>
    perChannel(node, run, (at, channel) => (out[at] = run.value(node.x)[at] * run.parameters[node.gain][channel])),
};

/** Every value of n samples, normalised over its sample, with the sample's 1 / standard deviation. */
function eachSample(
  n: number,
  x: Float64Array,
  epsilon: number,
  use: (at: number, normalised: number, inverse: number, sample: number) => void,
): void {
  const size = x.length / n;
  for (let i = 0; i < n; i++) {
    const row = x.subarray(i * size, (i + 1) * size);
    const mean = row.reduce((sum, value) => sum + value, 0) / size;
    const inverse = 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size + epsilon);
    for (let k = 0; k < size; k++) use(i * size + k, (row[k] - mean) * inverse, inverse, i);
  }
}

const area2 = (shape: readonly number[]): number => (shape.length === 3 ? shape[1] * shape[2] : 1);

/** x W', or y W for the transpose: rows of samples by rows of weights. */
function denseInto(
  node: { readonly x: number; readonly weight: number; readonly shape: readonly number[] },
  out: Float64Array,
  run: ReferenceRun,
  transpose: boolean,
): void {
  const rows = node.shape[0];
  const columns = sizeOf(run.graph.nodes[node.x].shape);
  const weight = run.parameters[node.weight];
  const byRow = transpose ? transposed(weight, columns, rows) : weight;
  out.set(rowProducts(run.value(node.x), run.n, byRow, rows, columns));
}

function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
  return out;
}

function perChannel(
  node: { readonly shape: readonly number[] },
  run: ReferenceRun,
  use: (at: number, channel: number, sample: number) => void,
): void {
  const area = area2(node.shape);
  for (let i = 0, at = 0; i < run.n; i++)
    for (let c = 0; c < node.shape[0]; c++) for (let p = 0; p < area; p++, at++) use(at, c, i);
}

/** Calls `use` for every window, given by the shape of its pool, and channel: the pixel where `by` is largest, and the output pixel. */
function eachWinner(
  run: ReferenceRun,
  node: Window & { readonly by: number },
  windows: readonly number[],
  use: (pixel: number, target: number) => void,
): void {
  const values = run.value(node.by);
  const input = run.graph.nodes[node.by].shape;
  const [channels, area, xArea] = [input[0], area2(windows), area2(input)];
  const winners = new Int32Array(run.n * channels * area).fill(-1);
  eachTap(run.n, input, windows, node, (i, pixel, target) => {
    for (let c = 0; c < channels; c++) {
      const [at, to] = [(i * channels + c) * xArea + pixel, (i * channels + c) * area + target];
      if (winners[to] < 0 || values[at] > values[winners[to]]) winners[to] = at;
    }
  });
  winners.forEach((pixel, target) => {
    use(pixel, target);
  });
}

/** The sets of values that share statistics: an image's channel, or a channel of the whole batch. */
function groupsOf(
  node: { readonly shape: readonly number[]; readonly source: string },
  run: ReferenceRun,
): { count: number; size: number; of(i: number, channel: number): number } {
  const channels = node.shape[0];
  const area = area2(node.shape);
  if (run.mode === "instance") {
    if (area === 1) {
      throw singleValue(node.source);
    }
    return { count: run.n * channels, size: area, of: (i, channel) => i * channels + channel };
  }
  return { count: channels, size: run.n * area, of: (_, channel) => channel };
}

/**
 * Calls `use` for every sample, output pixel and kernel tap inside the image: input pixel, output pixel, tap, and how many
 * taps of this window lie inside.
 */
export function eachTap(
  n: number,
  input: readonly number[],
  output: readonly number[],
  { kernel, stride, padding }: Window,
  use: (sample: number, inputPixel: number, outputPixel: number, tap: number, count: number) => void,
): void {
  const [, height, width] = input;
  const [, rows, columns] = output;
  const inside = (start: number, size: number): number => Math.min(size, start + kernel) - Math.max(0, start);
  for (let i = 0; i < n; i++) {
    for (let oy = 0; oy < rows; oy++) {
      for (let ox = 0; ox < columns; ox++) {
        const count = inside(oy * stride - padding, height) * inside(ox * stride - padding, width);
        for (let ky = 0; ky < kernel; ky++) {
          const y = oy * stride - padding + ky;
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kernel; kx++) {
            const x = ox * stride - padding + kx;
            if (x >= 0 && x < width) use(i, y * width + x, oy * columns + ox, ky * kernel + kx, count);
          }
        }
      }
    }
  }
}

/** Said of instance statistics of images of one pixel. */
export const singleValue = (source: string): AppError =>
  new AppError(
    "usage",
    `Node "${source}": a single value has no statistics of its own, so instance normalisation would erase it.`,
    { hint: "Use frozen, coupled or eval statistics for this network or image size.", details: { node: source } },
  );
