import type { NodeContext } from "../context.js";
import type { Constant } from "../onnx-file.js";
import { nodeValue, NotImported, type Tensor, type Value } from "../values.js";
import { squareWindow, windowsAlong } from "./windows.js";

/** Conv over images. A kernel of one pixel on an image of one pixel is a dense layer. */
export function conv(context: NodeContext): Value {
  const { builder, node } = context;
  const weight = context.constant(1);
  const bias = context.maybe(2);
  const x = context.tensor(0);
  if (weight.shape.length !== 4) {
    throw new NotImported(`a convolution over ${weight.shape.length - 2} axes`, "Images have two: height and width.");
  }
  const [channels, inputs, height, width] = weight.shape;
  const groups = context.int("group", 1);
  const [has] = x.shape;
  if (x.shape.length !== 3) throw new NotImported(`expected an image, got the shape [${x.shape.join(", ")}]`);
  if (groups < 1 || has !== inputs * groups || channels % groups !== 0)
    throw new NotImported(`weights [${weight.shape.join(", ")}] in ${groups} groups for ${has} channels`);
  if (bias !== undefined && bias.values.length !== channels) throw new NotImported("a bias of another size");
  if (x.flat && height === 1 && width === 1 && groups === 1) {
    squareWindow(context, [1, 1], [1, 1]);
    const dense = layer(context, x, { shape: [channels, inputs], values: weight.values }, bias?.values);
    return { ...dense, shape: [channels, 1, 1], flat: true };
  }
  const image = context.image(0);
  const { kernel, stride, padding } = squareWindow(context, [height, width], image.shape.slice(1));
  const id = builder.add(
    context.wanted(node.inputs[1]),
    {
      op: "conv",
      channels,
      kernel,
      ...(stride === 1 ? {} : { stride }),
      ...(padding === 0 ? {} : { padding }),
      ...(groups === 1 ? {} : { groups }),
      ...(bias !== undefined && { bias: true }),
    },
    [builder.resolve(image)],
  );
  builder.keep(id, "weight", weight.shape, weight.values);
  if (bias !== undefined) builder.keep(id, "bias", [channels], bias.values);
  return nodeValue(id, [channels, ...windowsAlong(image.shape.slice(1), { kernel, stride, padding })]);
}

/** Gemm: alpha x W + beta b. */
export function gemm(context: NodeContext): Value {
  const x = context.vector(0);
  if (context.int("transA", 0) !== 0) throw new NotImported("transA, samples as columns");
  const [alpha, beta] = [context.float("alpha", 1), context.float("beta", 1)];
  const given = matrix(context.constant(1));
  const weight = context.int("transB", 0) === 0 ? context.builder.folding.transpose(given, [1, 0]) : given;
  const scaled = alpha === 1 ? weight : context.builder.folding.map(weight, (value) => alpha * value);
  const bias = context.maybe(2);
  return layer(context, x, scaled, bias && spread(bias, weight.shape[0]).map((value) => beta * value));
}

/** MatMul of samples with a matrix; a bias that is added is taken in by `add`. */
export function matMul(context: NodeContext): Value {
  if (context.inputs[1]?.kind === "tensor") {
    throw new NotImported("a product of two computed matrices (attention)");
  }
  if (context.tensor(0).shape.length === 3) throw new NotImported("a matrix product over the last axis of an image");
  return layer(context, context.vector(0), context.builder.folding.transpose(matrix(context.constant(1)), [1, 0]));
}

function layer(context: NodeContext, x: Tensor, weight: Constant, bias?: Float64Array): Tensor {
  const { builder, node } = context;
  const [units, features] = weight.shape;
  if (x.shape[0] !== features) throw new NotImported(`weights for ${features} features, got ${x.shape[0]}`);
  const id = builder.add(
    context.wanted(node.inputs[1]),
    { op: "dense", units, ...(bias !== undefined && { bias: true }) },
    [builder.resolve(x)],
  );
  builder.keep(id, "weight", [units, features], weight.values);
  if (bias !== undefined) builder.keep(id, "bias", [units], bias);
  return nodeValue(id, [units]);
}

function matrix(constant: Constant): Constant {
  if (constant.shape.length === 2) return constant;
  throw new NotImported(`expected a matrix of weights, got the shape [${constant.shape.join(", ")}]`);
}

function spread({ values }: Constant, count: number): Float64Array {
  if (values.length === count) return values;
  if (values.length === 1) return new Float64Array(count).fill(values[0]);
  throw new NotImported(`a bias of ${values.length} numbers for ${count} units`);
}
