import type { NodeContext } from "../context.js";
import { nodeValue, NotImported, type Tensor, type Value } from "../values.js";
import { meanOf } from "./norms.js";
import { squareWindow, windowsAlong } from "./windows.js";

function pool(context: NodeContext, op: "averagePool" | "maxPool"): Value {
  const { builder } = context;
  const x = context.image(0);
  const kernelShape = context.ints("kernel_shape");
  if (kernelShape === undefined) throw new NotImported("no kernel_shape");
  const sizes = x.shape.slice(1);
  const window = squareWindow(context, kernelShape, sizes);
  const { kernel, stride, padding } = window;
  if (2 * padding > kernel) throw new NotImported(`a padding of ${padding} for a kernel of ${kernel}`);
  if (context.int("count_include_pad", 0) === 1 && padding > 0 && op === "averagePool") {
    throw new NotImported("a mean that counts the padding", "Use AvgPool2d(..., count_include_pad=False).");
  }
  const counts = windowsAlong(sizes, window);
  const ragged = sizes.some((size) => (size + 2 * padding - kernel) % stride !== 0);
  if (context.int("ceil_mode", 0) === 1 && ragged) throw new NotImported("ceil_mode with windows beyond the border");
  const id = builder.add(
    context.wanted(),
    { op, kernel, ...(stride === 1 ? {} : { stride }), ...(padding === 0 ? {} : { padding }) },
    [builder.resolve(x)],
  );
  return nodeValue(id, [x.shape[0], ...counts]);
}

export const averagePool = (context: NodeContext): Value => pool(context, "averagePool");

export function maxPool(context: NodeContext): Value {
  context.int("storage_order", 0);
  return pool(context, "maxPool");
}

/** The mean of every channel: [C, 1, 1] in the file, [C] in the graph. */
export function globalAverage(context: NodeContext, x: Tensor = context.tensor(0)): Tensor {
  const { builder } = context;
  if (x.flat) return x;
  if (x.shape.length !== 3) throw new NotImported(`expected an image, got the shape [${x.shape.join(", ")}]`);
  const id = builder.add(context.wanted(), { op: "globalAverage" }, [builder.resolve(x)]);
  return nodeValue(id, [x.shape[0], 1, 1], true);
}

export function globalMax(context: NodeContext): Value {
  const { builder } = context;
  const x = context.image(0);
  const [channels, height, width] = x.shape;
  if (height !== width) throw new NotImported(`an image of ${height} x ${width} pixels; square ones are read`);
  const op = { op: "maxPool", kernel: height, ...(height === 1 ? {} : { stride: height }) } as const;
  return nodeValue(builder.add(context.wanted(), op, [builder.resolve(x)]), [channels, 1, 1]);
}

/** ReduceMean over the pixels of an image, or over the features of a vector as part of a layer normalisation. */
export function reduceMean(context: NodeContext): Value {
  const [value] = context.inputs;
  const keep = context.int("keepdims", 1) === 1;
  context.int("noop_with_empty_axes", 0);
  const axes = context.listed("axes", 1);
  const x = value?.kind === "moment" ? value.of : context.tensor(0);
  const rank = x.shape.length + 1;
  const over = [...new Set((axes ?? []).map((axis) => (axis < 0 ? axis + rank : axis)))].sort().join();
  if (rank === 4 && over === "2,3" && value?.kind === "tensor") {
    const mean = globalAverage(context);
    return keep ? mean : { ...mean, shape: [x.shape[0]], flat: false };
  }
  if (rank === 2 && over === "1" && keep && (value?.kind === "tensor" || value?.kind === "moment"))
    return meanOf(value);
  throw new NotImported(
    `a mean over the axes [${axes?.join(", ") ?? "all"}] of ${rank}`,
    "Means over height and width are read, and layer normalisation of vectors.",
  );
}
