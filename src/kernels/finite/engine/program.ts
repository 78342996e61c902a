/**
 * Programs of the finite-width engine: flat int32 instructions `[opcode, length, arguments...]` over one arena of floats.
 *
 * The arena: constants (weights, biases) at absolute offsets [0, activations); sample s owns
 * [activations + s stride, activations + (s + 1) stride), addressed by offsets relative to its start. All offsets and
 * strides count floats; an absent offset is -1. Halos, padded channels and constants that nobody writes are zero.
 *
 * A tensor [C, H, W] is zero-padded NHWC: `at` is the offset of interior pixel (0, 0), pixels lie `channels` floats apart
 * (C rounded up to a multiple of 16) and rows `row` floats; the zeros of the halo lie around. A vector [F] is one pixel.
 * Kernels write interior pixels only, and zeros into padded channels as long as inputs and weights have zeros there.
 */

/** Numbers of the instructions; native/program.h has the same. */
export const opcodes = {
  conv: 1,
  affineSum: 2,
  activation: 3,
  slope: 4,
  pool: 5,
  poolTranspose: 6,
  mean: 7,
  meanTranspose: 8,
  scale: 9,
  copyIn: 10,
  normalise: 11,
  normaliseTranspose: 12,
  channelSum: 13,
  standardise: 14,
  fill: 15,
  copy: 16,
  seed: 17,
  frame: 18,
  weightAdd: 19,
  rowAdd: 20,
  maxPool: 21,
  maxPoolTranspose: 22,
  batchSum: 32,
  batchSquares: 33,
  mix: 34,
  dense: 64,
} as const;

export type OpcodeName = keyof typeof opcodes;

/** Activations by the number that programs use. `parameter` is the slope of leaky_relu and the alpha of elu. */
export const activationKinds = {
  linear: 0,
  relu: 1,
  leaky_relu: 2,
  sigmoid: 3,
  tanh: 4,
  silu: 5,
  gelu: 6,
  elu: 7,
  softplus: 8,
  sin: 9,
  erf: 10,
} as const;

export type ActivationFamily = keyof typeof activationKinds;

/** One encoded instruction. */
export type Instruction = readonly number[];

/** Floats of a channel group: tensors have a multiple of it. */
export const channelGroup = 16;

/** C rounded up to a whole number of channel groups. */
export const paddedChannels = (channels: number): number => Math.ceil(channels / channelGroup) * channelGroup;

/** An image inside the sample: offset of pixel (0, 0) and floats from row to row. */
export interface Plane {
  readonly at: number;
  readonly row: number;
}

/** Height, width and padded channels of an image. */
export interface Extent {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

const word = new DataView(new ArrayBuffer(4));

/** The int32 with the bits of a float32. */
export function floatBits(value: number): number {
  word.setFloat32(0, value);
  return word.getInt32(0);
}

/** The float32 with the bits of an int32. */
export function bitsFloat(bits: number): number {
  word.setInt32(0, bits);
  return word.getFloat32(0);
}

/** One after the other, ready to run. */
export function program(instructions: Iterable<Instruction>): Int32Array {
  return Int32Array.from([...instructions].flat());
}

/** Instructions of a program, one by one. */
export function instructionsOf(words: Int32Array): Int32Array[] {
  const instructions: Int32Array[] = [];
  for (let at = 0; at < words.length; at += words[at + 1]) instructions.push(words.subarray(at, at + words[at + 1]));
  return instructions;
}

const instruction = (name: OpcodeName, ...args: readonly number[]): Instruction => [
  opcodes[name],
  args.length + 2,
  ...args,
];
const offset = (at: number | undefined): number => at ?? -1;
const flag = (set: boolean | undefined): number => (set === true ? 1 : 0);
const size = ({ height, width, channels }: Extent): [number, number, number] => [height, width, channels];
const plane = (p: Plane): [number, number] => [p.at, p.row];

interface ConvArguments extends Extent {
  /** Real input channels. */
  readonly inputs: number;
  /** Input floats between vertically and horizontally neighbouring output pixels (stride times row or pixel). */
  readonly xRow: number;
  readonly xPixel: number;
  readonly out: Plane;
  /** Floats between output pixels; `channels` unless given. */
  readonly outPixel?: number | undefined;
  /** Absolute offset of `channels` floats. */
  readonly bias?: number | undefined;
  /** Adds to what is there. */
  readonly accumulate?: boolean | undefined;
  /** Offsets of further images with the geometry of `out`: zero where mask <= 0; where max(v, 0) goes. */
  readonly mask?: number | undefined;
  readonly relu?: number | undefined;
  /** Every tap of every edge: x at output pixel (0, 0), weights [inputs][channels] (absolute). */
  readonly segments: readonly { readonly x: number; readonly weight: number }[];
}

/** out = sum over segments of x w (+ bias) (+ out), zeroed by the mask; relu = max(out, 0). H, W, C are the output's. */
export function conv(a: ConvArguments): Instruction {
  const geometry = [...size(a), a.inputs, a.xRow, a.xPixel, a.out.row, a.outPixel ?? a.channels, a.out.at];
  const epilogue = [offset(a.bias), flag(a.accumulate), offset(a.mask), offset(a.relu)];
  const segments = a.segments.flatMap(({ x, weight }) => [x, weight]);
  return instruction("conv", ...geometry, ...epilogue, a.segments.length, ...segments);
}

/** dst = sum of images + sum of (gain xhat + shift); gain and shift absolute. relu as in `conv`. */
export function affineSum(
  a: Extent & {
    readonly dst: Plane;
    readonly relu?: number | undefined;
    readonly images: readonly Plane[];
    readonly norms: readonly { readonly normalised: Plane; readonly gain: number; readonly shift: number }[];
  },
): Instruction {
  const images = a.images.flatMap(plane);
  const norms = a.norms.flatMap(({ normalised, gain, shift }) => [...plane(normalised), gain, shift]);
  const target = [...plane(a.dst), offset(a.relu)];
  return instruction("affineSum", ...size(a), ...target, a.images.length, ...images, a.norms.length, ...norms);
}

interface ActivationArguments extends Extent {
  readonly kind: ActivationFamily;
  readonly parameter?: number | undefined;
  /** Channels that are not padding; the others become zero. */
  readonly real: number;
  readonly src: Plane;
  readonly dst: Plane;
}

const activationHead = (a: ActivationArguments): number[] => [
  activationKinds[a.kind],
  floatBits(a.parameter ?? 0),
  a.height,
  a.width,
  a.real,
  a.channels,
  ...plane(a.src),
];

/** dst = sigma(src) on real channels. */
export const activation = (a: ActivationArguments): Instruction =>
  instruction("activation", ...activationHead(a), ...plane(a.dst));

/** dst (+)= cotangent sigma'(src) on real channels. */
export const slope = (
  a: ActivationArguments & { readonly cotangent: Plane; readonly accumulate?: boolean | undefined },
): Instruction =>
  instruction("slope", ...activationHead(a), ...plane(a.cotangent), ...plane(a.dst), flag(a.accumulate));

/** Windows of a pool over an image of this extent. */
export interface PoolWindows extends Extent {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

interface PoolArguments extends PoolWindows {
  readonly src: Plane;
  readonly dst: Plane;
  readonly accumulate?: boolean | undefined;
}

const windows = (a: PoolWindows): number[] => [
  ...[a.height, a.width, a.outHeight, a.outWidth, a.kernel, a.stride, a.padding, a.channels],
];

const poolArguments = (a: PoolArguments): number[] => [
  ...windows(a),
  ...[...plane(a.src), ...plane(a.dst), flag(a.accumulate)],
];

/** Average over the in-image pixels of every window: [H, W] to [Ho, Wo]. */
export const pool = (a: PoolArguments): Instruction => instruction("pool", ...poolArguments(a));

/** Its transpose, [Ho, Wo] (src) to [H, W] (dst). */
export const poolTranspose = (a: PoolArguments): Instruction => instruction("poolTranspose", ...poolArguments(a));

interface MaxPoolArguments extends PoolWindows {
  readonly src: Plane;
  /** The image [H, W] whose largest value of a window, the first one of equals, says which of its pixels counts. */
  readonly by: Plane;
  readonly dst: Plane;
}

const maxPoolArguments = (a: MaxPoolArguments): number[] => [
  ...windows(a),
  ...[...plane(a.src), ...plane(a.by), ...plane(a.dst)],
];

/** Of every window the value of src where `by` is largest: [H, W] to [Ho, Wo]. Every window has a pixel in the image. */
export const maxPool = (a: MaxPoolArguments): Instruction => instruction("maxPool", ...maxPoolArguments(a));

/** Its transpose, [Ho, Wo] (src) to [H, W] (dst). */
export const maxPoolTranspose = (a: MaxPoolArguments): Instruction =>
  instruction("maxPoolTranspose", ...maxPoolArguments(a));

/** dst[c] = mean over pixels. */
export const mean = (a: Extent & { readonly src: Plane; readonly dst: number }): Instruction =>
  instruction("mean", ...size(a), ...plane(a.src), a.dst);

/** Every pixel of dst (+)= src[c] / (H W). */
export const meanTranspose = (
  a: Extent & { readonly src: number; readonly dst: Plane; readonly accumulate?: boolean | undefined },
): Instruction => instruction("meanTranspose", ...size(a), a.src, ...plane(a.dst), flag(a.accumulate));

/** dst (+)= factor src. */
export const scale = (
  a: Extent & {
    readonly factor: number;
    readonly src: Plane;
    readonly dst: Plane;
    readonly accumulate?: boolean | undefined;
  },
): Instruction =>
  instruction("scale", ...size(a), floatBits(a.factor), ...plane(a.src), ...plane(a.dst), flag(a.accumulate));

/** The sample's image [real, H, W] at src, channel by channel, to padded NHWC. */
export const copyIn = (a: Extent & { readonly real: number; readonly src: number; readonly dst: Plane }): Instruction =>
  instruction("copyIn", a.height, a.width, a.real, a.channels, a.src, ...plane(a.dst));

/** In place x = (x - mean) / sqrt(variance + epsilon) by the sample's own statistics; inverse[c] = 1 / sqrt(...). */
export const normalise = (
  a: Extent & { readonly x: Plane; readonly inverse: number; readonly epsilon: number },
): Instruction => instruction("normalise", ...size(a), ...plane(a.x), a.inverse, floatBits(a.epsilon));

/** dst (+)= gain inverse (y - mean(y) - xhat mean(y xhat)), means over the sample's pixels; gain absolute, inverse the sample's. */
export const normaliseTranspose = (
  a: Extent & {
    readonly normalised: Plane;
    readonly y: Plane;
    readonly gain: number;
    readonly inverse: number;
    readonly dst: Plane;
    readonly accumulate?: boolean | undefined;
  },
): Instruction => {
  const sources = [...plane(a.normalised), ...plane(a.y), a.gain, a.inverse];
  return instruction("normaliseTranspose", ...size(a), ...sources, ...plane(a.dst), flag(a.accumulate));
};

/** dst[c] = sum over pixels of y, times xhat when given. */
export const channelSum = (
  a: Extent & { readonly y: Plane; readonly normalised?: Plane | undefined; readonly dst: number },
): Instruction =>
  instruction("channelSum", ...size(a), ...plane(a.y), ...plane(a.normalised ?? { at: -1, row: 0 }), a.dst);

/** In place x = (x - mean) inverse with given statistics (absolute, `channels` floats each). */
export const standardise = (
  a: Extent & { readonly x: Plane; readonly mean: number; readonly inverse: number },
): Instruction => instruction("standardise", ...size(a), ...plane(a.x), a.mean, a.inverse);

/** `count` floats from dst get the value. */
export const fill = (a: { readonly count: number; readonly dst: number; readonly value: number }): Instruction =>
  instruction("fill", a.count, a.dst, floatBits(a.value));

/** `count` floats of the sample, src to dst. */
export const copy = (a: { readonly count: number; readonly src: number; readonly dst: number }): Instruction =>
  instruction("copy", a.count, a.src, a.dst);

/** `count` constants at src (absolute) to dst. */
export const seed = (a: { readonly count: number; readonly src: number; readonly dst: number }): Instruction =>
  instruction("seed", a.count, a.src, a.dst);

/** The `halo` pixels around an image get 0. */
export const frame = (a: Extent & { readonly x: Plane; readonly halo: number }): Instruction =>
  instruction("frame", ...size(a), ...plane(a.x), a.halo);

/** For `FiniteEngine.reduce`: per channel, sum of x (times y) over pixels and samples. */
export const batchSum = (a: Extent & { readonly x: Plane; readonly y?: Plane | undefined }): Instruction =>
  instruction("batchSum", ...size(a), ...plane(a.x), ...plane(a.y ?? { at: -1, row: 0 }));

/** For `FiniteEngine.reduce`: per channel, sum of (x - mean)^2 over pixels and samples; mean absolute. */
export const batchSquares = (a: Extent & { readonly x: Plane; readonly mean: number }): Instruction =>
  instruction("batchSquares", ...size(a), ...plane(a.x), a.mean);

/**
 * A dense layer with all samples at once: out = x w (+ bias) (+ out), w [inputs][channels], or [rows][padded inputs] of so many
 * outputs, of which further channels are zero. Needs `byInstruction`.
 */
export const dense = (a: {
  readonly inputs: number;
  readonly channels: number;
  readonly x: number;
  readonly out: number;
  readonly weight: number;
  readonly bias?: number | undefined;
  readonly accumulate?: boolean | undefined;
  readonly relu?: number | undefined;
  readonly rows?: number | undefined;
}): Instruction => {
  const epilogue = [offset(a.bias), flag(a.accumulate), offset(a.relu), a.rows ?? 0];
  return instruction("dense", a.inputs, a.channels, a.x, a.out, a.weight, ...epilogue);
};

/**
 * A convolution weight's per-sample gradient, for `weightGram` and `weightSum`:
 * G[tap][ci][co] = sum over output pixels of r[tap + y rRow + x rPixel + ci] d[back + y dRow + x dPixel + co].
 */
export interface WeightArguments extends Extent {
  /** Real input channels; `channels` are the padded output channels, H and W the output's. */
  readonly inputs: number;
  readonly rRow: number;
  readonly rPixel: number;
  /** The cotangent's image. */
  readonly back: Plane;
  readonly dPixel?: number | undefined;
  /** Offset of the forward value at output pixel (0, 0), for every tap. */
  readonly taps: readonly number[];
  /** Factor of the products in the kernel; 1 unless given. */
  readonly scale?: number | undefined;
}

/** Encodes `WeightArguments`: H W Ci CoP rRow rPixel dRow dPixel d taps r... scale. */
export const weightArguments = (a: WeightArguments): Int32Array => Int32Array.from(weightWords(a));

/** Constants from `target` (absolute) += this sample's gradient of a weight. */
export const weightAdd = (a: WeightArguments & { readonly target: number }): Instruction =>
  instruction("weightAdd", a.target, ...weightWords(a));

/** `count` constants from dst (absolute) += the sample's floats at src. */
export const rowAdd = (a: { readonly count: number; readonly src: number; readonly dst: number }): Instruction =>
  instruction("rowAdd", a.count, a.src, a.dst);

/**
 * For `FiniteEngine.passes`, with the sums over all samples and pixels of y and of y xhat by channel: constants from `shift` and
 * `slope` get -scaled mean(y) and -scaled mean(y xhat), those from `sums` and `products` are increased by the sums.
 */
export const mix = (
  a: Extent & {
    readonly y: Plane;
    readonly normalised: Plane;
    readonly scaled: number;
    readonly shift: number;
    readonly slope: number;
    readonly sums?: number | undefined;
    readonly products?: number | undefined;
  },
): Instruction => {
  const targets = [a.scaled, a.shift, a.slope, offset(a.sums), offset(a.products)];
  return instruction("mix", ...size(a), ...plane(a.y), ...plane(a.normalised), ...targets);
};

const weightWords = (a: WeightArguments): number[] => [
  ...[a.height, a.width, a.inputs, a.channels, a.rRow, a.rPixel, a.back.row, a.dPixel ?? a.channels, a.back.at],
  ...[a.taps.length, ...a.taps, floatBits(a.scale ?? 1)],
];
