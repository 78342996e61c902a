import { availableParallelism } from "node:os";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { finiteCompute } from "../../queue/finite-compute.js";
import { compareFinite } from "../../score/finite.js";
import { defineCommand } from "../command.js";
import { computeFlags, computeShape, drawsShape } from "../finite-options.js";
import { meanText } from "../finite-text.js";
import { batchText } from "../model-text.js";
import { counted } from "../numbers.js";
import { isOnnx, loadNetworks, normMode, sizeText } from "../onnx-networks.js";
import { normFlag, normShape, normWords, withMemory } from "../onnx-options.js";
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
import { fields, wrapped } from "../table.js";

const defaultDraws = 20;

const schema = z.strictObject({
  files: z.array(z.string()).length(2, "expected two .onnx files"),
  ...dataShape,
  ...drawsShape,
  init: wordFlag(["ntk", "paper", "kaiming", "pytorch", "normal"]).default("ntk"),
  confidence: numberFlag({ above: 0.5 })
    .refine((value) => value < 1, "expected a number between 0.5 and 1")
    .default(0.99),
  ...normShape,
  ...computeShape,
  ...seedShape,
  ...outputShape,
});

export const compareCommand = defineCommand({
  name: "compare",
  summary: "which of two ONNX networks to train, with a probability",
  operands: [{ syntax: "<files...>", key: "files", description: "two networks, such as a.onnx b.onnx" }],
  flags: [
    ...dataFlags,
    { syntax: "--draws <r>", description: `draws of the weights at most (default: ${defaultDraws})` },
    {
      syntax: "--confidence <p>",
      description: "stops when one has the larger λmin with this probability (default: 0.99)",
    },
    {
      syntax: "--init <name>",
      description: "how weights are drawn: ntk, paper, kaiming, pytorch or normal (default: ntk)",
    },
    normFlag,
    ...computeFlags,
    ...seedFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas compare narrow.onnx wide.onnx --data mnist",
    "eigennas compare a.onnx b.onnx --data cifar10:data_batch_1.bin --samples 64 --bn coupled",
  ],
  schema,
  run: async (options, io) => {
    const { files, seed, init, confidence, draws = defaultDraws } = options;
    const wrong = files.find((path) => !isOnnx(path));
    if (wrong !== undefined) {
      throw new AppError("usage", `expected two .onnx files, got "${wrong}"`, {
        hint: "Genotypes are compared by eigennas score A B --width M.",
      });
    }
    const { networks, batch } = await loadNetworks(files, options, io.cwd);
    const bn = normMode(networks, options.bn);
    const compute = withMemory(finiteCompute(options, availableParallelism()), options);
    const { n, inputs } = batch;
    const [a, b] = networks;
    const found = compareFinite(a.graph, b.graph, { n, inputs }, { draws, confidence, init, seed, bn }, compute);
    const better = found.probability >= 0.5 ? a : b;
    const chance = Math.max(found.probability, 1 - found.probability);
    const used = found.a.values.length;
    if (options.json) {
      const item = {
        files,
        train: found.probability === 0.5 ? null : better.path,
        probability: chance,
        bn,
        init,
        seed,
      };
      io.out(`${JSON.stringify({ ...item, decided: found.decided, a: found.a, b: found.b, batch: batch.report })}\n`);
      return 0;
    }
    const normed = [a, b].some(({ graph }) => graph.nodes.some(({ op }) => op === "norm"));
    io.out(
      [
        fields([
          ["data", batchText(batch)],
          ["draws", `${used} of each by ${init}`],
          ...(normed ? [["batch norms", `${bn}: ${normWords[bn]}`] as const] : []),
          ["A", `${a.path}, ${sizeText(a)}`],
          ["λmin of A", meanText(found.a)],
          ["B", `${b.path}, ${sizeText(b)}`],
          ["λmin of B", meanText(found.b)],
        ]),
        "\n",
        found.probability === 0.5
          ? "Neither: the draws do not tell them apart.\n"
          : used < 3
            ? `${better.path} has the larger λmin here; ${counted(used, "draw")} cannot say how sure that is.\n`
            : `Train ${better.path}: its mean λmin is the larger one with probability ${chance > 0.9995 ? "> 0.999" : chance.toFixed(3)}.\n`,
        ...[...a.notes, ...b.notes].map((note) => wrapped(`note: ${note}`, io.width)),
      ].join(""),
    );
    return 0;
  },
});
