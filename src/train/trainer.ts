import { setImmediate } from "node:timers/promises";
import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { sizeOf } from "../kernels/finite/ir.js";
import { drawParameters } from "../kernels/finite/parameters.js";
import { TrainableNetwork } from "../kernels/finite/trainable.js";
import { rSquared } from "../math/r-squared.js";
import { rng } from "../rng.js";
import { augmentInto, checkAugment } from "./augment.js";
import { batchLoss, lossOf, targetVariance, type LossName } from "./loss.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";
import { learningRate } from "./schedule.js";
import { decodeSnapshot, encodeSnapshot, snapshotKey } from "./snapshot.js";
import { tensorsOf } from "./tensors.js";
import type { EpochRecord, Evaluation, TrainEvent, TrainingData, TrainingSet, TrainOptions } from "./types.js";

type Floats = Float32Array | Float64Array;

/** A loss of so many times that of the first batch, and of outputs that are all 0, says that the training diverges. */
const divergence = 100;

/** What changes while a training goes on, besides weights and what the optimizer remembers. */
interface Progress {
  /** Steps done. */
  step: number;
  /** Sums over the batches of the epoch so far. */
  loss: number;
  right: number;
  /** Loss of the first batch. */
  first: number;
  history: EpochRecord[];
  best: { epoch: number; loss: number } | undefined;
}

/**
 * Trains a network: an async generator of events, one a step and one an epoch, with a snapshot to resume from, and the result.
 * Weights, order and augmentation are keyed by the seed: the same bytes on every run of one engine, with any number of
 * threads, and after any resume. The loss of the batch is the mean over its samples.
 * Throws AppError `usage` for options out of range, `data` for data that do not fit the network or a snapshot of something
 * else, `numeric` when the training diverges (with epoch, step and loss), `space` for a wrong graph.
 *
 * @example
 * for await (const event of train(cellNetwork(operations), { train, test }, { engine, epochs: 12, learningRate: 0.1 }))
 *   if (event.type === "done") console.log(event.result.test.score);
 */
export async function* train(
  architecture: GraphArchitecture,
  data: TrainingData,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  const training = new Training(architecture, data, options);
  const { signal, epochs, patience } = options;
  const { progress, steps } = training;
  let stopped: "complete" | "early" = "complete";
  const snapshot = (): Uint8Array => training.snapshot();
  while (progress.step < epochs * steps) {
    if (patience !== undefined && progress.step % steps === 0 && training.outOfPatience(patience)) {
      stopped = "early";
      break;
    }
    await setImmediate();
    if (signal?.aborted === true) {
      yield { type: "cancelled", snapshot };
      return;
    }
    const loss = training.step();
    const epoch = Math.ceil(progress.step / steps);
    const record = progress.step % steps === 0 ? training.endEpoch() : undefined;
    yield { type: "step", epoch, step: progress.step - (epoch - 1) * steps, steps, loss, snapshot };
    if (record !== undefined) yield { type: "epoch", record, snapshot };
  }
  yield { type: "done", result: { ...training.result(), stopped } };
}

class Training {
  readonly steps: number;
  readonly progress: Progress = { step: 0, loss: 0, right: 0, first: NaN, history: [], best: undefined };
  readonly #network: TrainableNetwork;
  readonly #architecture: GraphArchitecture;
  readonly #data: TrainingData;
  readonly #options: TrainOptions;
  readonly #optimizer: Optimizer;
  readonly #loss: LossName;
  readonly #variance: number;
  readonly #size: number;
  readonly #inputs: Floats;
  readonly #order: Int32Array;
  #ordered = -1;
  #best: { readonly parameters: Float64Array[]; readonly running: Float64Array[] } | undefined;
  #key: string | undefined;

  constructor(architecture: GraphArchitecture, data: TrainingData, options: TrainOptions) {
    const { engine, threads = 1, memory, batch = 128, epochs, weightDecay = 0, augment = {}, resume } = options;
    for (const [name, value] of Object.entries({ epochs, batch }))
      if (!(Number.isInteger(value) && value >= 1))
        throw new AppError("usage", `The number of ${name} is an integer of at least 1; got ${value}.`);
    if (options.patience !== undefined && !(Number.isInteger(options.patience) && options.patience >= 1))
      throw new AppError("usage", `Patience is an integer of at least 1; got ${options.patience}.`);
    if (options.patience !== undefined && data.validation === undefined)
      throw new AppError("usage", "Patience needs a validation set.", { hint: "Hold some rows out for it." });
    const { n } = data.train;
    this.#architecture = architecture;
    this.#data = data;
    this.#options = options;
    const largest = Math.min(batch, n);
    this.#network = new TrainableNetwork(architecture, largest, { engine, threads, memory });
    this.#size = sizeOf(architecture.input);
    for (const set of setsOf(data)) checkSet(set, this.#size);
    checkAugment(augment, architecture.input);
    this.#loss = lossOf(data.train, this.#network.classes, options.loss);
    for (const set of setsOf(data)) lossOf(set, this.#network.classes, this.#loss);
    this.#variance = targetVariance(data.train);
    this.steps = Math.ceil(n / largest);
    const single = engine.allocate(1).values instanceof Float32Array;
    const make = (length: number): Floats => (single ? new Float32Array(length) : new Float64Array(length));
    this.#inputs = make(largest * this.#size);
    this.#optimizer = makeOptimizer(options.optimizer ?? { kind: "sgd" }, weightDecay, this.#network.size, make);
    this.#order = new Int32Array(n);
    learningRate(options, 0, epochs * this.steps, this.steps);
    const { init = "kaiming", seed = 0, parameters } = options;
    this.#network.setParameters(parameters ?? drawParameters(this.#network.graph, init, seed, 0));
    if (resume !== undefined) this.#restore(resume);
  }

  /** One step of descent; returns the loss of its batch. */
  step(): number {
    const { progress, steps } = this;
    const { train: set } = this.#data;
    const { augment, epochs, seed = 0 } = this.#options;
    const epoch = Math.floor(progress.step / steps);
    const within = progress.step - epoch * steps;
    const rows = this.#rows(epoch, within);
    const generator = augment === undefined ? undefined : rng(seed, "augment", epoch, within);
    rows.forEach((row, i) => {
      const [from, to] = [row * this.#size, i * this.#size];
      if (generator === undefined) this.#inputs.set(set.inputs.subarray(from, from + this.#size), to);
      else augmentInto(set.inputs, from, this.#inputs, to, this.#architecture.input, augment!, generator);
    });
    const outputs = this.#network.train(this.#inputs, rows.length);
    const { loss, cotangent, right } = batchLoss(this.#loss, set, rows, outputs);
    if (progress.step === 0) progress.first = loss;
    this.#checkLoss(loss, rows, progress.step);
    this.#network.backward(cotangent);
    progress.step++;
    this.#optimizer.step(
      this.#network,
      progress.step,
      learningRate(this.#options, progress.step - 1, epochs * steps, steps),
    );
    progress.loss += loss * rows.length;
    progress.right += right;
    return loss;
  }

  /** Looks at the validation set and writes the epoch down. */
  endEpoch(): EpochRecord {
    const { progress, steps } = this;
    const { epochs, patience } = this.#options;
    const { n } = this.#data.train;
    const epoch = progress.step / steps;
    const loss = progress.loss / n;
    const validation = this.#data.validation && this.evaluate(this.#data.validation);
    const record: EpochRecord = {
      epoch,
      learningRate: learningRate(this.#options, progress.step - 1, epochs * steps, steps),
      train: { loss, score: this.#score(loss, progress.right, n) },
      ...(validation && { validation }),
    };
    progress.history.push(record);
    [progress.loss, progress.right] = [0, 0];
    if (patience !== undefined && validation && validation.loss < (progress.best?.loss ?? Infinity)) {
      progress.best = { epoch, loss: validation.loss };
      this.#best = { parameters: this.#network.parameters(), running: this.#running().map((array) => array.slice()) };
    }
    return record;
  }

  outOfPatience(patience: number): boolean {
    const { best, history } = this.progress;
    return best !== undefined && history.length - best.epoch >= patience;
  }

  /** Loss and score of a set by the running statistics. */
  evaluate(set: TrainingSet): Evaluation {
    const { batch } = this.#network;
    let [loss, right] = [0, 0];
    for (let first = 0; first < set.n; first += batch) {
      const rows = Int32Array.from({ length: Math.min(batch, set.n - first) }, (_, i) => first + i);
      this.#inputs.set(set.inputs.subarray(first * this.#size, (first + rows.length) * this.#size));
      const part = batchLoss(this.#loss, set, rows, this.#network.evaluate(this.#inputs, rows.length));
      loss += (part.loss * rows.length) / set.n;
      right += part.right;
    }
    return { loss, score: this.#score(loss, right, set.n, set) };
  }

  result() {
    const { progress } = this;
    if (this.#best !== undefined) {
      this.#network.setParameters(this.#best.parameters);
      this.#running().forEach((array, k) => array.set(this.#best!.running[k]));
    }
    const { train: trained, validation, test } = this.#data;
    const last = this.evaluate(trained);
    this.#checkLoss(last.loss, this.#order, progress.step - 1);
    return {
      history: progress.history,
      epoch: progress.best?.epoch ?? progress.history.length,
      train: last,
      ...(validation && { validation: this.evaluate(validation) }),
      ...(test && { test: this.evaluate(test) }),
      tensors: tensorsOf(this.#network),
    };
  }

  snapshot(): Uint8Array {
    const { progress } = this;
    const best = this.#best === undefined ? [] : [...this.#best.parameters, ...this.#best.running];
    return encodeSnapshot({
      key: this.#keyed(),
      facts: { ...progress },
      arrays: [...this.#network.parameters(), ...this.#running(), ...this.#optimizer.state, ...best],
    });
  }

  #restore(bytes: Uint8Array): void {
    const { facts, arrays } = decodeSnapshot(bytes, this.#keyed());
    Object.assign(this.progress, facts);
    const { parameters } = this.#network.graph;
    const take = [...arrays];
    this.#network.setParameters(take.splice(0, parameters.length));
    for (const array of [...this.#running(), ...this.#optimizer.state]) array.set(take.shift()!);
    if (take.length > 0) {
      this.#best = {
        parameters: take.splice(0, parameters.length) as Float64Array[],
        running: take as Float64Array[],
      };
    }
  }

  #running(): Float64Array[] {
    return this.#network.running.flatMap(({ mean, variance }) => [mean, variance]);
  }

  #keyed(): string {
    const { engine, parameters, ...given } = this.#options;
    const recipe = { ...given, threads: undefined, memory: undefined, resume: undefined, signal: undefined };
    const arrays = setsOf(this.#data).flatMap(({ inputs, labels, targets }) => [inputs, labels, targets]);
    return (this.#key ??= snapshotKey({ architecture: this.#architecture, recipe, engine: engine.name }, [
      ...arrays,
      ...(parameters ?? []),
    ]));
  }

  /** Rows of a batch: the epoch's order cut into parts that differ by one at most. */
  #rows(epoch: number, within: number): Int32Array {
    const { n } = this.#data.train;
    if (this.#ordered !== epoch) {
      for (let i = 0; i < n; i++) this.#order[i] = i;
      rng(this.#options.seed ?? 0, "order", epoch).drawToFront(this.#order, n);
      this.#ordered = epoch;
    }
    const at = (part: number): number => Math.floor((part * n) / this.steps);
    return this.#order.subarray(at(within), at(within + 1));
  }

  #score(loss: number, right: number, n: number, set = this.#data.train): number {
    if (set.labels !== undefined) return right / n;
    return rSquared(loss, set === this.#data.train ? this.#variance : targetVariance(set));
  }

  /**
   * Throws AppError `numeric` for a loss of these rows, at or after a step (0-based), that says that the training diverges: one
   * far above the first one, unless the rows themselves have large targets.
   */
  #checkLoss(loss: number, rows: Int32Array, step: number): void {
    const { steps } = this;
    const { first } = this.progress;
    if (loss <= divergence * (first + 1)) return;
    const zeros = new Float64Array(rows.length * this.#network.classes);
    if (loss <= divergence * batchLoss(this.#loss, this.#data.train, rows, zeros).loss) return;
    const [epoch, within] = [Math.floor(step / steps) + 1, (step % steps) + 1];
    const rate = learningRate(this.#options, step, this.#options.epochs * steps, steps);
    throw new AppError(
      "numeric",
      `The training diverges: the loss is ${loss} in epoch ${epoch}, step ${within} of ${steps}, at a learning rate of ${rate}; it was ${first} in the first step.`,
      {
        hint: `Use a smaller learning rate than ${this.#options.learningRate}, or a warm-up.`,
        details: { epoch, step: within, loss, learningRate: rate },
      },
    );
  }
}

const setsOf = ({ train: trained, validation, test }: TrainingData): TrainingSet[] =>
  [trained, validation, test].filter((set) => set !== undefined);

function checkSet({ n, inputs }: TrainingSet, size: number): void {
  if (n >= 1 && inputs.length === n * size) {
    for (let at = 0; at < inputs.length; at++) {
      if (Number.isFinite(inputs[at])) continue;
      throw new AppError(
        "data",
        `Inputs must be finite numbers; number ${at % size} of row ${Math.floor(at / size)} is ${inputs[at]}.`,
      );
    }
    return;
  }
  throw new AppError(
    "data",
    `${n} rows of ${size} numbers are expected, as the network reads; got ${inputs.length} numbers.`,
  );
}
