import { AppError } from "../errors.js";
import type { DescentRule } from "../kernels/finite/descent.js";
import type { TrainableNetwork } from "../kernels/finite/trainable.js";

type Floats = Float32Array | Float64Array;

export type OptimizerOptions =
  /** b = momentum b + g; w -= rate (nesterov: g + momentum b, else b). Momentum 0.9 unless given. */
  | { readonly kind: "sgd"; readonly momentum?: number; readonly nesterov?: boolean }
  /** Kingma and Ba 2015; `adamw` (Loshchilov and Hutter 2019) takes the decay out of the gradient. */
  | {
      readonly kind: "adam" | "adamw";
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
    };

/** Changes weights by their gradients. What it remembers is two vectors over all slots of the network. */
export interface Optimizer {
  readonly state: readonly [Floats, Floats];
  /** Step number `step` (from 1 on) of the training at this rate. */
  step(network: TrainableNetwork, step: number, rate: number): void;
}

/**
 * The optimizers of PyTorch, weight decay w included (g += decay w; AdamW: w *= 1 - rate decay), with all numbers in the
 * precision of the engine's memory. Throws AppError `usage` for constants out of range.
 */
export function makeOptimizer(
  options: OptimizerOptions,
  decay: number,
  size: number,
  make: (length: number) => Floats,
): Optimizer {
  if (!(decay >= 0)) throw outOfRange("weight decay", "0 or more", decay);
  if (options.kind === "sgd") {
    const { momentum = 0.9, nesterov = false } = options;
    if (!(momentum >= 0 && momentum < 1)) throw outOfRange("momentum", "in [0, 1)", momentum);
    return optimizer([make(momentum === 0 ? 0 : size), make(0)], (_, rate) => ({
      kind: "momentum",
      rate,
      decay,
      momentum,
      nesterov,
    }));
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, kind } = options;
  for (const beta of [beta1, beta2]) if (!(beta >= 0 && beta < 1)) throw outOfRange("beta", "in [0, 1)", beta);
  return optimizer([make(size), make(size)], (step, rate) => ({
    kind: "adam",
    rate: rate / (1 - beta1 ** step),
    root: Math.sqrt(1 - beta2 ** step),
    decay: kind === "adam" ? decay : 0,
    shrink: kind === "adamw" ? 1 - rate * decay : 1,
    beta1,
    beta2,
    epsilon,
  }));
}

const optimizer = (
  state: readonly [Floats, Floats],
  ruleOf: (step: number, rate: number) => DescentRule,
): Optimizer => ({
  state,
  step: (network, step, rate) => {
    network.descend(ruleOf(step, rate), state);
  },
});

const outOfRange = (what: string, range: string, value: number): AppError =>
  new AppError("usage", `The ${what} is ${range}; got ${value}.`);
