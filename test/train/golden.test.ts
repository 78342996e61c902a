import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../src/kernels/finite/engine/interpreter.js";
import { nativeKernels } from "../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../src/kernels/finite/engine/wasm.js";
import { TrainableNetwork } from "../../src/kernels/finite/trainable.js";
import { train, type OptimizerOptions, type TrainResult } from "../../src/train/index.js";
import { trainNets, trainParameters, wave } from "../support/train-golden.js";

interface Case {
  readonly net: "mlp" | "conv";
  readonly optimizer: "sgd" | "momentum" | "nesterov" | "adam" | "adamw";
  readonly loss: "cross-entropy" | "squared";
  readonly precision: "float64" | "float32";
  readonly losses: number[];
  readonly evaluated: number;
  readonly tensors: Record<string, [first: number, norm: number, product: number]>;
}

/** Made by test/golden/train.py: PyTorch 1.13. */
const { cases } = JSON.parse(readFileSync(new URL("../golden/train.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

const optimizers: Record<
  Case["optimizer"],
  { optimizer: OptimizerOptions; weightDecay?: number; learningRate: number }
> = {
  sgd: { optimizer: { kind: "sgd", momentum: 0 }, learningRate: 0.1 },
  momentum: { optimizer: { kind: "sgd", momentum: 0.9 }, weightDecay: 5e-3, learningRate: 0.1 },
  nesterov: { optimizer: { kind: "sgd", momentum: 0.8, nesterov: true }, learningRate: 0.1 },
  adam: { optimizer: { kind: "adam" }, weightDecay: 1e-2, learningRate: 0.02 },
  adamw: {
    optimizer: { kind: "adamw", beta1: 0.8, beta2: 0.99, epsilon: 1e-6 },
    weightDecay: 0.1,
    learningRate: 0.02,
  },
};

const n = 12;

async function trajectory(item: Case, engine: typeof referenceEngine, threads = 1) {
  const { graph, names } = trainNets[item.net];
  const size = graph.input.reduce((a, b) => a * b, 1);
  const set = {
    n,
    inputs: wave(n * size, 0.5, 1),
    ...(item.loss === "squared"
      ? { targets: wave(n * 3, 2.5, 1) }
      : { labels: Int32Array.from({ length: n }, (_, i) => (i * i) % 3) }),
  };
  const parameters = trainParameters(new TrainableNetwork(graph, n, { engine }).graph);
  const losses: number[] = [];
  let result: TrainResult | undefined;
  const options = { engine, threads, epochs: 10, batch: n, warmup: 3, parameters, loss: item.loss };
  for await (const event of train(graph, { train: set }, { ...options, ...optimizers[item.optimizer] })) {
    if (event.type === "step") losses.push(event.loss);
    if (event.type === "done") result = event.result;
  }
  const probes = Object.fromEntries(
    result!.tensors.map(({ name, values }) => {
      const dot = name.lastIndexOf(".");
      const random = wave(values.length, 9, 1);
      const norm = Math.hypot(...values);
      const product = values.reduce((sum, value, at) => sum + value * random[at], 0);
      return [`${names[name.slice(0, dot)]}${name.slice(dot)}`, [values[0], norm, product]];
    }),
  );
  return { losses, evaluated: result!.train.loss, probes };
}

function expectAlike(found: Awaited<ReturnType<typeof trajectory>>, item: Case, tolerance: number): void {
  expect(found.losses).toHaveLength(10);
  found.losses.forEach((loss, step) => expect(Math.abs(loss - item.losses[step])).toBeLessThan(tolerance));
  expect(Math.abs(found.evaluated - item.evaluated)).toBeLessThan(tolerance * 5);
  expect(Object.keys(found.probes).sort()).toEqual(Object.keys(item.tensors).sort());
  for (const [name, probe] of Object.entries(item.tensors))
    probe.forEach((value, k) => {
      const error = Math.abs(found.probes[name][k] - value) / Math.max(1, probe[1]);
      expect(error, `${name} ${k}`).toBeLessThan(tolerance * 5);
    });
}

describe("ten steps against PyTorch", () => {
  for (const item of cases.filter(({ precision }) => precision === "float64"))
    it(`${item.net} by ${item.optimizer}, ${item.loss}, float64`, async () => {
      expectAlike(await trajectory(item, referenceEngine), item, 1e-10);
    });

  const singles = [wasmEngine, ...(nativeKernels().engines ?? []).slice(0, 1)];
  // float32: Adam divides by the root of tiny second moments, which the first steps make sensitive to rounding.
  for (const engine of singles)
    for (const item of cases.filter(({ precision }) => precision === "float32"))
      it(`${item.net} by ${item.optimizer}, float32 on ${engine.name}`, async () => {
        expectAlike(await trajectory(item, engine, 2), item, item.optimizer.startsWith("adam") ? 2e-3 : 2e-5);
      });
});
