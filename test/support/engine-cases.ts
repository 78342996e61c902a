import * as encode from "../../src/kernels/finite/engine/program.js";
import type { Rng } from "../../src/rng.js";
import { Samples, type Image } from "./engine-samples.js";

export const between = (random: Rng, low: number, high: number): number => low + random.integer(high - low + 1);
export const place = ({ at, row }: Image): encode.Plane => ({ at, row });
export const extent = ({ height, width, channels }: Image): encode.Extent => ({ height, width, channels });

/** Instructions on random samples and the images that they write. */
export interface Case {
  readonly samples: Samples;
  readonly instructions: readonly encode.Instruction[];
  readonly written: readonly Image[];
  readonly byInstruction?: boolean;
}

/** Random image of up to 9 x 9 pixels (or wide, so that long blocks are used) and 40 channels. */
export function shape(random: Rng): [height: number, width: number, channels: number] {
  const width = random.integer(4) === 0 ? between(random, 15, 37) : between(random, 1, 9);
  return [between(random, 1, 9), width, between(random, 1, 40)];
}

/** A window that fits an image: kernel, stride, padding and the output's size. */
function window(random: Rng, height: number, width: number) {
  const kernel = [1, 2, 3, 5][random.integer(4)];
  const stride = between(random, 1, 3);
  const padding = Math.min(between(random, 0, 2), kernel - 1);
  const out = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return { kernel, stride, padding, outHeight: out(height), outWidth: out(width) };
}

/** Convolution of one to three edges into a node, with any mixture of what the epilogue can do. */
function convCase(random: Rng): Case {
  const samples = new Samples(between(random, 1, 5), random);
  const [height, width, inputs] = shape(random);
  let w = window(random, height, width);
  while (w.outHeight < 1 || w.outWidth < 1) w = window(random, height, width);
  const x = samples.image(height, width, inputs, w.padding);
  const out = samples.image(w.outHeight, w.outWidth, between(random, 1, 40), 1);
  const [mask, relu] = [
    samples.image(out.height, out.width, out.real, 1),
    samples.image(out.height, out.width, out.real, 1),
  ];
  const weights = Array.from({ length: w.kernel ** 2 }, () => samples.constants(inputs, out.real));
  const bias = samples.constants(1, out.real);
  const segments = weights.map((weight, tap) => {
    const [y, column] = [Math.floor(tap / w.kernel) - w.padding, (tap % w.kernel) - w.padding];
    return { x: x.at + y * x.row + column * x.channels, weight };
  });
  const [withMask, withRelu] = [random.integer(2) === 0, random.integer(2) === 0];
  const instruction = encode.conv({
    ...extent(out),
    inputs,
    xRow: w.stride * x.row,
    xPixel: w.stride * x.channels,
    out: place(out),
    bias: random.integer(2) === 0 ? bias : undefined,
    accumulate: random.integer(2) === 0,
    mask: withMask ? mask.at : undefined,
    relu: withRelu ? relu.at : undefined,
    segments,
  });
  return { samples, instructions: [instruction], written: withRelu ? [out, relu] : [out] };
}

function poolCase(transpose: boolean): (random: Rng) => Case {
  return (random) => {
    const samples = new Samples(between(random, 1, 3), random);
    const [height, width, real] = shape(random);
    let w = window(random, height, width);
    while (w.outHeight < 1 || w.outWidth < 1) w = window(random, height, width);
    const [image, windows] = [samples.image(height, width, real, 1), samples.image(w.outHeight, w.outWidth, real, 2)];
    const [src, dst] = transpose ? [windows, image] : [image, windows];
    const encodePool = transpose ? encode.poolTranspose : encode.pool;
    const accumulate = random.integer(2) === 0;
    return {
      samples,
      instructions: [encodePool({ ...extent(image), ...w, src: place(src), dst: place(dst), accumulate })],
      written: [dst],
    };
  };
}

/** Judged by another image that is rectified first: many values are equal, so that the first of them must win. */
function maxPoolCase(transpose: boolean): (random: Rng) => Case {
  return (random) => {
    const samples = new Samples(between(random, 1, 3), random);
    const [height, width, real] = shape(random);
    let w = window(random, height, width);
    while (w.outHeight < 1 || w.outWidth < 1 || 2 * w.padding > w.kernel) w = window(random, height, width);
    const [image, windows] = [samples.image(height, width, real, 1), samples.image(w.outHeight, w.outWidth, real, 2)];
    const [judged, by] = [samples.image(height, width, real, 0), samples.image(height, width, real, 1)];
    const [src, dst] = transpose ? [windows, image] : [image, windows];
    const encodePool = transpose ? encode.maxPoolTranspose : encode.maxPool;
    const rectified = encode.activation({ ...extent(by), kind: "relu", real, src: place(judged), dst: place(by) });
    const pooled = encodePool({ ...extent(image), ...w, src: place(src), by: place(by), dst: place(dst) });
    return { samples, instructions: [rectified, pooled], written: [by, dst] };
  };
}

/** Instructions on images of one size: the case gets three images and a vector. */
function pointwise(
  build: (of: {
    samples: Samples;
    x: Image;
    y: Image;
    dst: Image;
    vector: Image;
    size: encode.Extent;
    accumulate: boolean;
    random: Rng;
  }) => Pick<Case, "instructions" | "written">,
): (random: Rng) => Case {
  return (random) => {
    const samples = new Samples(between(random, 1, 5), random);
    const [height, width, real] = shape(random);
    const [x, y, dst] = [1, 0, 2].map((halo) => samples.image(height, width, real, halo));
    const vector = samples.vector(real);
    const accumulate = random.integer(2) === 0;
    return { samples, ...build({ samples, x, y, dst, vector, size: extent(dst), accumulate, random }) };
  };
}

export const families = Object.keys(encode.activationKinds) as encode.ActivationFamily[];

/** A random case of every instruction. */
export const cases: Record<string, (random: Rng) => Case> = {
  conv: convCase,
  affineSum: pointwise(({ samples, x, y, dst, vector, size, accumulate }) => {
    const relu = samples.image(dst.height, dst.width, dst.real, 2);
    const norms = [x, y].map((image) => ({
      normalised: place(image),
      gain: samples.constants(1, vector.real),
      shift: samples.constants(1, vector.real),
    }));
    const instruction = encode.affineSum({
      ...size,
      dst: place(dst),
      relu: accumulate ? relu.at : undefined,
      images: [place(y), place(x)],
      norms,
    });
    return { instructions: [instruction], written: accumulate ? [dst, relu] : [dst] };
  }),
  activation: pointwise(({ x, dst, size, random }) => ({
    instructions: [
      encode.activation({
        ...size,
        kind: families[random.integer(families.length)],
        parameter: 0.25,
        real: dst.real,
        src: place(x),
        dst: place(dst),
      }),
    ],
    written: [dst],
  })),
  slope: pointwise(({ x, y, dst, size, accumulate, random }) => ({
    instructions: [
      encode.slope({
        ...size,
        kind: families[random.integer(families.length)],
        parameter: 0.25,
        real: dst.real,
        src: place(x),
        cotangent: place(y),
        dst: place(dst),
        accumulate,
      }),
    ],
    written: [dst],
  })),
  pool: poolCase(false),
  poolTranspose: poolCase(true),
  maxPool: maxPoolCase(false),
  maxPoolTranspose: maxPoolCase(true),
  mean: pointwise(({ x, vector, size }) => ({
    instructions: [encode.mean({ ...size, src: place(x), dst: vector.at })],
    written: [vector],
  })),
  meanTranspose: pointwise(({ dst, vector, size, accumulate }) => ({
    instructions: [encode.meanTranspose({ ...size, src: vector.at, dst: place(dst), accumulate })],
    written: [dst],
  })),
  scale: pointwise(({ x, dst, size, accumulate }) => ({
    instructions: [encode.scale({ ...size, factor: -0.3, src: place(x), dst: place(dst), accumulate })],
    written: [dst],
  })),
  copyIn: pointwise(({ samples, dst, size }) => {
    const src = samples.floatsAt(dst.real * dst.height * dst.width);
    return { instructions: [encode.copyIn({ ...size, real: dst.real, src, dst: place(dst) })], written: [dst] };
  }),
  normalise: pointwise(({ x, vector, size }) => {
    // padded channels are zero, so the inverse deviation there is 1 / sqrt(epsilon)
    const inverse = { ...vector, real: vector.channels };
    return {
      instructions: [encode.normalise({ ...size, x: place(x), inverse: vector.at, epsilon: 0.01 })],
      written: [x, inverse],
    };
  }),
  normaliseTranspose: pointwise(({ samples, x, y, dst, vector, size, accumulate }) => ({
    instructions: [
      encode.normaliseTranspose({
        ...size,
        normalised: place(x),
        y: place(y),
        gain: samples.constants(1, vector.real),
        inverse: vector.at,
        dst: place(dst),
        accumulate,
      }),
    ],
    written: [dst],
  })),
  channelSum: pointwise(({ x, y, vector, size, accumulate }) => ({
    instructions: [
      encode.channelSum({ ...size, y: place(y), normalised: accumulate ? place(x) : undefined, dst: vector.at }),
    ],
    written: [vector],
  })),
  standardise: pointwise(({ samples, x, vector, size }) => {
    const [mean, inverse] = [samples.constants(1, vector.real), samples.constants(1, vector.real)];
    return { instructions: [encode.standardise({ ...size, x: place(x), mean, inverse })], written: [x] };
  }),
  fill: pointwise(({ vector }) => ({
    instructions: [encode.fill({ count: vector.real, dst: vector.at, value: 1.5 })],
    written: [vector],
  })),
  copy: pointwise(({ samples, vector }) => {
    const dst = samples.vector(vector.real);
    return { instructions: [encode.copy({ count: vector.real, src: vector.at, dst: dst.at })], written: [dst] };
  }),
  seed: pointwise(({ samples, vector }) => {
    const src = samples.constants(1, vector.real);
    return { instructions: [encode.seed({ count: vector.real, src, dst: vector.at })], written: [vector] };
  }),
  frame: (random) => {
    const samples = new Samples(between(random, 1, 5), random);
    const [height, width, real] = shape(random);
    const halo = between(random, 1, 2);
    const whole = samples.image(height + 2 * halo, width + 2 * halo, real);
    const x = { at: whole.at + halo * (whole.row + whole.channels), row: whole.row };
    return { samples, instructions: [encode.frame({ ...extent(whole), height, width, x, halo })], written: [whole] };
  },
  dense: (random) => {
    const samples = new Samples(between(random, 1, 21), random);
    const inputs = random.integer(4) === 0 ? between(random, 500, 1100) : between(random, 1, 40);
    const outputs = between(random, 1, 90);
    const [x, out, relu] = [samples.vector(inputs), samples.vector(outputs), samples.vector(outputs)];
    const withRelu = random.integer(2) === 0;
    const byRows = random.integer(2) === 0;
    const instruction = encode.dense({
      inputs,
      rows: byRows ? outputs : undefined,
      channels: out.channels,
      x: x.at,
      out: out.at,
      weight: byRows ? samples.constants(outputs, inputs) : samples.constants(inputs, outputs),
      bias: random.integer(2) === 0 ? samples.constants(1, outputs) : undefined,
      accumulate: random.integer(2) === 0,
      relu: withRelu ? relu.at : undefined,
    });
    return { samples, instructions: [instruction], written: withRelu ? [out, relu] : [out], byInstruction: true };
  },
};

/** A random weight with r and d images: arguments of its gradient. */
export function weightCase(random: Rng) {
  const samples = new Samples(between(random, 1, 9), random);
  const [height, width, inputs] = shape(random);
  let w = window(random, height, width);
  while (w.outHeight < 1 || w.outWidth < 1) w = window(random, height, width);
  const r = samples.image(height, width, inputs, w.padding);
  const d = samples.image(w.outHeight, w.outWidth, between(random, 1, 40), 1);
  const taps = Array.from({ length: w.kernel ** 2 }, (_, tap) => {
    const [y, x] = [Math.floor(tap / w.kernel) - w.padding, (tap % w.kernel) - w.padding];
    return r.at + y * r.row + x * r.channels;
  });
  const weight = {
    ...extent(d),
    inputs,
    rRow: w.stride * r.row,
    rPixel: w.stride * r.channels,
    back: place(d),
    taps,
    scale: 0.7,
  };
  const args = encode.weightArguments(weight);
  const target = samples.room(taps.length * inputs * d.channels);
  return { samples, weight, args, target, floats: taps.length * inputs * d.channels, r, d };
}

/** Passes over a random weight: a seed scales d by channel, which batch sums then change before gradients are taken. */
export function passCase(random: Rng) {
  const { samples, weight, d } = weightCase(random);
  const { channels, real } = d;
  const seed = samples.vector(real);
  const copy = samples.image(d.height, d.width, real, 1);
  const scaled = samples.constants(1, real);
  const [one, zero] = [samples.constants(1, real, () => 1), samples.constants(1, real, () => 0)];
  const [shift, slope] = [samples.room(channels), samples.room(channels)];
  const row = samples.room(weight.taps.length * weight.inputs * channels + 3 * channels);
  const [sums, products, seeds] = [0, 1, 2].map((k) => row + k * channels);
  const spread = { ...extent(copy), src: seed.at, dst: place(copy), accumulate: false };
  const words = encode.program([
    encode.meanTranspose(spread),
    encode.affineSum({
      ...extent(copy),
      dst: place(copy),
      images: [place(copy)],
      norms: [{ normalised: place(d), gain: one, shift: zero }],
    }),
    encode.mix({ ...extent(d), y: place(copy), normalised: place(d), scaled, shift, slope, sums, products }),
    encode.affineSum({
      ...extent(copy),
      dst: place(copy),
      images: [],
      norms: [
        { normalised: place(copy), gain: scaled, shift },
        { normalised: place(d), gain: slope, shift: zero },
      ],
    }),
    encode.rowAdd({ count: channels, src: seed.at, dst: seeds }),
    encode.weightAdd({ ...weight, back: place(copy), target: row + 3 * channels }),
  ]);
  const count = 3 * channels + weight.taps.length * weight.inputs * channels;
  return { samples, words, row, count, seed: seed.at, width: channels, real };
}
