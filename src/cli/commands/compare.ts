import { availableParallelism } from "node:os";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { finiteCompute } from "../../queue/finite-compute.js";
import { makeBatch, type Batch, type RowSource } from "../../data/index.js";
import { compareFinite, comparisonScoreNames } from "../../score/compare.js";
import type { FiniteBatch } from "../../kernels/finite/ntk.js";
import { defineCommand } from "../command.js";
import { computeFlags, computeShape, drawsShape } from "../finite-options.js";
import { comparisonJson, comparisonText } from "../compare-text.js";
import { isOnnx, loadNetworks, normMode } from "../onnx-networks.js";
import { normFlag, normShape, withMemory } from "../onnx-options.js";
import {
  dataFlags,
  dataShape,
  numberFlag,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  wordFlag,
} from "../options.js";

const defaultDraws = 20;

const schema = z.strictObject({
  files: z.array(z.string()).length(2, "expected two .onnx files"),
  score: wordFlag(comparisonScoreNames).default(comparisonScoreNames[0]),
  ...dataShape,
  ...drawsShape,
  init: wordFlag(["ntk", "paper", "kaiming", "pytorch", "normal"]).default("pytorch"),
  confidence: numberFlag({ above: 0.5 })
    .refine((value) => value < 1, "expected a number between 0.5 and 1")
    .default(0.99),
  ...normShape,
  ...computeShape,
  ...seedShape,
  ...outputShape,
});

type Options = z.output<typeof schema>;

export const compareCommand = defineCommand({
  name: "compare",
  summary: "which of two ONNX networks to train, with a probability",
  operands: [{ syntax: "<files...>", key: "files", description: "two networks, such as a.onnx b.onnx" }],
  flags: [
    ...dataFlags,
    {
      syntax: "--score <name>",
      description: `${comparisonScoreNames.join(", ")} (default: ${comparisonScoreNames[0]})`,
    },
    { syntax: "--draws <r>", description: `draws of weights and rows at most (default: ${defaultDraws})` },
    {
      syntax: "--confidence <p>",
      description: "stops when one has the larger mean score with this probability (default: 0.99)",
    },
    {
      syntax: "--init <name>",
      description: "how weights are drawn: ntk, paper, kaiming, pytorch or normal (default: pytorch)",
    },
    normFlag,
    ...computeFlags,
    ...seedFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas compare narrow.onnx wide.onnx --data mnist",
    "eigennas compare a.onnx b.onnx --data cifar10:data_batch_1.bin --samples 64 --bn coupled",
    "eigennas compare a.onnx b.onnx --data mnist --score lambda_min_normalized --init ntk",
  ],
  schema,
  run: async (options, io) => {
    const { files, seed, init, score, confidence, draws = defaultDraws } = options;
    const wrong = files.find((path) => !isOnnx(path));
    if (wrong !== undefined) {
      throw new AppError("usage", `expected two .onnx files, got "${wrong}"`, {
        hint: "Genotypes are compared by eigennas score A B --width M.",
      });
    }
    const { networks, batch, source } = await loadNetworks(files, options, io.cwd);
    const bn = normMode(networks, options.bn);
    const compute = withMemory(finiteCompute(options, availableParallelism()), options);
    const [a, b] = networks;
    const settings = { draws, confidence, init, seed, bn, score };
    const found = compareFinite(a.graph, b.graph, drawnRows(source, batch, options), settings, compute);
    io.out(
      options.json
        ? `${JSON.stringify(comparisonJson(files, found, { bn, init, seed, batch: batch.report }))}\n`
        : comparisonText({ a, b, found, init, bn, batch, rows: source.n }, io.width),
    );
    return 0;
  },
});

/** The rows of a draw: other ones each time, as many, where the data has more. */
function drawnRows(
  source: RowSource,
  batch: Batch,
  { seed, normalize = "unit", keepDuplicates }: Pick<Options, "seed" | "normalize" | "keepDuplicates">,
): (draw: number) => FiniteBatch {
  const { n } = batch;
  const options = { samples: n, normalize, deduplicate: !keepDuplicates };
  return (draw) => {
    const { inputs } = draw === 0 || n >= source.n ? batch : makeBatch(source, { ...options, seed: seed + draw });
    return { n, inputs };
  };
}
