import { activation } from "../arch/activations/registry.js";
import { AppError } from "../errors.js";
import { ensureActivation, ownActivations } from "./activations.js";

const half = [0.1, 0.25, 0.37, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 2.9, 3.1, 3.5, 4, 5, 5.9, 6.2, 8, 12];

/** Where functions of one number are compared. */
export const grid = Float64Array.of(...half.map((x) => -x).reverse(), 0, ...half);

/** Constants of a file are float32: functions that differ by less are one. */
const tolerance = 1e-6;

const at = (samples: Float64Array, x: number): number => samples[grid.indexOf(x)];

/** The values of a function on the grid. */
export const sampled = (f: (x: number) => number): Float64Array => grid.map(f);

/** A function as `factor` times an activation. */
export interface Recognised {
  readonly activation: string;
  readonly factor: number;
}

/** Activations without parameters, simplest first. */
const plain = ["linear", "relu", "sigmoid", "tanh", "silu", "gelu", "softplus", "sin", "erf"];

/** Values of activations without parameters. */
const known = new Map<string, Float64Array>();

function samplesOf(name: string): Float64Array {
  let found = known.get(name);
  if (found === undefined) {
    const record = ownActivations.get(name) ?? activation(name);
    found = sampled((x) => record.value(x));
    if (!name.includes("(")) known.set(name, found);
  }
  return found;
}

/** The activation that a function is, times a number; undefined when it is none of ours. */
export function recognise(samples: Float64Array): Recognised | undefined {
  if (!samples.every(Number.isFinite)) return undefined;
  for (const name of [...plain, ...ownActivations.keys()]) {
    const factor = factorOf(samples, samplesOf(name));
    if (factor === undefined) continue;
    ensureActivation(name);
    return { activation: name, factor };
  }
  const top = at(samples, 1);
  if (top === 0) return undefined;
  for (const name of [
    `leaky_relu(${short(-at(samples, -1) / top)})`,
    `elu(${short(at(samples, -1) / top / (Math.exp(-1) - 1))})`,
  ]) {
    const factor = attempt(() => factorOf(samples, samplesOf(name)));
    if (factor !== undefined) return { activation: activation(name).name, factor };
  }
  return undefined;
}

/** A float32 number as it was typed. */
export const short = (value: number): number => Number(value.toPrecision(7));

/** Least squares factor from `reference` to `samples`, if that leaves nothing. */
function factorOf(samples: Float64Array, reference: Float64Array): number | undefined {
  let [product, square, largest] = [0, 0, 0];
  samples.forEach((value, k) => {
    product += value * reference[k];
    square += reference[k] ** 2;
    largest = Math.max(largest, Math.abs(value));
  });
  const factor = product / square;
  if (!samples.every((value, k) => Math.abs(value - factor * reference[k]) <= tolerance * largest)) return undefined;
  return Math.abs(factor - 1) <= tolerance ? 1 : factor;
}

/** Undefined where there is no such activation. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
