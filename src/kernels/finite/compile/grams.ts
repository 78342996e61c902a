import * as program from "../engine/program.js";
import type { Tap } from "../ir.js";
import { channelBlocks } from "./weight-layout.js";
import { rowOf, type Compiler } from "./compiler.js";
import { extentOf, planeOf, tensorOf, type Tensor } from "./layout.js";

/** Emits what a tap adds to the kernel, when its cotangent is there. */
export function emitGram(compiler: Compiler, tap: Tap): void {
  const cotangent = compiler.tensor(tap.cotangent);
  const { parameter } = tap;
  if (tap.kind === "bias" || tap.kind === "gain") {
    channelSums(compiler, parameter, cotangent, tap.kind === "gain" ? compiler.tensor(tap.x) : undefined);
    return;
  }
  const input = compiler.tensor(tap.x);
  if (tap.kind === "dense" && !compiler.summed) {
    compiler.push({
      kind: "gram",
      parameter,
      tensors: [input, cotangent],
      gram: () => ({ form: "outer", input: rowOf(input), back: rowOf(cotangent) }),
    });
    return;
  }
  if (tap.kind === "conv" && tap.groups > 1) {
    groupSums(compiler, tap, input, cotangent);
    return;
  }
  const flattened = tap.kind === "dense" && input.height * input.width > 1;
  const { kernel, stride, padding } = tap.kind === "conv" ? tap : { kernel: input.width, stride: 1, padding: 0 };
  const taps = flattened ? input.height * input.width : tap.kind === "dense" ? 1 : kernel * kernel;
  compiler.push({
    kind: "gram",
    parameter,
    tensors: [input, cotangent],
    gram: () => ({
      form: "convolution",
      arguments: {
        ...extentOf(cotangent),
        inputs: input.channels,
        rRow: input.row * stride,
        rPixel: input.pixel * stride,
        back: planeOf(cotangent),
        taps: Array.from(
          { length: taps },
          (_, t) =>
            input.offset + (Math.floor(t / kernel) - padding) * input.row + ((t % kernel) - padding) * input.pixel,
        ),
      },
    }),
  });
}

/**
 * Gradient of the weight of a convolution of groups, as a row [tap][input of a group][padded output]: sums over the pixels of
 * the cotangent times an input of each channel's own group.
 */
function groupSums(
  compiler: Compiler,
  { parameter, kernel, stride, padding, groups }: Tap & { readonly kind: "conv" },
  input: Tensor,
  cotangent: Tensor,
): void {
  const { constants, planner } = compiler;
  const [inputs, outputs] = [input.channels / groups, cotangent.channels / groups];
  const count = kernel * kernel * inputs * cotangent.pixel;
  const row = planner.reserve(count);
  // A training holds its values in the layout of their gradient.
  if (compiler.summed) constants.forward(parameter, compiler.graph.parameters[parameter]);
  const own = inputs === 1 && outputs === 1 && stride === 1;
  const spread = tensorOf([cotangent.channels, cotangent.height, cotangent.width], 0);
  for (let at = 0; at < kernel * kernel * inputs; at++) {
    const [tap, c] = [Math.floor(at / inputs), at % inputs];
    const [dy, dx] = [Math.floor(tap / kernel) - padding, (tap % kernel) - padding];
    const first = (): number => input.offset + dy * input.row + dx * input.pixel + c;
    if (!own) spreadGroups(compiler, { input, spread, first, stride, groups });
    compiler.run([input, cotangent, ...(own ? [] : [spread])], () =>
      program.channelSum({
        ...extentOf(cotangent),
        y: planeOf(cotangent),
        normalised: own ? { at: first(), row: input.row } : planeOf(spread),
        dst: row + at * cotangent.pixel,
      }),
    );
  }
  compiler.push({
    kind: "gram",
    parameter,
    tensors: [input, cotangent],
    gram: () => ({ form: "rows", offset: row, count }),
  });
}

/** Every channel of `spread` = one input channel of its group, `first` being that of the first group. */
function spreadGroups(
  compiler: Compiler,
  of: {
    readonly input: Tensor;
    readonly spread: Tensor;
    readonly first: () => number;
    readonly stride: number;
    readonly groups: number;
  },
): void {
  const { input, spread, first, stride, groups } = of;
  const [inputs, outputs] = [input.channels / groups, spread.channels / groups];
  for (const { at, channels, from, count } of channelBlocks(spread.channels, input.channels, groups)) {
    const members = Array.from({ length: count / inputs }, (_, k) => from / inputs + k);
    const weights = members.map((group) => {
      const start = group * outputs - at;
      return compiler.constants.ones(channels, Math.max(0, start), Math.min(channels, start + outputs));
    });
    compiler.run([input, spread], () =>
      program.conv({
        ...extentOf(spread),
        channels,
        inputs: 1,
        xRow: input.row * stride,
        xPixel: input.pixel * stride,
        out: { at: spread.offset + at, row: spread.row },
        outPixel: spread.pixel,
        segments: members.map((group, k) => ({ x: first() + group * inputs, weight: weights[k] })),
      }),
    );
  }
}

/** Gradients of a bias, shift or gain: sums of the cotangent (times a tensor) over the pixels. */
function channelSums(compiler: Compiler, parameter: number, cotangent: Tensor, factor: Tensor | undefined): void {
  const target = compiler.planner.reserve(cotangent.channels);
  compiler.push({
    kind: "gram",
    parameter,
    tensors: [cotangent, ...(factor === undefined ? [] : [factor])],
    sums: () =>
      program.channelSum({
        ...extentOf(cotangent),
        y: planeOf(cotangent),
        ...(factor === undefined ? {} : { normalised: planeOf(factor) }),
        dst: target,
      }),
    gram: () => ({ form: "rows", offset: target, count: program.paddedChannels(cotangent.channels) }),
  });
}
