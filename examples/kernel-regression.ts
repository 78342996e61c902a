/** Infinitely wide networks as classifiers: kernel regression on two spirals. Run: npx tsx examples/kernel-regression.ts */
import { makeBatch, openDataset, type Batch } from "../src/data/index.js";
import { crossKernel, infiniteKernel, modelPresets, parseGenotype, SymmetricSolver } from "../src/index.js";

const spirals = async (n: number, seed: number): Promise<Batch> =>
  makeBatch(await openDataset(`spirals:n=${n},noise=0.01,seed=${seed}`));
const signs = (batch: Batch): Float64Array => Float64Array.from(batch.labels ?? [], (label) => (label === 1 ? 1 : -1));

const train = await spirals(240, 1);
const test = await spirals(400, 2);

for (const genotype of ["relu+relu+relu", "relu-relu-relu", "linear-linear-linear"]) {
  const architecture = parseGenotype(genotype);
  const solver = new SymmetricSolver(train.n);
  solver.matrix.set(infiniteKernel(architecture, train, modelPresets.he).data);
  const weights = solver.factor((1e-6 * solver.trace()) / train.n)?.solve(signs(train));
  if (weights === undefined) throw new Error(`${genotype}: the kernel with its ridge is not positive definite`);

  const { data } = crossKernel(architecture, test, train, modelPresets.he);
  const right = signs(test).filter((sign, i) => {
    const prediction = weights.reduce((sum, weight, j) => sum + weight * data[i * train.n + j], 0);
    return Math.sign(prediction) === sign;
  });
  console.log(`${genotype.padEnd(20)} test accuracy ${(right.length / test.n).toFixed(4)}`);
}
