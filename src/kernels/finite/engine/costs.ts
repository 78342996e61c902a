import { opcodes, type OpcodeName } from "./program.js";

/** Floats that an instruction reads or writes: `at` is an offset in the sample's block, or an absolute one of constants. */
export interface Operand {
  readonly of: "sample" | "constants";
  readonly at: number;
  readonly floats: number;
}

/** What one instruction does for one sample. */
export interface InstructionCost {
  readonly kernel: OpcodeName;
  /** Height, width and padded channels of what it goes over. */
  readonly size: readonly [height: number, width: number, channels: number];
  /**
   * Additions, multiplications, comparisons and values of activation functions, one each, on padded channels too: what the
   * kernel does, which is more than the network needs where channels are no multiple of 16.
   */
  readonly flops: number;
  /** Each float once, however often the kernel reads it. */
  readonly reads: readonly Operand[];
  readonly writes: readonly Operand[];
}

type Cost = Omit<InstructionCost, "kernel">;

const floats = (at: number, count: number, of: Operand["of"] = "sample"): readonly Operand[] =>
  at < 0 ? [] : [{ of, at, floats: count }];
const constants = (at: number, count: number): readonly Operand[] => floats(at, count, "constants");
const present = (at: number): number => (at < 0 ? 0 : 1);

/** A pointwise instruction: `flops` for each value of an image of H, W and channels. */
function pointwise(
  [height, width, channels]: ArrayLike<number> & Iterable<number>,
  flops: number,
  of: {
    readonly from?: readonly number[];
    readonly to?: readonly number[];
    readonly vectors?: readonly number[];
    readonly made?: readonly number[];
    readonly constants?: readonly number[];
    readonly changed?: readonly number[];
  },
): Cost {
  const count = height * width * channels;
  const images = (offsets: readonly number[] = []): Operand[] => offsets.flatMap((at) => floats(at, count));
  const vectors = (offsets: readonly number[] = []): Operand[] => offsets.flatMap((at) => floats(at, channels));
  const perChannel = (offsets: readonly number[] = []): Operand[] => offsets.flatMap((at) => constants(at, channels));
  return {
    size: [height, width, channels],
    flops: count * flops,
    reads: [...images(of.from), ...vectors(of.vectors), ...perChannel(of.constants)],
    writes: [...images(of.to), ...vectors(of.made), ...perChannel(of.changed)],
  };
}

/** Pixels of an image that windows of a pool cover: how many windows there are, and pixels of all of them together. */
function windowsOf(p: Int32Array): { readonly windows: number; readonly pixels: number } {
  const covered = (count: number, size: number): number => {
    let sum = 0;
    for (let out = 0; out < count; out++) {
      const start = out * p[5] - p[6];
      sum += Math.min(start + p[4], size) - Math.max(start, 0);
    }
    return sum;
  };
  return { windows: p[2] * p[3], pixels: covered(p[2], p[0]) * covered(p[3], p[1]) };
}

function pooled(p: Int32Array, transpose: boolean, perWindow: number, perPixel: number, by?: number): Cost {
  const { windows, pixels } = windowsOf(p);
  const channels = p[7];
  const [image, out] = [p[0] * p[1] * channels, windows * channels];
  const dst = by === undefined ? 10 : 12;
  return {
    size: [p[2], p[3], channels],
    flops: channels * (perWindow * windows + perPixel * pixels),
    reads: [
      ...floats(p[8], transpose ? out : image),
      ...(by === undefined || (!transpose && by === p[8]) ? [] : floats(by, image)),
    ],
    writes: floats(p[dst], transpose ? image : out),
  };
}

/** Distinct pixels of `positions` (offsets of an image's pixel (0, 0) for every tap), H x W of them a step apart. */
function distinctPixels(
  positions: readonly number[],
  height: number,
  width: number,
  row: number,
  pixel: number,
): number {
  // Stretches of `width` pixels, one a row and tap, joined where they overlap; those of different remainders never meet.
  const starts = positions.flatMap((at) => Array.from({ length: height }, (_, y) => at + y * row));
  const remainder = (at: number): number => ((at % pixel) + pixel) % pixel;
  starts.sort((a, b) => remainder(a) - remainder(b) || a - b);
  let [count, end, last] = [0, -Infinity, -1];
  for (const at of starts) {
    if (remainder(at) !== last) [end, last] = [-Infinity, remainder(at)];
    const stop = at + width * pixel;
    if (stop > end) count += (stop - Math.max(at, end)) / pixel;
    end = Math.max(end, stop);
  }
  return count;
}

/** A weight's gradient: H W Ci CoP rRow rPixel dRow dPixel d taps r... */
export function weightGradientCost(p: Int32Array): Omit<Cost, "writes"> & { readonly gradient: number } {
  const [height, width, inputs, channels] = p;
  const taps = [...p.subarray(10, 10 + p[9])];
  const gradient = taps.length * inputs * channels;
  return {
    size: [height, width, channels],
    flops: 2 * height * width * gradient,
    reads: [
      ...floats(Math.max(0, Math.min(...taps)), inputs * distinctPixels(taps, height, width, p[4], p[5])),
      ...floats(p[8], height * width * channels),
    ],
    gradient,
  };
}

/** One entry an instruction; arguments as in native/program.h. */
const costs: { readonly [K in OpcodeName]: (p: Int32Array) => Cost } = {
  conv: (p) => {
    const [height, width, channels, inputs] = p;
    const count = height * width * channels;
    const [bias, accumulate, mask, relu, segments] = p.subarray(9, 14);
    const from = Array.from({ length: segments }, (_, s) => p[14 + 2 * s]);
    const pixels = distinctPixels(from, height, width, p[4], p[5]);
    return {
      size: [height, width, channels],
      flops: count * (2 * inputs * segments + present(bias) + accumulate + present(mask) + present(relu)),
      reads: [
        ...floats(Math.max(0, Math.min(...from)), pixels * inputs),
        ...constants(p[15], segments * inputs * channels),
        ...constants(bias, channels),
        ...(accumulate === 0 ? [] : floats(p[8], count)),
        ...floats(mask, count),
      ],
      writes: [...floats(p[8], count), ...floats(relu, count)],
    };
  },
  affineSum: (p) => {
    const images = Array.from({ length: p[6] }, (_, i) => p[7 + 2 * i]);
    const first = 8 + 2 * p[6];
    const norms = Array.from({ length: p[first - 1] }, (_, i) => first + 4 * i);
    return pointwise(p, images.length + 3 * norms.length + present(p[5]), {
      from: [...images, ...norms.map((at) => p[at])],
      constants: norms.flatMap((at) => [p[at + 2], p[at + 3]]),
      to: [p[3], p[5]],
    });
  },
  activation: (p) => pointwise([p[2], p[3], p[5]], 1, { from: [p[6]], to: [p[8]] }),
  slope: (p) =>
    pointwise([p[2], p[3], p[5]], 2 + p[12], { from: [p[6], p[8], ...(p[12] ? [p[10]] : [])], to: [p[10]] }),
  pool: (p) => pooled(p, false, 1, 1),
  poolTranspose: (p) => pooled(p, true, 1, 1),
  maxPool: (p) => pooled(p, false, 0, 1, p[10]),
  maxPoolTranspose: (p) => pooled(p, true, 1, 1, p[10]),
  mean: (p) => pointwise(p, 1, { from: [p[3]], made: [p[5]] }),
  meanTranspose: (p) => pointwise(p, p[6], { vectors: [p[3]], from: p[6] ? [p[4]] : [], to: [p[4]] }),
  scale: (p) => pointwise(p, 1 + p[8], { from: [p[4], ...(p[8] ? [p[6]] : [])], to: [p[6]] }),
  copyIn: (p) => {
    const count = p[0] * p[1] * p[2];
    return { size: [p[0], p[1], p[2]], flops: 0, reads: floats(p[4], count), writes: floats(p[5], count) };
  },
  normalise: (p) => pointwise(p, 6, { from: [p[3]], to: [p[3]], made: [p[5]] }),
  normaliseTranspose: (p) =>
    pointwise(p, 7 + p[11], {
      from: [p[3], p[5], ...(p[11] ? [p[9]] : [])],
      constants: [p[7]],
      vectors: [p[8]],
      to: [p[9]],
    }),
  channelSum: (p) => pointwise(p, 1 + present(p[5]), { from: [p[3], p[5]], made: [p[7]] }),
  standardise: (p) => pointwise(p, 2, { from: [p[3]], constants: [p[5], p[6]], to: [p[3]] }),
  fill: (p) => ({ size: [1, 1, p[0]], flops: 0, reads: [], writes: floats(p[1], p[0]) }),
  copy: (p) => ({ size: [1, 1, p[0]], flops: 0, reads: floats(p[1], p[0]), writes: floats(p[2], p[0]) }),
  seed: (p) => ({ size: [1, 1, p[0]], flops: 0, reads: constants(p[1], p[0]), writes: floats(p[2], p[0]) }),
  frame: (p) => ({
    size: [p[0], p[1], p[2]],
    flops: 0,
    reads: [],
    writes: floats(p[3], ((p[0] + 2 * p[5]) * (p[1] + 2 * p[5]) - p[0] * p[1]) * p[2]),
  }),
  weightAdd: (p) => {
    const { gradient, ...cost } = weightGradientCost(p.subarray(1));
    const row = constants(p[0], gradient);
    return { ...cost, reads: [...cost.reads, ...row], writes: row };
  },
  rowAdd: (p) => ({
    size: [1, 1, p[0]],
    flops: p[0],
    reads: [...floats(p[1], p[0]), ...constants(p[2], p[0])],
    writes: constants(p[2], p[0]),
  }),
  batchSum: (p) => pointwise(p, 1 + present(p[5]), { from: [p[3], p[5]] }),
  batchSquares: (p) => pointwise(p, 3, { from: [p[3]], constants: [p[5]] }),
  mix: (p) =>
    pointwise(p, 3, {
      from: [p[3], p[5]],
      constants: [p[7]],
      changed: [p[8], p[9], p[10], p[11]].filter((at) => at >= 0),
    }),
  dense: (p) => {
    const [inputs, channels, x, out, weight, bias, accumulate, relu] = p;
    return {
      size: [1, 1, channels],
      flops: channels * (2 * inputs + present(bias) + accumulate + present(relu)),
      reads: [
        ...floats(x, inputs),
        ...constants(weight, p[8] === 0 ? inputs * channels : p[8] * Math.ceil(inputs / 16) * 16),
        ...constants(bias, channels),
        ...(accumulate === 0 ? [] : floats(out, channels)),
      ],
      writes: [...floats(out, channels), ...floats(relu, channels)],
    };
  },
};

const nameOf = new Map(Object.entries(opcodes).map(([name, code]) => [code as number, name as OpcodeName]));

/** What an instruction does for one sample. */
export function costOf(instruction: Int32Array): InstructionCost {
  const kernel = nameOf.get(instruction[0])!;
  return { kernel, ...costs[kernel](instruction.subarray(2)) };
}
