import { z } from "zod";
import { Scorer } from "../../score/scorer.js";
import { parseGenotype } from "../../spaces/index.js";
import { defineCommand } from "../command.js";
import {
  dataFlags,
  dataShape,
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
import { loadBatch } from "../prepare.js";
import { theoryOf } from "../theory-of.js";
import { theoryText } from "../theory-text.js";

const schema = z.strictObject({
  ...genotypeShape,
  ...dataShape,
  ...modelShape,
  delta: z
    .string()
    .transform((text, context) => {
      const value = text.trim() === "" ? NaN : Number(text);
      if (value > 0 && value < 1) return value;
      context.addIssue({ code: "custom", message: `expected a number between 0 and 1, got "${text}"` });
      return z.NEVER;
    })
    .default(0.05),
  ...seedShape,
  ...outputShape,
});

export const boundsCommand = defineCommand({
  name: "bounds",
  summary: "every bound of λmin with formula and assumptions, training speed, generalization",
  operands: [genotypeOperand],
  flags: [
    ...dataFlags,
    ...modelFlags,
    { syntax: "--delta <p>", description: "probability with which the generalization bound may fail (default: 0.05)" },
    ...seedFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas bounds relu-relu+silu --data mnist",
    "eigennas bounds tanh+tanh --data spirals:n=60,noise=0.1 --delta 0.01 --json",
  ],
  schema,
  run: async (options, io) => {
    const model = modelOf(options);
    options.genotype.forEach((genotype) => parseGenotype(genotype));
    const batch = await loadBatch(options, io.cwd, { everyRow: true });
    const scorer = new Scorer({ batch, model, metric: "lambda_min" });
    const theories = options.genotype.map((genotype) => theoryOf(scorer, genotype, batch, model, options.delta));
    if (options.json) {
      const results = theories.map((theory) => ({ ...theory, batch: batch.report, model }));
      io.out(`${JSON.stringify(results.length === 1 ? results[0] : { results })}\n`);
    } else {
      io.out(theories.map((theory) => theoryText(theory, batch, model, io.width)).join("\n"));
    }
    return 0;
  },
});
