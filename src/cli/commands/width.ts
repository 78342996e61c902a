import { z } from "zod";
import { finiteCompute } from "../../queue/finite-compute.js";
import { finiteOn } from "../../queue/finite.js";
import { inlineBackend, poolBackend } from "../../queue/local.js";
import { renderWidthPage, type WidthCurve } from "../../report/index.js";
import { checkFiniteMemory, noLimit } from "../../score/finite-width.js";
import { evaluateFully } from "../../score/full.js";
import { Scorer } from "../../score/scorer.js";
import { formatGenotype, parseGenotype } from "../../spaces/index.js";
import { defineCommand } from "../command.js";
import { computeFlags, computeShape, drawsFlag, drawsShape, finiteSettings, widthsFlag } from "../finite-options.js";
import { computedText, finiteTable } from "../finite-text.js";
import { batchText, modelText } from "../model-text.js";
import { counted } from "../numbers.js";
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
  threadFlags,
  threadShape,
} from "../options.js";
import { outputFile } from "../output-file.js";
import { loadBatch } from "../prepare.js";
import { wrapped } from "../table.js";
import { packageVersion } from "../version.js";

const schema = z.strictObject({
  ...genotypeShape,
  ...dataShape,
  ...modelShape,
  widths: widthsFlag,
  ...drawsShape,
  ...computeShape,
  out: z.string().min(1, "expected a file name").optional(),
  ...seedShape,
  ...threadShape,
  ...outputShape,
});

export const widthCommand = defineCommand({
  name: "width",
  summary: "lambda_min against width, with the limit and its bounds (the paper's simulation)",
  operands: [genotypeOperand],
  flags: [
    ...dataFlags,
    ...modelFlags,
    { syntax: "--widths <list>", description: "separated by commas (default: 32,64,128,256,512)" },
    drawsFlag,
    ...computeFlags,
    { syntax: "--out <file>", description: "HTML page with the figure (default: none)" },
    ...seedFlags,
    ...threadFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas width relu+relu tanh-tanh --data sphere:n=24,d=12 --widths 32,128,512 --out width.html",
    "eigennas width relu-relu-relu --data mnist --samples 64 --json",
  ],
  schema,
  run: async (options, io) => {
    const page = outputFile(options.out, io.cwd);
    const model = modelOf(options);
    const genotypes = [...new Set(options.genotype.map((text) => formatGenotype(parseGenotype(text))))];
    const batch = await loadBatch(options, io.cwd, { everyRow: true });
    const context = { batch, model, metric: "lambda_min" };
    const { draws, engine, memory } = options;
    finiteCompute({ engine });
    const jobs = genotypes.flatMap((genotype) =>
      options.widths.map((width) => ({
        genotype,
        settings: finiteSettings({ width, draws, engine, memory }, options.seed, batch)!,
      })),
    );
    const bytes = Math.max(...jobs.map(({ genotype, settings }) => checkFiniteMemory(genotype, context, settings)));
    const scorer = new Scorer(context);
    const limits = genotypes.map((genotype) => evaluateFully(scorer, genotype));
    const threads = Math.min(options.threads, jobs.length);
    const backend = threads > 1 ? poolBackend(context, threads) : inlineBackend(context);
    try {
      const scores = (await finiteOn(backend, jobs, bytes)).filter((score) => score !== undefined);
      const curves = limits.map(({ genotype, lambdaMin, lambdaMinNormalized, bounds: { LB, UBpair } }): WidthCurve => {
        const points = scores.filter((score) => score.genotype === genotype);
        return { genotype, lambdaMin, lambdaMinNormalized, LB, UBpair, points };
      });
      const study = {
        version: packageVersion(),
        command: io.commandLine,
        batch: batch.report,
        model: modelText(model),
        curves,
      };
      const file = await page?.write(renderWidthPage(study));
      if (options.json) {
        io.out(`${JSON.stringify({ networks: curves, batch: batch.report, model, ...(file && { file }) })}\n`);
        return 0;
      }
      io.out(
        [
          `${batchText(batch)}; ${modelText(model)}; ${counted(jobs[0].settings.draws, "draw")} a width; ${computedText(scores)}\n\n`,
          finiteTable(curves),
          "\n",
          wrapped(
            "s.e.: standard error of the mean over draws. certificate: proved lower bound of each draw, mean over draws. LB, UBpair: bounds of the limit.",
            io.width,
          ),
          ...(scores.length < jobs.length
            ? [`${counted(jobs.length - scores.length, "network")} left out: values overflow.\n`]
            : []),
          ...(model.crossTerms ? [] : [wrapped(`warning: ${noLimit}`, io.width)]),
          ...batch.report.notes.map((note) => wrapped(`note: ${note}`, io.width)),
          ...(file === undefined ? [] : [`Open ${file} in a browser.\n`]),
        ].join(""),
      );
      return 0;
    } finally {
      await backend.close();
    }
  },
});
