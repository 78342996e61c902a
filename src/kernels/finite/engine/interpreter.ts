import { activation } from "../../../arch/activations/registry.js";
import {
  noRoom,
  passByPass,
  requireKernel,
  requireRoom,
  reducedChannels,
  weightFloats,
  type Arena,
  type FiniteEngine,
} from "./engine.js";
import { activationKinds, bitsFloat, instructionsOf, opcodes, paddedChannels } from "./program.js";

type Numbers = Float32Array | Float64Array;
/** Runs an instruction's arguments p on arena A for the sample with base b. */
type Step = (p: Int32Array, A: Numbers, b: number) => void;

/** Calls use(y, x, channel) for every entry of an image. */
function each(
  height: number,
  width: number,
  channels: number,
  use: (y: number, x: number, channel: number) => void,
): void {
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) use(y, x, c);
}

const families = Object.keys(activationKinds) as (keyof typeof activationKinds)[];

function sigmaOf(kind: number, parameter: number): { value(x: number): number; derivative(x: number): number } {
  const family = families[kind];
  return activation(family === "leaky_relu" || family === "elu" ? `${family}(${parameter})` : family);
}

/** In-image pixels [first, last) of window `out`. */
function windowOf(p: Int32Array, out: number, size: number): [number, number] {
  const start = out * p[5] - p[6];
  return [Math.max(start, 0), Math.min(start + p[4], size)];
}

/** Calls use(input pixel, output pixel, 1 / count) for every pair of a pool. */
function eachPair(p: Int32Array, use: (iy: number, ix: number, oy: number, ox: number, share: number) => void): void {
  for (let oy = 0; oy < p[2]; oy++)
    for (let ox = 0; ox < p[3]; ox++) {
      const [top, bottom] = windowOf(p, oy, p[0]);
      const [left, right] = windowOf(p, ox, p[1]);
      const share = 1 / ((bottom - top) * (right - left));
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) use(y, x, oy, ox, share);
    }
}

function poolSteps(transpose: boolean): Step {
  return (p, A, b) => {
    const [height, width] = transpose ? [p[0], p[1]] : [p[2], p[3]];
    const channels = p[7];
    const [src, dst] = [
      (y: number, x: number) => b + p[8] + y * p[9] + x * channels,
      (y: number, x: number) => b + p[10] + y * p[11] + x * channels,
    ];
    if (p[12] === 0) each(height, width, channels, (y, x, c) => (A[dst(y, x) + c] = 0));
    eachPair(p, (iy, ix, oy, ox, share) => {
      const [from, to] = transpose ? [src(oy, ox), dst(iy, ix)] : [src(iy, ix), dst(oy, ox)];
      for (let c = 0; c < channels; c++) A[to + c] += share * A[from + c];
    });
  };
}

function maxPoolSteps(transpose: boolean): Step {
  return (p, A, b) => {
    const channels = p[7];
    if (transpose) each(p[0], p[1], channels, (y, x, c) => (A[b + p[12] + y * p[13] + x * channels + c] = 0));
    each(p[2], p[3], channels, (oy, ox, c) => {
      const [top, bottom] = windowOf(p, oy, p[0]);
      const [left, right] = windowOf(p, ox, p[1]);
      let [row, column, most] = [top, left, -Infinity];
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) {
          const value = A[b + p[10] + y * p[11] + x * channels + c];
          if (value > most || Number.isNaN(value)) [row, column, most] = [y, x, value];
        }
      const [y, x] = transpose ? [oy, ox] : [row, column];
      const value = A[b + p[8] + y * p[9] + x * channels + c];
      if (transpose) A[b + p[12] + row * p[13] + column * channels + c] += value;
      else A[b + p[12] + oy * p[13] + ox * channels + c] = value;
    });
  };
}

/** Statistics of an image by channel: use(channel, offsets of its pixels). */
function eachChannel(p: Int32Array, use: (channel: number, pixels: (row: number) => number[]) => void): void {
  for (let c = 0; c < p[2]; c++) {
    use(c, (row) => {
      const offsets: number[] = [];
      for (let y = 0; y < p[0]; y++) for (let x = 0; x < p[1]; x++) offsets.push(y * row + x * p[2] + c);
      return offsets;
    });
  }
}

const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);
const put = (A: Numbers, at: number, value: number, accumulate: number): void => {
  A[at] = accumulate === 0 ? value : A[at] + value;
};

const steps = new Map<number, Step>([
  [
    opcodes.conv,
    (p, A, b) =>
      each(p[0], p[1], p[2], (y, x, c) => {
        let sum = p[9] < 0 ? 0 : A[p[9] + c];
        for (let s = 0; s < p[13]; s++) {
          const [at, weight] = [b + p[14 + 2 * s] + y * p[4] + x * p[5], p[15 + 2 * s] + c];
          for (let i = 0; i < p[3]; i++) sum += A[at + i] * A[weight + i * p[2]];
        }
        const pixel = b + y * p[6] + x * p[7] + c;
        if (p[10] !== 0) sum += A[pixel + p[8]];
        if (p[11] >= 0 && !(A[pixel + p[11]] > 0)) sum = 0;
        A[pixel + p[8]] = sum;
        if (p[12] >= 0) A[pixel + p[12]] = Math.max(sum, 0);
      }),
  ],
  [
    opcodes.affineSum,
    (p, A, b) => {
      const norms = 7 + 2 * p[6];
      each(p[0], p[1], p[2], (y, x, c) => {
        let sum = 0;
        for (let i = 7; i < norms; i += 2) sum += A[b + p[i] + y * p[i + 1] + x * p[2] + c];
        for (let i = norms + 1; i < norms + 1 + 4 * p[norms]; i += 4)
          sum += A[p[i + 2] + c] * A[b + p[i] + y * p[i + 1] + x * p[2] + c] + A[p[i + 3] + c];
        const pixel = b + y * p[4] + x * p[2] + c;
        A[pixel + p[3]] = sum;
        if (p[5] >= 0) A[pixel + p[5]] = Math.max(sum, 0);
      });
    },
  ],
  [
    opcodes.activation,
    (p, A, b) => {
      const sigma = sigmaOf(p[0], bitsFloat(p[1]));
      each(p[2], p[3], p[5], (y, x, c) => {
        const pixel = b + x * p[5] + c;
        A[pixel + p[8] + y * p[9]] = c < p[4] ? sigma.value(A[pixel + p[6] + y * p[7]]) : 0;
      });
    },
  ],
  [
    opcodes.slope,
    (p, A, b) => {
      const sigma = sigmaOf(p[0], bitsFloat(p[1]));
      each(p[2], p[3], p[5], (y, x, c) => {
        const pixel = b + x * p[5] + c;
        const value = c < p[4] ? A[pixel + p[8] + y * p[9]] * sigma.derivative(A[pixel + p[6] + y * p[7]]) : 0;
        put(A, pixel + p[10] + y * p[11], value, p[12]);
      });
    },
  ],
  [opcodes.pool, poolSteps(false)],
  [opcodes.poolTranspose, poolSteps(true)],
  [opcodes.maxPool, maxPoolSteps(false)],
  [opcodes.maxPoolTranspose, maxPoolSteps(true)],
  [
    opcodes.mean,
    (p, A, b) =>
      eachChannel(p, (c, pixels) => {
        A[b + p[5] + c] = total(pixels(p[4]).map((at) => A[b + p[3] + at])) / (p[0] * p[1]);
      }),
  ],
  [
    opcodes.meanTranspose,
    (p, A, b) =>
      each(p[0], p[1], p[2], (y, x, c) =>
        put(A, b + p[4] + y * p[5] + x * p[2] + c, A[b + p[3] + c] / (p[0] * p[1]), p[6]),
      ),
  ],
  [
    opcodes.scale,
    (p, A, b) =>
      each(p[0], p[1], p[2], (y, x, c) => {
        const pixel = b + x * p[2] + c;
        put(A, pixel + p[6] + y * p[7], bitsFloat(p[3]) * A[pixel + p[4] + y * p[5]], p[8]);
      }),
  ],
  [
    opcodes.copyIn,
    (p, A, b) =>
      each(p[0], p[1], p[2], (y, x, c) => {
        A[b + p[5] + y * p[6] + x * p[3] + c] = A[b + p[4] + (c * p[0] + y) * p[1] + x];
      }),
  ],
  [
    opcodes.normalise,
    (p, A, b) =>
      eachChannel(p, (c, pixels) => {
        const offsets = pixels(p[4]).map((at) => b + p[3] + at);
        const mean = total(offsets.map((at) => A[at])) / offsets.length;
        const variance = total(offsets.map((at) => (A[at] - mean) ** 2)) / offsets.length;
        const inverse = 1 / Math.sqrt(variance + bitsFloat(p[6]));
        A[b + p[5] + c] = inverse;
        for (const at of offsets) A[at] = (A[at] - mean) * inverse;
      }),
  ],
  [
    opcodes.normaliseTranspose,
    (p, A, b) =>
      eachChannel(p, (c, pixels) => {
        const xhat = pixels(p[4]).map((at) => A[b + p[3] + at]);
        const y = pixels(p[6]).map((at) => A[b + p[5] + at]);
        const first = total(y) / y.length;
        const second = total(y.map((value, k) => value * xhat[k])) / y.length;
        const factor = A[p[7] + c] * A[b + p[8] + c];
        pixels(p[10]).forEach((at, k) => put(A, b + p[9] + at, factor * (y[k] - first - xhat[k] * second), p[11]));
      }),
  ],
  [
    opcodes.channelSum,
    (p, A, b) =>
      eachChannel(p, (c, pixels) => {
        const xhat = p[5] < 0 ? undefined : pixels(p[6]).map((at) => A[b + p[5] + at]);
        A[b + p[7] + c] = total(pixels(p[4]).map((at, k) => A[b + p[3] + at] * (xhat?.[k] ?? 1)));
      }),
  ],
  [
    opcodes.standardise,
    (p, A, b) =>
      each(p[0], p[1], p[2], (y, x, c) => {
        const at = b + p[3] + y * p[4] + x * p[2] + c;
        A[at] = (A[at] - A[p[5] + c]) * A[p[6] + c];
      }),
  ],
  [opcodes.fill, (p, A, b) => A.fill(bitsFloat(p[2]), b + p[1], b + p[1] + p[0])],
  [opcodes.copy, (p, A, b) => A.copyWithin(b + p[2], b + p[1], b + p[1] + p[0])],
  [opcodes.seed, (p, A, b) => A.copyWithin(b + p[2], p[1], p[1] + p[0])],
  [opcodes.weightAdd, (p, A, b) => weightGradient(p.subarray(1), A, b).forEach((x, k) => (A[p[0] + k] += x))],
  [
    opcodes.rowAdd,
    (p, A, b) => {
      for (let k = 0; k < p[0]; k++) A[p[2] + k] += A[b + p[1] + k];
    },
  ],
  [
    opcodes.frame,
    (p, A, b) => {
      const halo = p[5];
      each(p[0] + 2 * halo, p[1] + 2 * halo, p[2], (y, x, c) => {
        const inside = y >= halo && y < p[0] + halo && x >= halo && x < p[1] + halo;
        if (!inside) A[b + p[3] + (y - halo) * p[4] + (x - halo) * p[2] + c] = 0;
      });
    },
  ],
  [
    opcodes.dense,
    (p, A, b) => {
      const rows = p[8];
      const [perInput, perOutput] = rows === 0 ? [p[1], 1] : [1, paddedChannels(p[0])];
      for (let c = 0; c < p[1]; c++) {
        let sum = (p[5] < 0 ? 0 : A[p[5] + c]) + (p[6] === 0 ? 0 : A[b + p[3] + c]);
        if (rows === 0 || c < rows)
          for (let i = 0; i < p[0]; i++) sum += A[b + p[2] + i] * A[p[4] + i * perInput + c * perOutput];
        A[b + p[3] + c] = sum;
        if (p[7] >= 0) A[b + p[7] + c] = Math.max(sum, 0);
      }
    },
  ],
]);

/** Sample s's weight gradient, [tap][ci][co]. */
function weightGradient(p: Int32Array, A: Numbers, b: number): Float64Array {
  const [inputs, channels] = [p[2], p[3]];
  const gradient = new Float64Array(weightFloats(p));
  for (let tap = 0; tap < p[9]; tap++)
    each(p[0], p[1], inputs, (y, x, i) => {
      const r = A[b + p[10 + tap] + y * p[4] + x * p[5] + i];
      const [d, g] = [b + p[8] + y * p[6] + x * p[7], (tap * inputs + i) * channels];
      for (let c = 0; c < channels; c++) gradient[g + c] += r * A[d + c];
    });
  return gradient;
}

function addGram(rows: readonly Numbers[], kernel: Float64Array, scale: number): void {
  const n = rows.length;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < rows[i].length; k++) sum += rows[i][k] * rows[j][k];
      kernel[i * n + j] += scale * sum;
    }
}

/** MIX (program.ts). */
function mix(p: Int32Array, A: Numbers, activations: number, stride: number, n: number): void {
  const [sums, products] = [new Float64Array(p[2]), new Float64Array(p[2])];
  for (let s = 0; s < n; s++) {
    const b = activations + s * stride;
    each(p[0], p[1], p[2], (y, x, c) => {
      const value = A[b + p[3] + y * p[4] + x * p[2] + c];
      sums[c] += value;
      products[c] += value * A[b + p[5] + y * p[6] + x * p[2] + c];
    });
  }
  for (let c = 0; c < p[2]; c++) {
    const share = A[p[7] + c] / (n * p[0] * p[1]);
    A[p[8] + c] = -share * sums[c];
    A[p[9] + c] = -share * products[c];
    if (p[10] >= 0) A[p[10] + c] += sums[c];
    if (p[11] >= 0) A[p[11] + c] += products[c];
  }
}

/** Plain loops in float64: the reference of the engines that are fast. */
export const referenceEngine: FiniteEngine = {
  name: "reference",
  allocate(floats) {
    try {
      return { values: new Float64Array(floats) };
    } catch (error) {
      throw noRoom(8 * floats, "the system gives no more", error);
    }
  },
  run(words, arena, activations, stride, first, last, byInstruction) {
    requireRoom(arena, activations + last * stride);
    const instructions = instructionsOf(words);
    const step = (instruction: Int32Array, s: number): void =>
      steps.get(instruction[0])!(instruction.subarray(2), arena.values, activations + s * stride);
    if (byInstruction) {
      for (const instruction of instructions) for (let s = first; s < last; s++) step(instruction, s);
    } else for (let s = first; s < last; s++) for (const instruction of instructions) step(instruction, s);
  },
  reduce(instruction, arena, activations, stride, first, last) {
    requireRoom(arena, activations + last * stride);
    const A = arena.values;
    const sums = new Float64Array(reducedChannels(instruction));
    const p = instruction.subarray(2);
    for (let s = first; s < last; s++) {
      const b = activations + s * stride;
      each(p[0], p[1], p[2], (y, x, c) => {
        const value = A[b + p[3] + y * p[4] + x * p[2] + c];
        if (instruction[0] === opcodes.batchSquares) sums[c] += (value - A[p[5] + c]) ** 2;
        else sums[c] += value * (p[5] < 0 ? 1 : A[b + p[5] + y * p[6] + x * p[2] + c]);
      });
    }
    return sums;
  },
  weightGram(args, arena, activations, stride, n, kernel) {
    requireRoom(arena, activations + n * stride);
    requireKernel(kernel, n);
    const rows = Array.from({ length: n }, (_, s) => weightGradient(args, arena.values, activations + s * stride));
    addGram(rows, kernel, bitsFloat(args[10 + args[9]]));
  },
  weightSum(args, arena, activations, stride, n, target) {
    requireRoom(arena, Math.max(activations + n * stride, target + weightFloats(args)));
    for (let s = 0; s < n; s++)
      weightGradient(args, arena.values, activations + s * stride).forEach((x, k) => (arena.values[target + k] += x));
  },
  passes(task) {
    const { words, activations, stride, n } = task;
    passByPass(task, ({ values }) => {
      for (const instruction of instructionsOf(words)) {
        const p = instruction.subarray(2);
        if (instruction[0] === opcodes.mix) mix(p, values, activations, stride, n);
        else for (let s = 0; s < n; s++) steps.get(instruction[0])!(p, values, activations + s * stride);
      }
    });
  },
  gram(arena: Arena, offset, n, stride, count, kernel, scale) {
    requireRoom(arena, offset + (n - 1) * stride + count);
    requireKernel(kernel, n);
    addGram(
      Array.from({ length: n }, (_, s) => arena.values.subarray(offset + s * stride, offset + s * stride + count)),
      kernel,
      scale,
    );
  },
};
