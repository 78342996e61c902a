import type { Shape } from "../../arch/graph.js";
import type { NodeContext } from "../context.js";
import type { Attribute, Constant } from "../onnx-file.js";
import { nodeValue, NotImported, type Size, type Sizes, type Tensor, type Value } from "../values.js";

const product = (sizes: readonly number[]): number => sizes.reduce((count, size) => count * size, 1);
const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.join() === b.join();

/** A tensor under another shape of as many numbers: as it is, or as a vector. */
function shaped(context: NodeContext, x: Tensor, shape: Shape): Tensor {
  const { builder } = context;
  if (same(shape, x.shape)) return x;
  const ofOneChannel = x.shape.length === 3 && x.shape[2] === 1 && same(shape, [1, x.shape[0], x.shape[1]]);
  if (ofOneChannel && x.base === "input" && x.samples === undefined && context.alone(0)) {
    builder.input = shape;
    builder.notes.add(channelsLast);
    return nodeValue("input", shape);
  }
  const isPixel = shape.length === 3 && shape[1] === 1 && shape[2] === 1;
  if (shape.length === 1 && (x.flat || x.shape.length !== 3)) return { ...x, shape, flat: false };
  if (shape.length === 1)
    return nodeValue(builder.add(context.wanted(), { op: "flatten" }, [builder.resolve(x)]), shape);
  if (isPixel && x.shape.length === 1) return { ...x, shape, flat: true };
  throw new NotImported(
    `a change of the shape [${x.shape.join(", ")}] into [${shape.join(", ")}]`,
    "Images may become vectors, and nothing else.",
  );
}

export function flatten(context: NodeContext): Value {
  const x = context.tensor(0);
  const axis = context.int("axis", 1);
  if (axis !== 1 && axis !== -x.shape.length) throw new NotImported(`axis ${axis}`);
  return shaped(context, x, [product(x.shape)]);
}

/** The sizes in an input: those that `Shape` gave, or constants. */
export function sizesOf(value: Value | undefined): readonly Size[] {
  if (value?.kind === "sizes") return value.sizes;
  if (value?.kind === "constant") return Array.from(value.constant.values);
  throw new NotImported("sizes that are computed from data");
}

export function reshape(context: NodeContext): Value {
  const [value] = context.inputs;
  const target = context.ints("shape") ?? sizesOf(context.inputs[1]);
  context.int("allowzero", 0);
  if (value?.kind === "sizes") return value;
  if (value?.kind === "constant") {
    const { values } = value.constant;
    const numbers = target.map(Number);
    const rest = product(numbers.filter((size) => size !== -1));
    const shape = numbers.map((size) => (size === -1 ? values.length / rest : size));
    if (product(shape) !== values.length) throw new NotImported(`a constant reshaped to [${target.join(", ")}]`);
    return { kind: "constant", constant: { shape, values } };
  }
  const x = context.tensor(0);
  const size = product(x.shape);
  const [first, ...others] = target;
  const rest = others.map((side, k) => (side === 0 ? (x.shape[k] ?? 1) : side));
  const known = product(rest.filter((side) => side !== -1 && side !== "batch") as number[]);
  const shape = rest.map((side) => (side === -1 ? size / known : side));
  const fits =
    shape.every((side) => typeof side === "number" && Number.isInteger(side)) && product(shape as number[]) === size;
  const inferred = !others.includes(-1) || first !== -1;
  if (!fits || !inferred || shape.length === 0)
    throw new NotImported(
      `a reshape of [batch, ${x.shape.join(", ")}] to [${target.join(", ")}]`,
      "Images may become vectors, and nothing else.",
    );
  return shaped(context, x, shape as number[]);
}

export function squeeze(context: NodeContext): Value {
  const [value] = context.inputs;
  const axes = context.listed("axes", 1);
  if (value?.kind === "sizes") return value;
  if (value?.kind === "constant") return { kind: "constant", constant: squeezed(value.constant, axes) };
  const x = context.tensor(0);
  const rank = x.shape.length + 1;
  const out = new Set(
    (axes ?? x.shape.flatMap((size, k) => (size === 1 ? [k + 1] : []))).map((axis) => (axis < 0 ? axis + rank : axis)),
  );
  if ([...out].some((axis) => axis < 1 || x.shape[axis - 1] !== 1))
    throw new NotImported(`axes [${axes?.join(", ") ?? ""}]`);
  return shaped(
    context,
    x,
    x.shape.filter((_, k) => !out.has(k + 1)),
  );
}

const squeezed = ({ shape, values }: { shape: Shape; values: Float64Array }, axes: readonly number[] | undefined) => ({
  shape: shape.filter(
    (size, k) => size !== 1 || (axes !== undefined && !axes.includes(k) && !axes.includes(k - shape.length)),
  ),
  values,
});

export function unsqueeze(context: NodeContext): Value {
  const [value] = context.inputs;
  const axes = context.listed("axes", 1) ?? [];
  if (value?.kind === "sizes") return value;
  const shape = value?.kind === "constant" ? value.constant.shape : [0, ...context.tensor(0).shape];
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  if (rank > 8) throw new NotImported(`${rank} axes`);
  const rest = shape.values();
  const wide = Array.from({ length: rank }, (_, k) => (added.has(k) ? 1 : (rest.next().value ?? 1)));
  if (value?.kind === "constant") return { kind: "constant", constant: { shape: wide, values: value.constant.values } };
  if (added.has(0)) throw new NotImported("an axis before the samples");
  return shaped(context, context.tensor(0), wide.slice(1));
}

export function shapeOf(context: NodeContext): Value {
  const [value] = context.inputs;
  if (context.int("start", 0) !== 0 || context.attribute("end") !== undefined)
    throw new NotImported("parts of a shape");
  if (value?.kind === "constant") return { kind: "sizes", sizes: value.constant.shape };
  const x = context.tensor(0);
  return { kind: "sizes", sizes: ["batch", ...x.shape], of: x };
}

export function gather(context: NodeContext): Value {
  const sizes = sizesOf(context.inputs[0]);
  if (context.int("axis", 0) !== 0) throw new NotImported("an axis other than the first");
  return picked(Array.from(context.constant(1).values, (index) => sizes.at(index)));
}

function picked(sizes: readonly (Size | undefined)[]): Sizes {
  if (sizes.includes(undefined)) throw new NotImported("a size that is not there");
  return { kind: "sizes", sizes: sizes as Size[] };
}

export function slice(context: NodeContext): Value {
  if (context.inputs[0]?.kind === "tensor") throw new NotImported("a slice of data");
  const sizes = sizesOf(context.inputs[0]);
  const [starts, ends, steps] = [context.listed("starts", 1), context.listed("ends", 2), context.listed("steps", 4)];
  context.listed("axes", 3);
  if (starts?.length !== 1 || ends?.length !== 1 || (steps !== undefined && steps.join() !== "1"))
    throw new NotImported("a slice of more than one axis");
  return picked(sizes.slice(starts[0], ends[0]));
}

export function constantOfShape(context: NodeContext): Value {
  const [value] = context.inputs;
  const sizes = sizesOf(value);
  const attribute = context.attribute("value");
  const filled = isConstant(attribute) ? attribute.values[0] : 0;
  if (value?.kind === "sizes" && value.of !== undefined) {
    const x = value.of;
    if (filled !== 0 || !same(sizes, ["batch", ...x.shape])) throw new NotImported(`data of the constant ${filled}`);
    const id = context.builder.add(context.wanted(), { op: "zero" }, [context.builder.resolve(x)]);
    return nodeValue(id, x.shape, x.flat);
  }
  return { kind: "constant", constant: context.builder.folding.filled(sizes.map(Number), filled) };
}

export function concat(context: NodeContext): Value {
  const { builder, inputs } = context;
  const axis = context.int("axis", 1);
  if (inputs.every((value) => value?.kind === "constant") && inputs.every((value) => value.constant.shape.length <= 1))
    return { kind: "constant", constant: builder.folding.join(inputs.map((value) => value.constant)) };
  if (!inputs.some((value) => value?.kind === "tensor")) return { kind: "sizes", sizes: inputs.flatMap(sizesOf) };
  const tensors = inputs.map((_, k) => context.tensor(k));
  const [{ shape, flat }] = tensors;
  if (axis !== 1 && axis !== -shape.length)
    throw new NotImported(`joins along axis ${axis}`, "Channels (axis 1) may be joined.");
  if (
    tensors.some((x) => x.flat !== flat || x.shape.length !== shape.length || !same(x.shape.slice(1), shape.slice(1)))
  )
    throw new NotImported(`joins the shapes ${tensors.map((x) => `[${x.shape.join(", ")}]`).join(", ")}`);
  const channels = tensors.reduce((sum, x) => sum + x.shape[0], 0);
  const id = builder.add(
    context.wanted(),
    { op: "concat" },
    tensors.map((x) => builder.resolve(x)),
  );
  return nodeValue(id, [channels, ...shape.slice(1)], flat);
}

const channelsLast = "The file reads images channels last; here the network reads them channels first.";

/** Of constants; of the data when a file has them channels last. */
export function transpose(context: NodeContext): Value {
  const { builder, inputs } = context;
  const order = context.ints("perm");
  const [value] = inputs;
  if (value?.kind === "constant") {
    const { shape } = value.constant;
    return {
      kind: "constant",
      constant: builder.folding.transpose(value.constant, order ?? shape.map((_, k) => shape.length - 1 - k)),
    };
  }
  const x = context.tensor(0);
  if (order?.every((axis, k) => axis === k)) return x;
  if (x.base === "input" && x.samples === undefined && order?.join() === "0,3,1,2" && context.alone(0)) {
    const [height, width, channels] = x.shape;
    builder.input = [channels, height, width];
    builder.notes.add(channelsLast);
    return nodeValue("input", builder.input);
  }
  if (x.flat && order?.[0] === 0 && order.length === 4 && order[3] === 1)
    return { ...x, shape: [x.shape[0]], flat: false };
  throw new NotImported(`axes of data in the order [${order?.join(", ") ?? "reversed"}]`);
}

/** Zeros around data: none, as PyTorch writes before pools without padding. */
export function pad(context: NodeContext): Value {
  const pads = context.listed("pads", 1) ?? context.ints("paddings");
  for (const name of ["mode", "value"]) context.attribute(name);
  if (pads?.every((value) => value === 0)) return context.tensor(0);
  throw new NotImported(
    `pads [${pads?.join(", ") ?? ""}] as an operator of its own`,
    "Give the padding to the convolution; AvgPool2d with padding needs count_include_pad=False.",
  );
}

/** A constant in the attributes. */
export function constant(context: NodeContext): Value {
  for (const name of ["value", "value_float", "value_int", "value_floats", "value_ints"]) {
    const attribute = context.attribute(name);
    if (attribute === undefined) continue;
    if (typeof attribute === "number")
      return { kind: "constant", constant: { shape: [], values: Float64Array.of(attribute) } };
    if (isConstant(attribute)) return { kind: "constant", constant: attribute };
    if (typeof attribute === "object" && "problem" in attribute) throw new NotImported(attribute.problem);
    const list = context.ints(name) ?? [];
    return { kind: "constant", constant: { shape: [list.length], values: Float64Array.from(list) } };
  }
  throw new NotImported("a constant that is no tensor of numbers");
}

const isConstant = (attribute: Attribute | undefined): attribute is Constant =>
  typeof attribute === "object" && !Array.isArray(attribute) && "values" in attribute;
