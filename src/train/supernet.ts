import { activation } from "../arch/activations/registry.js";
import { AppError } from "../errors.js";
import { rowProducts } from "../math/linalg.js";
import { rng } from "../rng.js";
import { batchLoss, lossOf, type LossName } from "./loss.js";
import { decodeSnapshot, encodeSnapshot, snapshotKey } from "./snapshot.js";
import type { TrainingData, TrainingSet } from "./types.js";

/**
 * The relaxation of a space of layered networks (Liu, Simonyan, Yang 2019, DARTS): layer l computes
 * h_l = sum_a p_{l,a} sigma_a(g_l) + s_l h_{l-1}, g_l = W_l h_{l-1}, with p_l = softmax(alpha_l) over the activations and, from the second
 * hidden layer on, s_l = 1 / (1 + e^-beta_l) instead of a skip that is there or not.
 */
export interface SupernetOptions {
  readonly activations: readonly string[];
  /** L: hidden layers plus the output layer; at least 2. */
  readonly depth: number;
  readonly width: number;
  readonly outputs: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's rates of the weights, which have no decay, and of alpha and beta, whose decay is 0.001 (DARTS). */
  readonly weightRate: number;
  readonly choiceRate: number;
  /** `joint`: all at once on the training rows. `alternating`: alpha and beta on the validation rows (first-order DARTS). */
  readonly mode: "joint" | "alternating";
  readonly seed: number | string;
  /** Whether layers may have skips. */
  readonly skips: boolean;
}

/** Choices as they are weighed: per hidden layer the weights of the activations, and of the skip (none in the first). */
export interface SupernetChoice {
  readonly activations: readonly number[];
  readonly skip?: number | undefined;
}

export interface SupernetEpoch {
  readonly epoch: number;
  readonly loss: number;
  readonly layers: readonly SupernetChoice[];
  /** Gives the bytes to resume from; valid until the next epoch. */
  readonly snapshot: () => Uint8Array;
}

/** Everything learnt, as one list of arrays: W_1 .. W_L, then alpha and beta. */
export interface SupernetParameters {
  readonly weights: Float64Array[];
  /** Hidden layers x activations. */
  readonly alpha: Float64Array;
  /** Hidden layers; the first has no skip. */
  readonly beta: Float64Array;
}

/** Loss of a batch and its gradients. */
export interface SupernetGradient {
  readonly loss: number;
  readonly gradient: SupernetParameters;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function softmax(values: Float64Array): Float64Array {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** Rows as columns. */
function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
  return out;
}

/** First values: weights N(0, 2 / fan-in), all choices alike. */
export function supernetParameters(options: SupernetOptions, inputs: number): SupernetParameters {
  const { depth, width, outputs, activations, seed } = options;
  const weights = Array.from({ length: depth }, (_, l) => {
    const [rows, columns] = [l === depth - 1 ? outputs : width, l === 0 ? inputs : width];
    const random = rng(seed, "supernet weights", l);
    const deviation = Math.sqrt((l === depth - 1 ? 1 : 2) / columns);
    return new Float64Array(rows * columns).map(() => deviation * random.normal());
  });
  return { weights, alpha: new Float64Array((depth - 1) * activations.length), beta: new Float64Array(depth - 1) };
}

/** Loss of rows of a set and its gradient by everything that is learnt, in float64. */
export function supernetGradient(
  options: SupernetOptions,
  parameters: SupernetParameters,
  set: TrainingSet,
  rows: Int32Array,
  lossName: LossName,
): SupernetGradient {
  const { depth, width, outputs, activations, skips } = options;
  const { weights, alpha, beta } = parameters;
  const n = rows.length;
  const count = activations.length;
  const records = activations.map((name) => activation(name));
  const size = set.inputs.length / set.n;
  const h: Float64Array[] = [new Float64Array(n * size)];
  rows.forEach((row, i) => h[0].set(set.inputs.subarray(row * size, (row + 1) * size), i * size));
  const widths = [size, ...new Array<number>(depth - 1).fill(width), outputs];
  const g: Float64Array[] = [];
  const shares = Array.from({ length: depth - 1 }, (_, l) => softmax(alpha.slice(l * count, (l + 1) * count)));
  const skipOf = (l: number): number => (skips && l > 0 ? sigmoid(beta[l]) : 0);
  for (let l = 0; l < depth - 1; l++) {
    g[l] = rowProducts(h[l], n, weights[l], width, widths[l]);
    const skip = skipOf(l);
    h[l + 1] = g[l].map(
      (x, at) =>
        records.reduce((sum, record, a) => sum + shares[l][a] * record.value(x), 0) + (skip > 0 ? skip * h[l][at] : 0),
    );
  }
  const out = rowProducts(h[depth - 1], n, weights[depth - 1], outputs, width);
  const { loss, cotangent } = batchLoss(lossName, set, rows, out);
  const gradient: SupernetParameters = {
    weights: [],
    alpha: new Float64Array(alpha.length),
    beta: new Float64Array(beta.length),
  };
  /** D' X for cotangents D (n x outs) and inputs X (n x ins). */
  const weightGradient = (back: Float64Array, x: Float64Array, outs: number, ins: number): Float64Array =>
    rowProducts(transposed(back, n, outs), outs, transposed(x, n, ins), ins, n);
  const throughWeights = (back: Float64Array, l: number): Float64Array =>
    rowProducts(back, n, transposed(weights[l], widths[l + 1], widths[l]), widths[l], widths[l + 1]);
  gradient.weights[depth - 1] = weightGradient(cotangent, h[depth - 1], outputs, width);
  let back = throughWeights(cotangent, depth - 1);
  for (let l = depth - 2; l >= 0; l--) {
    const skip = skipOf(l);
    const inner = records.map((record) => {
      let sum = 0;
      for (let at = 0; at < back.length; at++) sum += back[at] * record.value(g[l][at]);
      return sum;
    });
    const mean = inner.reduce((sum, value, a) => sum + shares[l][a] * value, 0);
    inner.forEach((value, a) => (gradient.alpha[l * count + a] = shares[l][a] * (value - mean)));
    if (skip > 0) gradient.beta[l] = skip * (1 - skip) * back.reduce((sum, value, at) => sum + value * h[l][at], 0);
    const through = back.map(
      (value, at) => value * records.reduce((sum, record, a) => sum + shares[l][a] * record.derivative(g[l][at]), 0),
    );
    gradient.weights[l] = weightGradient(through, h[l], width, widths[l]);
    if (l > 0) {
      const next = throughWeights(through, l);
      if (skip > 0) for (let at = 0; at < next.length; at++) next[at] += skip * back[at];
      back = next;
    }
  }
  return { loss, gradient };
}

/**
 * Trains the supernet by Adam, epoch by epoch; the rate of the weights falls along half a cosine. The same numbers for the same
 * seed on every machine, resumed or not: `resume` takes a snapshot, whose epoch comes first again.
 * Throws AppError `usage` for sizes out of range or `alternating` without validation rows, `data` for data without targets or
 * a snapshot of something else, `numeric` when the loss is no number any more.
 */
export function* trainSupernet(
  data: TrainingData,
  options: SupernetOptions,
  resume?: Uint8Array,
): Generator<SupernetEpoch> {
  const { epochs, batch, mode, seed, outputs } = options;
  checkOptions(data, options);
  const { train: set, validation } = data;
  const lossName = lossOf(set, outputs, undefined);
  const parameters = supernetParameters(options, set.inputs.length / set.n);
  const steps = Math.ceil(set.n / batch);
  const weightSteps = adam(parameters.weights, 0);
  const choiceSteps = adam([parameters.alpha, parameters.beta], 1e-3);
  const state = [weightSteps, choiceSteps].flatMap(({ values, moments }) => [...values, ...moments]);
  const key = keyOf(data, options);
  const epochOf = (epoch: number, loss: number): SupernetEpoch => ({
    ...{ epoch, loss, layers: choicesOf(options, parameters) },
    snapshot: () => encodeSnapshot({ key, facts: { epoch, loss }, arrays: state }),
  });
  let done = 0;
  if (resume !== undefined) {
    const { facts, arrays } = decodeSnapshot(resume, key);
    state.forEach((array, k) => array.set(arrays[k]));
    done = facts.epoch as number;
    yield epochOf(done, facts.loss as number);
  }
  for (let epoch = done + 1; epoch <= epochs; epoch++) {
    const order = shuffled(set.n, seed, "order", epoch);
    const other = validation && shuffled(validation.n, seed, "validation order", epoch);
    let total = 0;
    for (let k = 0; k < steps; k++) {
      const rows = order.subarray(Math.floor((k * set.n) / steps), Math.floor(((k + 1) * set.n) / steps));
      const { loss, gradient } = supernetGradient(options, parameters, set, rows, lossName);
      if (!Number.isFinite(loss))
        throw new AppError("numeric", `The supernet diverges in epoch ${epoch}: its loss is ${loss}.`, {
          hint: "Use smaller rates.",
        });
      let choice = gradient;
      if (mode === "alternating" && validation && other) {
        const from = (k * batch) % validation.n;
        const held = other.subarray(from, from + batch);
        choice = supernetGradient(options, parameters, validation, held, lossName).gradient;
      }
      const step = (epoch - 1) * steps + k;
      const rate = (options.weightRate * (1 + Math.cos((Math.PI * step) / (epochs * steps)))) / 2;
      weightSteps.step(step + 1, gradient.weights, rate);
      choiceSteps.step(step + 1, [choice.alpha, choice.beta], options.choiceRate);
      total += (loss * rows.length) / set.n;
    }
    yield epochOf(epoch, total);
  }
}

/** What a snapshot is of: another supernet, or other rows, are refused. */
const keyOf = ({ train: set, validation }: TrainingData, options: SupernetOptions): string =>
  snapshotKey(
    { ...options, what: "supernet" },
    [set, validation].flatMap((rows) => [rows?.inputs, rows?.labels, rows?.targets]),
  );

function checkOptions({ validation }: TrainingData, options: SupernetOptions): void {
  const { depth, epochs, batch, mode, activations, outputs } = options;
  if (!(Number.isInteger(depth) && depth >= 2))
    throw new AppError("usage", `A depth of at least 2 is needed; got ${depth}.`);
  for (const [name, value] of Object.entries({ epochs, batch, width: options.width, outputs }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new AppError("usage", `The supernet's ${name} is an integer of at least 1; got ${value}.`);
  for (const value of [options.weightRate, options.choiceRate])
    if (!(value > 0 && Number.isFinite(value)))
      throw new AppError("usage", `The supernet's rates are numbers above 0; got ${value}.`);
  if (activations.length < 2) throw new AppError("usage", "At least two activations are needed to choose from.");
  if (mode === "alternating" && validation === undefined)
    throw new AppError("usage", "Alternating steps need validation rows.", {
      hint: "Hold some out, or use joint steps.",
    });
}

function shuffled(n: number, seed: number | string, what: string, epoch: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  return rng(seed, "supernet", what, epoch).drawToFront(order, n);
}

/** Weights of the choices of every hidden layer. */
export function choicesOf(
  { activations, depth, skips }: SupernetOptions,
  { alpha, beta }: SupernetParameters,
): SupernetChoice[] {
  const count = activations.length;
  return Array.from({ length: depth - 1 }, (_, l) => ({
    activations: [...softmax(alpha.slice(l * count, (l + 1) * count))],
    skip: skips && l > 0 ? sigmoid(beta[l]) : undefined,
  }));
}

/** Adam (0.9, 0.999, 1e-8) on some arrays in place. */
interface Adam {
  readonly values: readonly Float64Array[];
  /** Means of the gradients, then of their squares. */
  readonly moments: readonly Float64Array[];
  /** `count`: steps with this one. */
  step(count: number, gradients: readonly Float64Array[], rate: number): void;
}

function adam(values: readonly Float64Array[], decay: number): Adam {
  const [first, second] = [0, 1].map(() => values.map(({ length }) => new Float64Array(length)));
  return {
    values,
    moments: [...first, ...second],
    step: (count, gradients, rate) => {
      values.forEach((array, k) => {
        const [m, v] = [first[k], second[k]];
        for (let i = 0; i < array.length; i++) {
          const gradient = gradients[k][i] + decay * array[i];
          m[i] = 0.9 * m[i] + 0.1 * gradient;
          v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
          array[i] -= (rate * (m[i] / (1 - 0.9 ** count))) / (Math.sqrt(v[i] / (1 - 0.999 ** count)) + 1e-8);
        }
      });
    },
  };
}
