import { erf } from "../../math/special.js";
import type { NodeContext } from "../context.js";
import { NotImported, type Value } from "../values.js";
import { momentArithmetic } from "./norms.js";

type Function = (x: number) => number;

const logistic: Function = (x) => 1 / (1 + Math.exp(-x));
const softplus: Function = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Functions of one number, with their attributes. */
const functions: Readonly<Record<string, (context: NodeContext) => Function>> = {
  Relu: () => (x) => Math.max(x, 0),
  LeakyRelu: (context) => leaky(context.float("alpha", 0.01)),
  PRelu: (context) => {
    const { values } = context.constant(1);
    if (values.length === 0 || values.some((value) => value !== values[0]))
      throw new NotImported("a slope for each channel", "One slope for all is read.");
    return leaky(values[0]);
  },
  ThresholdedRelu: (context) => {
    const alpha = context.float("alpha", 1);
    return (x) => (x > alpha ? x : 0);
  },
  Elu: (context) => elu(context.float("alpha", 1)),
  Celu: (context) => {
    const alpha = context.float("alpha", 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x / alpha));
  },
  Selu: (context) => {
    const [alpha, gamma] = [context.float("alpha", 1.6732632), context.float("gamma", 1.050701)];
    return (x) => gamma * elu(alpha)(x);
  },
  Sigmoid: () => logistic,
  HardSigmoid: (context) => {
    const [alpha, beta] = [context.float("alpha", 0.2), context.float("beta", 0.5)];
    return (x) => Math.min(1, Math.max(0, alpha * x + beta));
  },
  HardSwish: () => (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)),
  Swish: (context) => {
    const alpha = context.float("alpha", 1);
    return (x) => x * logistic(alpha * x);
  },
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  Gelu: (context) =>
    context.text("approximate", "none") === "none"
      ? (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))
      : (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  Tanh: () => Math.tanh,
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Sin: () => Math.sin,
  Cos: () => Math.cos,
  Erf: () => erf,
  Exp: () => Math.exp,
  Log: () => Math.log,
  Neg: () => (x) => -x,
  Abs: () => Math.abs,
  Sqrt: () => Math.sqrt,
  Reciprocal: () => (x) => 1 / x,
  Clip: (context) => {
    const bound = (name: string, k: number, otherwise: number): number =>
      context.inputs[k] === undefined ? context.float(name, otherwise) : context.constant(k).values[0];
    const [low, high] = [bound("min", 1, -Number.MAX_VALUE), bound("max", 2, Number.MAX_VALUE)];
    return (x) => Math.min(Math.max(x, low), high);
  },
};

const leaky =
  (slope: number): Function =>
  (x) =>
    x > 0 ? x : slope * x;

const elu =
  (alpha: number): Function =>
  (x) =>
    x > 0 ? x : alpha * Math.expm1(x);

/** Readers of those operators. */
export const functionOperators: Readonly<Record<string, (context: NodeContext) => Value>> = Object.fromEntries(
  Object.entries(functions).map(([op, make]) => [
    op,
    (context: NodeContext): Value => {
      const [value] = context.inputs;
      const f = make(context);
      if (value?.kind === "constant")
        return { kind: "constant", constant: context.builder.folding.map(value.constant, f) };
      const known = op === "Sqrt" ? momentArithmetic(context, op) : undefined;
      return known ?? context.builder.apply(context.tensor(0), f, context.wanted());
    },
  ]),
);
