/**
 * `npm run bench`: the figures of benchmarks/RESULTS.md, each against a peer or a target in the same run.
 * `npm run bench -- search` runs the parts whose name contains the word; `-- --write` also writes RESULTS.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { modelPresets } from "../src/arch/architecture.js";
import { makeBatch, openDataset } from "../src/data/index.js";
import { evaluateOn, scannerOn } from "../src/queue/evaluate.js";
import { poolBackend } from "../src/queue/local.js";
import type { Backend } from "../src/queue/backend.js";
import { rng } from "../src/rng.js";
import { pathLayers } from "../src/score/kernel-loader.js";
import { Scorer } from "../src/score/scorer.js";
import { exactTopK, exhaustive, search, type SearchResult } from "../src/search/index.js";
import type { ScoredRow } from "../src/score/types.js";
import { fcnSpace, type Space } from "../src/spaces/index.js";
import { finiteRows } from "./finite.js";
import { median, seconds, verdict, type Row } from "./measure.js";
import { natsRows } from "./nats.js";
import { numpyArchitectures, numpyEigvalsh } from "./peers/numpy.js";

const five = ["relu", "leaky_relu(0.2)", "gelu", "sin", "erf"];
const ten = [...five, "sigmoid", "tanh", "silu", "elu", "softplus"];
const model = modelPresets.he;
const threads = 2;
const source = await openDataset("mnist");
const mnist = (samples: number) => makeBatch(source, { samples, seed: 0 });
async function medianOf(repeats: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    times.push((performance.now() - start) / 1000);
  }
  return median(times);
}

async function resultOf(
  events: AsyncGenerator<{ type: string; result?: SearchResult<ScoredRow> }>,
): Promise<SearchResult<ScoredRow>> {
  let result: SearchResult<ScoredRow> | undefined;
  for await (const event of events) result = event.result ?? result;
  return result!;
}

const exact = (space: Space, backend: Backend): Promise<SearchResult<ScoredRow>> =>
  resultOf(
    exactTopK(space, scannerOn(backend, space.spec, space.size, 10), {
      top: 10,
      better: "higher",
      rng: rng(0, "bench"),
    }) as never,
  );

async function onPool<T>(space: Space, use: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = poolBackend({ batch: mnist(128), model, metric: "lambda_min", space: space.spec }, threads);
  try {
    await Promise.all([1, 2].map(() => backend.run({ kind: "rows", genotypes: [space.at(0n)] })));
    return await use(backend);
  } finally {
    await backend.close();
  }
}

const parts: Record<string, () => Promise<Row[]>> = {
  single: () => {
    const space = fcnSpace({ depth: 4, activations: ten });
    const scorer = new Scorer({ batch: mnist(64), model, metric: "lambda_min", space: space.spec });
    const genotypes = Array.from({ length: 400 }, (_, i) => space.sample(rng(i, "single")));
    for (const genotype of genotypes) scorer.row(genotype);
    const times = genotypes.map((genotype) => {
      const start = performance.now();
      scorer.row(genotype);
      return (performance.now() - start) / 1000;
    });
    const typical = median(times);
    return Promise.resolve([
      {
        what: "one architecture, depth 4, n = 64: kernel, lambda_min with certificate, LB, UBpair",
        measured: seconds(typical),
        target: "2 ms",
        met: typical < 0.002,
      },
    ]);
  },

  eigvalsh: async () => {
    const n = 1000;
    const space = fcnSpace({ depth: 4, activations: ["relu"] });
    const scorer = new Scorer({ batch: mnist(n), model, metric: "lambda_min", space: space.spec });
    const layers = pathLayers(space.build("relu+relu-relu"));
    scorer.loader.angles!.load(layers);
    const { solver } = scorer.loader;
    const matrix = solver.matrix.slice();
    const ratios: number[] = [];
    let ours = 0;
    let theirs = 0;
    let difference = 0;
    let blas = "";
    for (let i = 0; i < 5; i++) {
      ours = await medianOf(3, () => Promise.resolve(solver.least()));
      const peer = numpyEigvalsh(matrix, n, 3);
      theirs = peer.seconds;
      blas = peer.blas;
      difference = Math.abs(solver.least().value / peer.value - 1);
      ratios.push(ours / theirs);
    }
    const ratio = median(ratios);
    return [
      {
        what: `lambda_min of a given matrix, n = ${n}, 1 thread: ${seconds(ours)} against numpy eigvalsh ${seconds(theirs)} on ${blas} (relative difference ${difference.toExponential(0)})`,
        measured: `${ratio.toFixed(2)} x numpy`,
        target: "2 x numpy",
        met: ratio <= 2,
      },
    ];
  },

  "space-50000": async () => {
    const space = fcnSpace({ depth: 6, activations: five });
    return onPool(space, async (backend) => {
      let all: SearchResult<ScoredRow> | undefined;
      let top: SearchResult<ScoredRow> | undefined;
      const everything = await medianOf(3, async () => {
        all = await resultOf(
          search(space, evaluateOn(backend), exhaustive(), {
            top: 10,
            better: "higher",
            rng: rng(0),
            batchSize: 2048,
          }) as never,
        );
      });
      const byBounds = await medianOf(3, async () => {
        top = await exact(space, backend);
      });
      const same = all!.top.every((row, i) => row.genotype === top!.top[i].genotype);
      const sample = Array.from({ length: 200 }, (_, i) => space.sample(rng(i, "numpy")));
      const batch = mnist(128);
      const peer = numpyArchitectures(batch.inputs, batch.n, batch.d, sample);
      const rows = await evaluateOn(backend)(sample);
      const worst = Math.max(...rows.map((row, i) => Math.abs(row.lambdaMin / peer.values[i] - 1)));
      const numpyAll = peer.seconds * Number(space.size);
      return [
        {
          what: "50,000 architectures (depth 6, 5 activations, n = 128 MNIST), every one scored",
          measured: seconds(everything),
          target: "60 s",
          met: everything <= 60,
        },
        {
          what: `exact top-10 of the 50,000 by bounds (${top!.evaluated} solved, ${top!.skippedByBound} skipped with proof; same ten as scoring all: ${String(same)})`,
          measured: seconds(byBounds),
          target: "10 s",
          met: byBounds <= 10 && same && top!.exactTopK,
        },
        {
          what: `the same in numpy on ${peer.blas}, 1 thread there and ${threads} here (${seconds(peer.seconds)} each over 200 random ones, ${numpyAll.toFixed(0)} s for all; lambda_min agrees to ${worst.toExponential(0)}): every one scored`,
          measured: `${(numpyAll / everything).toFixed(1)} x faster`,
          target: "20 x",
          met: numpyAll / everything >= 20,
        },
        {
          what: "the same: exact top-10",
          measured: `${(numpyAll / byBounds).toFixed(0)} x faster`,
          target: "20 x",
          met: numpyAll / byBounds >= 20,
        },
      ];
    });
  },

  "space-1600000": async () => {
    const space = fcnSpace({ depth: 6, activations: ten });
    return onPool(space, async (backend) => {
      let top: SearchResult<ScoredRow> | undefined;
      const byBounds = await medianOf(3, async () => {
        top = await exact(space, backend);
      });
      const sample = Array.from({ length: Number(space.size / 100n) }, (_, i) => space.sample(rng(i, "one percent")));
      const rows = await evaluateOn(backend)(sample);
      const threshold = top!.top[9].score;
      const listed = new Set(top!.top.map((row) => row.genotype));
      const missed = rows.filter((row) => row.score > threshold && !listed.has(row.genotype)).length;
      const memory = process.resourceUsage().maxRSS / 1024;
      return [
        {
          what: `exact top-10 of 1,600,000 (depth 6, 10 activations, n = 128): ${top!.evaluated} solved, ${top!.skippedByBound} skipped with proof; brute force on a random 1 % finds ${missed} better`,
          measured: seconds(byBounds),
          target: "60 s",
          met: byBounds <= 60 && missed === 0 && top!.exactTopK,
        },
        {
          what: "peak memory of the whole run (all parts so far, workers included)",
          measured: `${memory.toFixed(0)} MB`,
          target: "1,000 MB",
          met: memory < 1000,
        },
      ];
    });
  },
};

parts.finite = () => Promise.resolve(finiteRows());
parts.nats = () => Promise.resolve(natsRows());

/** Parts that take minutes and need PyTorch or data: they run only when named, and have a file of their own. */
const ownFiles: Readonly<Record<string, string>> = { finite: "./RESULTS-finite.md", nats: "./RESULTS-bench.md" };

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const rows: Row[] = [];
for (const [name, run] of Object.entries(parts)) {
  if (words.length > 0 ? !words.some((word) => name.includes(word)) : name in ownFiles) continue;
  for (const row of await run()) {
    rows.push(row);
    console.log(`${verdict(row).padEnd(6)}  ${row.measured.padEnd(16)} target ${row.target.padEnd(12)} ${row.what}`);
  }
}

const peers = `; medians of 3 runs or more.
Peers run in the same run (\`benchmarks/peers/\`): numpy on one thread, PyTorch on one and on two, of which the better counts, both with OpenBLAS free to choose its kernels, PyTorch with memory kept between tensors. Absolute times drift on a shared machine; the ratios do less.`;

if (process.argv.includes("--write")) {
  const [cpu] = cpus();
  const lines = rows.map((row) => `| ${row.what} | ${row.measured} | ${row.target} | ${verdict(row)} |`);
  writeFileSync(
    new URL(Object.entries(ownFiles).find(([name]) => words.includes(name))?.[1] ?? "./RESULTS.md", import.meta.url),
    `# Measured figures

Made by \`npm run bench -- ${[...words, "--write"].join(" ")}\` on ${String(cpus().length)} x ${cpu.model.trim()}, Node ${process.versions.node}, ${String(threads)} worker threads${words.includes("nats") ? ".\nScores kept from earlier runs are looked up; paces and memory are measured anew." : peers}

| what | measured | target | |
| --- | --- | --- | --- |
${lines.join("\n")}
`,
  );
}
