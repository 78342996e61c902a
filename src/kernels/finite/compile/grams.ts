import * as program from "../engine/program.js";
import type { Tap } from "../ir.js";
import { rowOf, type Compiler } from "./compiler.js";
import { extentOf, planeOf, type Tensor } from "./layout.js";

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
