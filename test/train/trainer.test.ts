import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../src/kernels/finite/engine/interpreter.js";
import { chooseEngine } from "../../src/kernels/finite/engine/choose.js";
import { crossEntropy } from "../../src/kernels/finite/loss.js";
import { finiteNtk } from "../../src/kernels/finite/ntk.js";
import type { Parameter } from "../../src/kernels/finite/ir.js";
import { initialTensors } from "../../src/export/tensors.js";
import { rSquared } from "../../src/math/r-squared.js";
import { TrainableNetwork } from "../../src/kernels/finite/trainable.js";
import { rng } from "../../src/rng.js";
import {
  checkpointFile,
  train,
  type TrainingData,
  type TrainOptions,
  type TrainResult,
} from "../../src/train/index.js";
import { augmentInto } from "../../src/train/augment.js";
import { batchLoss } from "../../src/train/loss.js";
import { trainNets, trainParameters, wave } from "../support/train-golden.js";

const { engine } = chooseEngine();
const { graph } = trainNets.conv;
const size = 72;

/** Three classes that differ in the mean of the first channel. */
function images(n: number, seed: string) {
  const generator = rng(seed);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  const inputs = new Float32Array(n * size).map((_, at) => {
    const [row, pixel] = [Math.floor(at / size), at % size];
    return generator.normal() + (pixel < 36 ? 1.2 * (labels[row] - 1) : 0);
  });
  return { n, inputs, labels };
}

const data = { train: images(90, "train"), validation: images(30, "validation"), test: images(60, "test") };
const recipe: TrainOptions = {
  engine,
  epochs: 4,
  batch: 16,
  learningRate: 0.1,
  augment: { flip: true, crop: 1 },
  seed: 5,
};

async function run(options: TrainOptions, given: TrainingData = data): Promise<TrainResult> {
  for await (const event of train(graph, given, options)) if (event.type === "done") return event.result;
  throw new Error("cancelled");
}

const bytesOf = ({ tensors }: TrainResult): string => JSON.stringify(tensors.map(({ values }) => [...values]));

describe("gradients", () => {
  it("are those of finite differences", () => {
    const network = new TrainableNetwork(graph, 5, { engine: referenceEngine });
    const parameters = trainParameters(network.graph);
    const [inputs, labels] = [wave(5 * size, 1, 1), Int32Array.from([0, 1, 2, 1, 0])];
    const lossAt = (): number => crossEntropy(network.train(inputs, 5), labels, 5).loss;
    network.setParameters(parameters);
    network.backward(crossEntropy(network.train(inputs, 5), labels, 5).cotangent);
    const gradients = network.gradients();
    let checked = 0;
    parameters.forEach((values, k) => {
      for (const at of [0, values.length - 1]) {
        const [step, original] = [1e-5, values[at]];
        const [above, below] = [original + step, original - step].map((value) => {
          values[at] = value;
          network.setParameters(parameters);
          return lossAt();
        });
        values[at] = original;
        expect(Math.abs((above - below) / (2 * step) - gradients[k][at])).toBeLessThan(1e-8);
        checked++;
      }
    });
    expect(checked).toBe(18);
  });
});

describe("train", () => {
  it("learns, and says how well on every set", async () => {
    const result = await run(recipe);
    expect(result.history).toHaveLength(4);
    expect(result.stopped).toBe("complete");
    expect(result.history[3].train.loss).toBeLessThan(result.history[0].train.loss);
    expect(result.test!.score).toBeGreaterThan(0.8);
    expect(result.tensors.map(({ name }) => name)).toEqual([
      ...[
        "c1.weight",
        "n1.weight",
        "n1.bias",
        "c2.weight",
        "c2.bias",
        "n2.weight",
        "n2.bias",
        "out.weight",
        "out.bias",
      ],
      ...["n1.running_mean", "n1.running_var", "n2.running_mean", "n2.running_var"],
    ]);
    expect(result.tensors[3].shape).toEqual([5, 4, 3, 3]);
  });

  it("gives the same bytes again, and with two threads; other seeds others", async () => {
    const first = bytesOf(await run(recipe));
    expect(bytesOf(await run(recipe))).toBe(first);
    expect(bytesOf(await run({ ...recipe, threads: 2 }))).toBe(first);
    expect(bytesOf(await run({ ...recipe, seed: 6 }))).not.toBe(first);
  });

  for (const optimizer of [{ kind: "sgd" }, { kind: "adam" }] as const)
    it(`gives the same bytes after a stop at any step (${optimizer.kind})`, async () => {
      const options: TrainOptions = { ...recipe, optimizer, learningRate: 0.02, epochs: 3, patience: 3 };
      const whole = bytesOf(await run(options));
      for (const stop of [1, 6, 9, 12]) {
        const controller = new AbortController();
        let [steps, snapshot]: [number, Uint8Array | undefined] = [0, undefined];
        for await (const event of train(graph, data, { ...options, signal: controller.signal })) {
          if (event.type === "step" && ++steps === stop) controller.abort();
          if (event.type === "cancelled") snapshot = event.snapshot();
        }
        expect(steps).toBe(stop);
        expect(bytesOf(await run({ ...options, resume: snapshot }))).toBe(whole);
      }
    });

  it("gives the same bytes from the snapshot of any step, as after a hard kill", async () => {
    const options: TrainOptions = { ...recipe, learningRate: 0.02, epochs: 2, patience: 2 };
    const snapshots: Uint8Array[] = [];
    for await (const event of train(graph, data, options))
      if (event.type === "step") snapshots.push(event.snapshot().slice());
    expect(snapshots).toHaveLength(12);
    const whole = await run(options);
    for (const k of [0, 4, 5, 6, 11]) {
      const resumed = await run({ ...options, resume: snapshots[k] });
      expect(bytesOf(resumed)).toBe(bytesOf(whole));
      expect(resumed.history).toEqual(whole.history);
    }
  });

  it("refuses a snapshot of another training, and damaged ones", async () => {
    let snapshot: Uint8Array = new Uint8Array();
    for await (const event of train(graph, data, { ...recipe, epochs: 1 }))
      if (event.type === "epoch") snapshot = event.snapshot();
    await expect(run({ ...recipe, epochs: 1, weightDecay: 0.1, resume: snapshot })).rejects.toThrow(/another training/);
    const changed = snapshot.slice();
    changed[changed.length >> 1] ^= 1;
    await expect(run({ ...recipe, epochs: 1, resume: changed })).rejects.toThrow(/damaged/);
    await expect(run({ ...recipe, epochs: 1, resume: snapshot.slice(0, 60) })).rejects.toThrow(/damaged/);
    await expect(run({ ...recipe, epochs: 1, resume: new Uint8Array(100) })).rejects.toThrow(/other bytes/);
  });

  it("names a training that diverges", async () => {
    const failure = run({ ...recipe, learningRate: 1e6, augment: {}, optimizer: { kind: "sgd", momentum: 0.9 } });
    await expect(failure).rejects.toMatchObject({ code: "numeric", details: { epoch: 1 } });
    await expect(failure).rejects.toThrow(/diverges: the loss is .* in epoch 1, step \d of 6, at a learning rate/);
  });

  it("names a training whose only step made it diverge", async () => {
    const once = { ...recipe, epochs: 1, batch: 90, learningRate: 1e30, augment: {}, seed: 3 };
    await expect(run(once)).rejects.toMatchObject({ code: "numeric", details: { epoch: 1, step: 1 } });
  });

  it("resumes with figures that are no numbers in JSON", async () => {
    const targets = Float64Array.from({ length: 90 * 3 }, (_, i) => i % 7);
    const odd = { n: 2, inputs: new Float32Array(2 * size).fill(3e38), targets: new Float64Array(6) };
    const sets = { train: { n: 90, inputs: data.train.inputs, targets }, validation: odd };
    const options = { ...recipe, epochs: 2, learningRate: 0.001 };
    let snapshot: Uint8Array | undefined;
    for await (const event of train(graph, sets, options))
      if (event.type === "epoch") snapshot ??= event.snapshot().slice();
    const whole = await run(options, sets);
    expect(Number.isFinite(whole.history[0].validation!.loss)).toBe(false);
    expect((await run({ ...options, resume: snapshot }, sets)).history).toEqual(whole.history);
  });

  it("has R² where all targets of a set are equal: 0, as scikit-learn's r2_score", async () => {
    const targets = Float64Array.from({ length: 90 * 3 }, (_, i) => Math.sin(i));
    const test = { n: 30, inputs: data.validation.inputs, targets: new Float64Array(90).fill(0.1) };
    const sets = { train: { n: 90, inputs: data.train.inputs, targets }, test };
    const { test: found } = await run({ ...recipe, epochs: 1, learningRate: 0.001 }, sets);
    expect(found!.loss).toBeGreaterThan(0);
    expect(found!.score).toBe(0);
    expect([rSquared(0, 0), rSquared(0.5, 2), rSquared(4, 2)]).toEqual([1, 0.75, -1]);
  });

  it("does not take large targets for a divergence: all large, or some of a later batch", async () => {
    const options = { ...recipe, augment: {}, epochs: 2, learningRate: 1e-9 };
    const inputs = data.train.inputs;
    const large = { n: 90, inputs, targets: new Float64Array(270).fill(1e8) };
    const { history } = await run({ ...options, optimizer: { kind: "adam" }, learningRate: 0.1 }, { train: large });
    expect(history[1].train.loss).toBeLessThan(history[0].train.loss);
    for (const row of [0, 30, 60]) {
      const outlier = { n: 90, inputs, targets: new Float64Array(270).fill(1e4, 3 * row, 3 * row + 3) };
      expect((await run(options, { train: outlier })).history).toHaveLength(2);
    }
  });

  it("begins running statistics as the graph has them", () => {
    const running = { mean: [1, 2, 3, 4, 5].slice(0, 4), variance: [4, 3, 2, 1] };
    const nodes = graph.nodes.map((node) => (node.id === "n1" && node.op === "norm" ? { ...node, running } : node));
    const given = { ...graph, nodes };
    const network = new TrainableNetwork(given, 5, { engine });
    expect([...network.running[0].mean]).toEqual(running.mean);
    expect([...network.running[0].variance]).toEqual(running.variance);
    expect(new Set(network.running[1].variance)).toEqual(new Set([1]));
    const exported = initialTensors(given, "pytorch", 1);
    expect([...exported.find(({ name }) => name === "n1.running_mean")!.values]).toEqual(running.mean);
    // What the float64 reference computes with them, in its mode for evaluation.
    const parameters = trainParameters(network.graph);
    network.setParameters(parameters);
    const inputs = wave(5 * size, 1, 1);
    const kept = (parameter: Parameter): Float64Array =>
      parameters[network.graph.parameters.findIndex(({ name }) => name === parameter.name)];
    const { outputs } = finiteNtk(
      given,
      { n: 5, inputs: Float64Array.from(inputs) },
      { ...{ bn: "eval" }, parameters: kept, parameterisation: "standard" },
    );
    network.evaluate(inputs, 5).forEach((value, k) => expect(value).toBeCloseTo(outputs[k], 4));
  });

  it("stops early and goes back to the best epoch", async () => {
    const noise = images(20, "noise");
    const wrong = { ...noise, labels: Int32Array.from(noise.labels, (label) => (label + 1) % 3) };
    const result = await run({ ...recipe, epochs: 30, patience: 2 }, { ...data, validation: wrong });
    expect(result.stopped).toBe("early");
    expect(result.history.length).toBe(result.epoch + 2);
    const losses = result.history.map(({ validation }) => validation!.loss);
    expect(result.validation!.loss).toBe(Math.min(...losses));
  });

  it("refuses what makes no sense", async () => {
    await expect(run({ ...recipe, epochs: 0 })).rejects.toThrow(/epochs/);
    await expect(run({ ...recipe, learningRate: -1 })).rejects.toThrow(/learning rate/);
    await expect(run({ ...recipe, optimizer: { kind: "sgd", momentum: 1 } })).rejects.toThrow(/momentum/);
    const bad = { ...data.train, inputs: data.train.inputs.slice().fill(NaN, 80, 81) };
    await expect(run(recipe, { ...data, train: bad })).rejects.toThrow(/number 8 of row 1/);
    const wide = { ...data.train, labels: data.train.labels.map((label) => label + 1) };
    await expect(run(recipe, { ...data, train: wide })).rejects.toThrow(/Class 3/);
    const other = { ...data.test, labels: data.test.labels.map((label) => label + 1) };
    await expect(run(recipe, { ...data, test: other })).rejects.toThrow(/Class 3/);
    const short = { ...data.validation, labels: data.validation.labels.slice(1) };
    await expect(run(recipe, { ...data, validation: short })).rejects.toThrow(/30 classes are expected/);
    const targets = new Float64Array(90 * 3).fill(NaN, 4, 5);
    const odd = { train: { n: 90, inputs: data.train.inputs, targets } };
    await expect(run(recipe, odd)).rejects.toThrow(/row 1 is NaN/);
    await expect(run({ ...recipe, warmup: -1 })).rejects.toThrow(/warm-up/);
    await expect(run({ ...recipe, patience: 0 })).rejects.toThrow(/Patience is an integer/);
    const alone = { train: data.train };
    await expect(run({ ...recipe, patience: 1 }, alone)).rejects.toThrow(/validation/);
  });
});

describe("parts", () => {
  it("augments by shifts and mirrors that keep the pixels", () => {
    const source = Float32Array.from({ length: 32 }, (_, i) => i + 1);
    const seen = new Set<string>();
    const generator = rng("augment");
    for (let k = 0; k < 400; k++) {
      const target = new Float32Array(32).fill(-1);
      augmentInto(source, 0, target, 0, [2, 4, 4], { flip: true, crop: 1 }, generator);
      seen.add(target.join(" "));
    }
    expect(seen.size).toBe(18); // 2 mirrors x 3 x 3 shifts
    expect(seen).toContain([...source].join(" "));
    const mirrored = Array.from({ length: 32 }, (_, i) => source[(i & ~3) + 3 - (i & 3)]);
    expect(seen).toContain(mirrored.join(" "));
    const up = Array.from({ length: 32 }, (_, i) => (i % 16 < 12 ? source[i + 4] : 0));
    expect(seen).toContain(up.join(" "));
  });

  it("takes classes as one-hot targets of the squared loss", () => {
    const set = { n: 2, inputs: new Float32Array(0), labels: Int32Array.from([1, 0]) };
    const { loss, cotangent, right } = batchLoss(
      "squared",
      set,
      Int32Array.from([1, 0]),
      Float64Array.from([2, 0, 0, 3]),
    );
    expect(loss).toBeCloseTo((1 + 0 + 0 + 4) / 4);
    expect([...cotangent]).toEqual([0.5, 0, 0, 1]);
    expect(right).toBe(2);
  });

  it("writes checkpoints as a whole or not at all", () => {
    const folder = mkdtempSync(join(tmpdir(), "eigennas-train-"));
    const file = checkpointFile(join(folder, "a.training"));
    expect(file.read()).toBeUndefined();
    file.write(Uint8Array.from([1, 2, 3]));
    file.write(Uint8Array.from([4, 5]));
    expect([...file.read()!]).toEqual([4, 5]);
    expect(readdirSync(folder)).toEqual(["a.training"]);
    mkdirSync(join(folder, "b.training"));
    expect(() => checkpointFile(join(folder, "b.training")).write(new Uint8Array(1))).toThrow(/b\.training/);
    expect(readdirSync(folder)).toEqual(["a.training", "b.training"]); // no draft stays
    rmdirSync(join(folder, "b.training"));
    file.remove();
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, "file"), "");
    expect(() => checkpointFile(join(folder, "file", "x")).write(new Uint8Array(1))).toThrow(/ENOTDIR/);
  });
});
