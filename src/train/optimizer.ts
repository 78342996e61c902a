import { AppError } from "../errors.js";
import type { ParameterSlot, TrainableNetwork } from "../kernels/finite/trainable.js";

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

/** Changes weights by their gradients. What it remembers is vectors over all slots of the network. */
export interface Optimizer {
  readonly state: readonly Floats[];
  /** Step number `step` (from 1 on) of the training at this rate. */
  step(network: TrainableNetwork, step: number, rate: number): void;
}

/** Calls a rule for every parameter; `offset` leads from a gradient in the memory to the same number in a state vector. */
type Rule = (memory: Floats, slot: ParameterSlot) => void;

/**
 * The optimizers of PyTorch, operation by operation, weight decay w included (g += decay w; AdamW: w *= 1 - rate decay), with
 * all numbers in the precision of the engine's memory. Throws AppError `usage` for constants out of range.
 */
export function makeOptimizer(
  options: OptimizerOptions,
  decay: number,
  network: TrainableNetwork,
  make: (length: number) => Floats,
): Optimizer {
  if (!(decay >= 0)) throw outOfRange("weight decay", "0 or more", decay);
  if (options.kind === "sgd") {
    const { momentum = 0.9, nesterov = false } = options;
    if (!(momentum >= 0 && momentum < 1)) throw outOfRange("momentum", "in [0, 1)", momentum);
    const buffer = make(momentum === 0 ? 0 : network.size);
    return {
      state: [buffer],
      step: (target, _, rate) => target.update(sgd(buffer, momentum, nesterov, decay, rate)),
    };
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, kind } = options;
  for (const beta of [beta1, beta2]) if (!(beta >= 0 && beta < 1)) throw outOfRange("beta", "in [0, 1)", beta);
  const [first, second] = [make(network.size), make(network.size)];
  return {
    state: [first, second],
    step: (target, step, rate) => {
      const scale = { rate: rate / (1 - beta1 ** step), root: Math.sqrt(1 - beta2 ** step) };
      const shrink = kind === "adamw" ? 1 - rate * decay : 1;
      target.update(adam(first, second, [beta1, beta2, epsilon], kind === "adam" ? decay : 0, shrink, scale));
    },
  };
}

const sgd =
  (buffer: Floats, momentum: number, nesterov: boolean, decay: number, rate: number): Rule =>
  (memory, { at, gradient, count, offset }) => {
    if (momentum === 0) {
      for (let i = 0; i < count; i++) memory[at + i] -= rate * (memory[gradient + i] + decay * memory[at + i]);
      return;
    }
    for (let i = 0; i < count; i++) {
      const g = memory[gradient + i] + decay * memory[at + i];
      const b = momentum * buffer[offset + i] + g;
      buffer[offset + i] = b;
      memory[at + i] -= rate * (nesterov ? g + momentum * b : b);
    }
  };

const adam =
  (
    first: Floats,
    second: Floats,
    [beta1, beta2, epsilon]: readonly [number, number, number],
    decay: number,
    shrink: number,
    scale: { readonly rate: number; readonly root: number },
  ): Rule =>
  (memory, { at, gradient, count, offset }) => {
    const { rate, root } = scale;
    for (let i = 0; i < count; i++) {
      const w = memory[at + i];
      const g = memory[gradient + i] + decay * w;
      const m = beta1 * first[offset + i] + (1 - beta1) * g;
      const v = beta2 * second[offset + i] + (1 - beta2) * g * g;
      first[offset + i] = m;
      second[offset + i] = v;
      memory[at + i] = w * shrink - (rate * m) / (Math.sqrt(v) / root + epsilon);
    }
  };

const outOfRange = (what: string, range: string, value: number): AppError =>
  new AppError("usage", `The ${what} is ${range}; got ${value}.`);
