import type { NodeContext } from "../context.js";
import type { Constant } from "../onnx-file.js";
import { nodeValue, NotImported, type Tensor, type Value } from "../values.js";
import { momentArithmetic } from "./norms.js";

const functions = {
  Add: (x: number, y: number) => x + y,
  Sub: (x: number, y: number) => x - y,
  Mul: (x: number, y: number) => x * y,
  Div: (x: number, y: number) => x / y,
  Pow: (x: number, y: number) => x ** y,
  Max: (x: number, y: number) => Math.max(x, y),
  Min: (x: number, y: number) => Math.min(x, y),
} as const;

type Binary = keyof typeof functions;

/** Add, Sub, Mul, Div, Pow, Max or Min of two values. */
export const binary =
  (op: Binary) =>
  (context: NodeContext): Value => {
    const { inputs } = context;
    if (inputs.length === 1) return context.tensor(0);
    if (inputs.length > 2) throw new NotImported(`${inputs.length} inputs`);
    const known = momentArithmetic(context, op);
    if (known !== undefined) return known;
    const [a, b] = inputs;
    const f = functions[op];
    if (a?.kind === "constant" && b?.kind === "constant")
      return { kind: "constant", constant: context.builder.folding.combine(a.constant, b.constant, f) };
    if (b?.kind === "constant") return withConstant(context, op, context.tensor(0), b.constant, 0);
    if (a?.kind === "constant") return withConstant(context, op, context.tensor(1), a.constant, 1);
    return ofTwo(context, op, context.tensor(0), context.tensor(1));
  };

/** A tensor and a constant: one number, or one for each channel of a layer that takes it in. */
function withConstant(context: NodeContext, op: Binary, x: Tensor, constant: Constant, position: 0 | 1): Value {
  const { builder } = context;
  const { values } = constant;
  const f = functions[op];
  const [value] = values;
  if (values.length > 0 && values.every((other) => other === value)) {
    if (values.length > 1 && !isPerChannel(constant, x)) throw wrongConstant(op, constant, x);
    if (op === "Add" && value !== 0 && values.length > 1 && takesBias(context, x, position))
      return biased(context, x, values);
    return builder.apply(
      x,
      position === 0 ? (number) => f(number, value) : (number) => f(value, number),
      context.wanted(),
    );
  }
  if (!isPerChannel(constant, x)) throw wrongConstant(op, constant, x);
  const node = x.samples === undefined && context.alone(position) ? builder.node(x.base) : undefined;
  if (op === "Add" && takesBias(context, x, position)) return biased(context, x, values);
  if (node?.op === "layerNorm" && op === "Mul") {
    builder.replace(node.id, "weight", values);
    return x;
  }
  if (node?.op === "layerNorm" && op === "Add") {
    builder.replace(node.id, "bias", values);
    return x;
  }
  throw wrongConstant(op, constant, x);
}

const wrongConstant = (op: Binary, { shape }: Constant, x: Tensor): NotImported =>
  new NotImported(
    `${op} of data [${x.shape.join(", ")}] and constants [${shape.join(", ")}]`,
    "One number is read, and the biases of dense layers and convolutions.",
  );

/** One number for each channel: [C, 1, 1] for an image, [F] for a vector, with or without an axis for the samples. */
function isPerChannel({ shape }: Constant, x: Tensor): boolean {
  const wanted = x.shape.length === 3 ? [x.shape[0], 1, 1] : [x.shape[0]];
  return [wanted.join(), [1, ...wanted].join()].includes(shape.join());
}

function takesBias(context: NodeContext, x: Tensor, position: 0 | 1): boolean {
  const node = x.samples === undefined && context.alone(position) ? context.builder.node(x.base) : undefined;
  return (node?.op === "dense" || node?.op === "conv") && node.bias !== true;
}

function biased(context: NodeContext, x: Tensor, values: Float64Array): Value {
  context.builder.addBias(x.base, values);
  return x;
}

function ofTwo(context: NodeContext, op: Binary, a: Tensor, b: Tensor): Value {
  const { builder } = context;
  if (a.shape.join() !== b.shape.join()) {
    throw new NotImported(
      `${op} of the shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
      "Gates that multiply channels (squeeze and excitation) are not read.",
    );
  }
  const moved = a.samples !== undefined || b.samples !== undefined;
  const additive = op === "Add" || op === "Sub";
  if (a.base === b.base && (moved || !additive))
    return builder.together(a, b, functions[op], context.wanted(), op === "Add");
  if (!additive) throw new NotImported("a product of two branches (gates, attention)");
  const right = op === "Add" ? b : builder.apply(b, (x) => -x, `${context.wanted()}.minus`);
  const id = builder.add(context.wanted(), { op: "add" }, [builder.resolve(a), builder.resolve(right)]);
  return nodeValue(id, a.shape, a.flat);
}

/** Sum of any number of tensors. */
export function sum(context: NodeContext): Value {
  const tensors = context.inputs.map((_, k) => context.tensor(k));
  const [{ shape, flat }] = tensors;
  if (tensors.some((x) => x.shape.join() !== shape.join())) throw new NotImported("a sum of different shapes");
  const id = context.builder.add(
    context.wanted(),
    { op: "add" },
    tensors.map((x) => context.builder.resolve(x)),
  );
  return nodeValue(id, shape, flat);
}
