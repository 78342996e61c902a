import type { NodeContext } from "../context.js";
import { short } from "../pointwise.js";
import { nodeValue, NotImported, type Moment, type Tensor, type Value } from "../values.js";

export function batchNorm(context: NodeContext): Value {
  const { builder, node } = context;
  const x = context.tensor(0);
  const [channels] = x.shape;
  const constants = [1, 2, 3, 4].map((k) => context.constant(k).values);
  if (constants.some((values) => values.length !== channels)) throw new NotImported("statistics of another size");
  if (constants[3].some((value) => !(value >= 0))) throw new NotImported("a negative running variance");
  context.float("momentum", 0.9);
  if (context.int("spatial", 1) !== 1) throw new NotImported("spatial 0");
  if (context.int("training_mode", 0) === 1)
    builder.notes.add("The file is of a network in training mode; its norms are read as those of the kernel's mode.");
  const epsilon = short(context.float("epsilon", 1e-5));
  const id = builder.add(context.wanted(node.inputs[1]), { op: "norm", ...(epsilon === 1e-5 ? {} : { epsilon }) }, [
    builder.resolve(x),
  ]);
  ["weight", "bias", "running_mean", "running_var"].forEach((ending, k) => {
    builder.keep(id, ending, [channels], constants[k]);
  });
  return nodeValue(id, x.shape, x.flat);
}

export function layerNorm(context: NodeContext): Value {
  const x = context.vector(0);
  const axis = context.int("axis", -1);
  if (axis !== -1 && axis !== 1) throw new NotImported(`axis ${axis}`);
  context.int("stash_type", 1);
  const epsilon = short(context.float("epsilon", 1e-5));
  return normalised(context, x, epsilon, context.constant(1).values, context.maybe(2)?.values);
}

function normalised(
  context: NodeContext,
  x: Tensor,
  epsilon: number,
  gain?: Float64Array,
  shift?: Float64Array,
): Tensor {
  const { builder, node } = context;
  const [features] = x.shape;
  for (const values of [gain, shift])
    if (values !== undefined && values.length !== features) throw new NotImported("a gain or shift of another size");
  const op = { op: "layerNorm", ...(epsilon === 1e-5 ? {} : { epsilon }) } as const;
  const id = builder.add(context.wanted(gain && node.inputs[1]), op, [builder.resolve(x)]);
  builder.keep(id, "weight", [features], gain ?? new Float64Array(features).fill(1));
  builder.keep(id, "bias", [features], shift ?? new Float64Array(features));
  return nodeValue(id, [features]);
}

/** x - mean, and then, of a layer normalisation that is written out, the division by the root of the mean square. */
const moment = (of: Tensor, stage: Moment["stage"], epsilon = 0): Moment => ({ kind: "moment", stage, of, epsilon });

const same = (a: Tensor, b: Tensor): boolean => a === b || (a.base === b.base && a.samples === b.samples);

/** The mean of a vector, or of the square of what is centred. */
export function meanOf(value: Tensor | Moment): Moment {
  if (value.kind === "tensor") return moment(value, "mean");
  if (value.stage === "square") return moment(value.of, "variance");
  throw wrongMoment();
}

/** Sums, differences, products and quotients of moments; undefined when neither is one. */
export function momentArithmetic(context: NodeContext, op: string): Value | undefined {
  const [a, b] = context.inputs;
  if (a?.kind !== "moment" && b?.kind !== "moment") return undefined;
  if (op === "Sub" && a?.kind === "tensor" && b?.kind === "moment" && b.stage === "mean" && same(a, b.of))
    return moment(b.of, "centred");
  if (a?.kind !== "moment" && op !== "Add") throw wrongMoment();
  const [known, other] = a?.kind === "moment" ? [a, b] : [b as Moment, a];
  const exponent = other?.kind === "constant" && other.constant.values.length === 1 ? other.constant.values[0] : NaN;
  if (op === "Pow" && known.stage === "centred" && exponent === 2) return moment(known.of, "square");
  if (op === "Mul" && known.stage === "centred" && other === known) return moment(known.of, "square");
  if (op === "Add" && known.stage === "variance" && exponent > 0) return moment(known.of, "shifted", exponent);
  if (op === "Sqrt" && known.stage === "shifted") return moment(known.of, "deviation", known.epsilon);
  const divided = other?.kind === "moment" && other.stage === "deviation" && same(known.of, other.of);
  if (op === "Div" && known.stage === "centred" && divided) return normalised(context, known.of, short(other.epsilon));
  throw wrongMoment();
}

const wrongMoment = (): NotImported => new NotImported("a mean over features that is no part of a layer normalisation");
