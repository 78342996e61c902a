import { availableParallelism } from "node:os";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { finiteCompute } from "../../queue/finite-compute.js";
import { checkFiniteMemory, finiteWidthScore } from "../../score/finite-width.js";
import { evaluateFully } from "../../score/full.js";
import { pathLayers } from "../../score/kernel-loader.js";
import { Scorer } from "../../score/scorer.js";
import { parseGenotype } from "../../spaces/index.js";
import { defineCommand } from "../command.js";
import { finiteFlags, finiteSettings, finiteShape } from "../finite-options.js";
import { compareNeighbours, comparisonsText, finiteText } from "../finite-text.js";
import {
  dataFlags,
  dataShape,
  flag,
  genotypeOperand,
  genotypeShape,
  modelFlags,
  modelOf,
  modelShape,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
} from "../options.js";
import { isOnnx } from "../onnx-networks.js";
import { onnxFlags, onnxShape } from "../onnx-options.js";
import { scoreOnnx } from "../score-onnx.js";
import { checkMatrix, loadBatch, manyInputs } from "../prepare.js";
import { scoreCard } from "../score-text.js";

const schema = z.strictObject({
  ...genotypeShape,
  ...dataShape,
  ...modelShape,
  ...finiteShape,
  ...onnxShape,
  kernel: flag,
  spectrum: flag,
  ...seedShape,
  ...outputShape,
});

export const scoreCommand = defineCommand({
  name: "score",
  summary: "all scores and bounds of given networks, or of ONNX files, on given data",
  operands: [{ ...genotypeOperand, description: `${genotypeOperand.description}; or .onnx files` }],
  flags: [
    ...dataFlags,
    ...modelFlags,
    ...finiteFlags,
    ...onnxFlags,
    { syntax: "--kernel", description: "with --json: the kernel matrix, rows in the order of the inputs" },
    { syntax: "--spectrum", description: "with --json: all eigenvalues, ascending" },
    ...seedFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas score relu-relu+silu --data mnist",
    "eigennas score relu-relu-relu tanh+tanh --data csv:points.csv --c1 1 --c 1 --json",
    "eigennas score 'leaky_relu(0.2)+relu' --data csv:iris.csv --target species",
    "eigennas score relu+relu tanh+tanh --data spirals:n=40 --width 512 --draws 5",
    "eigennas score model.onnx --data cifar10:data_batch_1.bin --samples 64",
    "eigennas score model.onnx --data mnist --weights keep",
  ],
  schema,
  run: async (options, io) => {
    if (options.genotype.every(isOnnx)) return scoreOnnx(options, io);
    checkGenotypes(options);
    const model = modelOf(options);
    const architectures = options.genotype.map(parseGenotype);
    const batch = await loadBatch(options, io.cwd, { everyRow: true });
    checkMatrix(batch.n);
    const context = { batch, model, metric: "lambda_min" };
    const settings = finiteSettings(options, options.seed, batch);
    const compute = settings && finiteCompute(settings, availableParallelism());
    if (settings !== undefined) options.genotype.forEach((text) => checkFiniteMemory(text, context, settings));
    const scorer = new Scorer(context);
    const note = (k: number): void => {
      if (batch.n > manyInputs) io.err(`scoring network ${k + 1} of ${architectures.length} on ${batch.n} inputs\n`);
    };
    const items = options.genotype.map((genotype, k) => {
      note(k);
      return evaluateFully(scorer, genotype);
    });
    const finite =
      settings && options.genotype.map((genotype) => finiteWidthScore(scorer, genotype, settings, compute));
    const comparisons = compareNeighbours(finite ?? []);
    if (!options.json) {
      const cards = items.map(
        (item, k) =>
          scoreCard(item, batch, model, io.width) +
          (finite === undefined ? "" : finiteText(finite[k], item.lambdaMin, item.bounds, io.width)),
      );
      io.out(cards.join("\n") + (comparisons.length === 0 ? "" : `\n${comparisonsText(comparisons)}`));
      return 0;
    }
    const { n } = batch;
    const results = items.map((item, k) => {
      const { solver } = scorer.loader;
      if (options.kernel || options.spectrum) scorer.loader.load(architectures[k], pathLayers(architectures[k]));
      const { matrix } = solver;
      return {
        ...item,
        batch: batch.report,
        model,
        ...(finite && { finite: finite[k] }),
        ...(options.kernel && {
          rows: [...batch.rows],
          kernel: Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, (i + 1) * n)]),
        }),
        ...(options.spectrum && { spectrum: [...solver.eigenvalues()] }),
      };
    });
    io.out(`${JSON.stringify(results.length === 1 ? results[0] : { results, ...(finite && { comparisons }) })}\n`);
    return 0;
  },
});

/** Throws AppError `usage` for files among genotypes, and flags of files. */
function checkGenotypes({ genotype, weights, bn }: z.output<typeof schema>): void {
  const file = genotype.find(isOnnx);
  if (file !== undefined) throw new AppError("usage", `expected genotypes or .onnx files, got both (${file})`);
  const useless = weights !== undefined ? "--weights" : bn !== undefined ? "--bn" : undefined;
  if (useless === undefined) return;
  throw new AppError("usage", `${useless}: it belongs to .onnx files, got the genotype ${genotype[0]}`);
}
