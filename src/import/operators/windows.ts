import type { NodeContext } from "../context.js";
import { NotImported } from "../values.js";

export interface SquareWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/**
 * Windows of a convolution or pool over an image of `sizes` pixels, as the graph has them: square, equal strides, the same
 * padding on every side.
 */
export function squareWindow(
  context: NodeContext,
  kernelShape: readonly number[],
  sizes: readonly number[],
): SquareWindow {
  const given = context.ints("kernel_shape");
  if (given !== undefined && given.join() !== kernelShape.join())
    throw new NotImported("a kernel_shape that is not the weights'");
  const one = (name: string, values: readonly number[]): number => {
    const bad = values.length !== 2 || values[0] !== values[1] || !Number.isSafeInteger(values[0]) || values[0] < 1;
    if (bad) throw new NotImported(`${name} [${values.join(", ")}]`, "Only square ones are read.");
    return values[0];
  };
  if ((context.ints("dilations") ?? []).some((value) => value !== 1)) throw new NotImported("dilations");
  const kernel = one("a kernel", kernelShape);
  const stride = one("strides", context.ints("strides") ?? [1, 1]);
  return { kernel, stride, padding: paddingOf(context, kernel, stride, sizes) };
}

function paddingOf(context: NodeContext, kernel: number, stride: number, sizes: readonly number[]): number {
  const auto = context.text("auto_pad", "NOTSET");
  let pads = context.ints("pads") ?? [0, 0, 0, 0];
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const totals = sizes.map((size) => Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size));
    const sides = totals.map((total) => [Math.floor(total / 2), Math.ceil(total / 2)]);
    const k = auto === "SAME_UPPER" ? 0 : 1;
    pads = [...sides.map((side) => side[k]), ...sides.map((side) => side[1 - k])];
  } else if (auto === "VALID") pads = [0, 0, 0, 0];
  else if (auto !== "NOTSET") throw new NotImported(`auto_pad ${auto}`);
  const [padding] = pads;
  if (pads.length !== 4 || pads.some((pad) => pad !== padding) || !Number.isSafeInteger(padding) || padding < 0)
    throw new NotImported(`pads [${pads.join(", ")}]`, "Only the same padding on every side is read.");
  return padding;
}

/** Windows along each axis. */
export function windowsAlong(sizes: readonly number[], { kernel, stride, padding }: SquareWindow): number[] {
  return sizes.map((size) => {
    const count = Math.floor((size + 2 * padding - kernel) / stride) + 1;
    if (count >= 1) return count;
    throw new NotImported(`a kernel of ${kernel} pixels on an image of ${size}`);
  });
}
