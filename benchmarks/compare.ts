/**
 * `npx tsx benchmarks/compare.ts TABLE IMAGES [CELLS]`: of how many pairs of NATS-Bench cells the scores of `eigennas compare` prefer
 * the one that is better after training (CIFAR-10 test accuracy), by the mean of two draws of weights and of 32 images.
 *
 * TABLE: nasbench201.csv.gz. IMAGES: CIFAR-10 in its binary format. CELLS: how many, spread evenly over the representatives of the
 * 6,466 functions (default 100), with 16 channels and one cell a stage.
 */
import { modelPresets } from "../src/arch/architecture.js";
import { makeBatch, openDataset } from "../src/data/index.js";
import { chooseEngine } from "../src/kernels/finite/engine/choose.js";
import type { Initialisation } from "../src/kernels/finite/parameters.js";
import { comparisonScore, comparisonScoreNames } from "../src/score/compare.js";
import { overDraws } from "../src/score/finite-draws.js";
import { genotypeNetwork, topologyArch, topologyClasses } from "../src/spaces/index.js";
import { needColumn, readTable } from "../src/tables/index.js";

const [tableFile, images, count = "100"] = process.argv.slice(2);
const [rows, draws] = [32, [0, 1]];

const { engine } = chooseEngine();
const source = await openDataset(`cifar10:${images}`);
const batches = draws.map((seed) => makeBatch(source, { samples: rows, seed, normalize: "unit" }));
const table = await readTable(tableFile, { space: "topology" });
const accuracies = needColumn(table, "c10_test");
const classes = topologyClasses();
const cells = Array.from(
  { length: Number(count) },
  (_, k) => classes[Math.floor((k * classes.length) / Number(count))],
);
const accuracyOf = new Map(Array.from(table.indices, (index, row) => [index, accuracies[row]]));

for (const init of ["ntk", "pytorch"] as const satisfies readonly Initialisation[]) {
  const scores = cells.map((cell) => scoresOf(topologyArch(cell), init));
  comparisonScoreNames.forEach((name, k) => {
    const [right, decided] = pairs(
      scores.map((values) => values[k]),
      cells.map((cell) => accuracyOf.get(cell)!),
    );
    console.log(`${init} ${name}: ${((100 * right) / decided).toFixed(1)} % of ${decided} pairs`);
  });
}

/** Every score of a cell, averaged over the draws. */
function scoresOf(arch: string, init: Initialisation): number[] {
  const network = genotypeNetwork(arch, modelPresets.he, { cells: 1 });
  const options = { init, bn: "instance", seed: 0 } as const;
  return overDraws(network, batches[0], options, { engine, threads: 2 }, (networks) => {
    const kernels = draws.map((draw) => networks.kernel(draw, { n: rows, inputs: batches[draw].inputs }));
    return comparisonScoreNames.map(
      (name) => kernels.reduce((sum, kernel) => sum + comparisonScore(name).read(kernel), 0) / draws.length,
    );
  }).value;
}

/** Pairs that both order alike, and pairs that neither leaves equal. */
function pairs(x: readonly number[], y: readonly number[]): readonly [right: number, decided: number] {
  let [right, decided] = [0, 0];
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const sign = Math.sign(x[i] - x[j]) * Math.sign(y[i] - y[j]);
      if (sign !== 0) decided++;
      if (sign > 0) right++;
    }
  return [right, decided];
}
