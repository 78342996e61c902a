import { z } from "zod";
import { applyTable, makeBatch, rowPreparer, type AppliedTable, type RowSource } from "../../data/index.js";
import { AppError } from "../../errors.js";
import { KernelPredictor } from "../../score/predictor.js";
import type { Run } from "../../store/index.js";
import { defineCommand } from "../command.js";
import { numberFlag, outputFlags, outputShape, storeFlags, storePath, storeShape } from "../options.js";
import { outputFile } from "../output-file.js";
import { csvText, predictedRows, type PredictedRow } from "../predict-output.js";
import { openSource } from "../prepare.js";
import { storedRun } from "../stored-run.js";

/** Rows that are predicted at once. */
const chunk = 1000;

export const predictCommand = defineCommand({
  name: "predict",
  summary: "predict classes or values of a CSV file with the network that a search found",
  operands: [{ syntax: "<run>", key: "run", description: "id of a search on a csv with --target, or latest" }],
  flags: [
    {
      syntax: "--data <file>",
      description: "CSV file with the columns of the search's; a target column is not needed",
    },
    { syntax: "--genotype <genotype>", description: "another network than the best of the run" },
    { syntax: "--rows <n>", description: "rows of the search's data to learn from at most (default: 1,000)" },
    { syntax: "--out <file>", description: "write the CSV there (default: standard output)" },
    ...storeFlags,
    ...outputFlags,
  ],
  examples: ["eigennas predict latest --data new.csv", "eigennas predict latest --data new.csv --out predicted.csv"],
  schema: z.strictObject({
    run: z.string(),
    data: z.string({ error: "expected a CSV file; got nothing" }),
    genotype: z.string().optional(),
    rows: numberFlag({ integer: true, least: 2 }).default(1000),
    out: z.string().min(1, "expected a file name").optional(),
    ...storeShape,
    ...outputShape,
  }),
  run: async (options, io) => {
    const file = outputFile(options.out, io.cwd);
    const run = storedRun(options.run, storePath(options.store, io.cwd));
    const genotype = options.genotype ?? run.artifacts?.winner?.genotype;
    if (genotype === undefined) {
      throw new AppError("data", `run ${run.id}: expected a best network, this run found none`, {
        hint: "Name one with --genotype, or search again.",
      });
    }
    const source = await trainingSource(run);
    const { seed, normalize } = run.protocol.batch;
    const train = makeBatch(source, {
      ...(source.n > options.rows && { samples: options.rows }),
      seed,
      normalize,
      classBalanced: false,
      deduplicate: false,
    });
    const predictor = new KernelPredictor(genotype, train, run.protocol.model);
    const applied = await applyTable(source.preprocessing, options.data.replace(/^csv:/, ""), { cwd: io.cwd });
    const rows = predictAll(
      predictor,
      rowPreparer(source, normalize)(applied.inputs, applied.n),
      applied,
      train.d,
      source,
    );
    const { leaveOneOut, classes } = predictor;
    const about = {
      run: run.id,
      genotype,
      task: classes === undefined ? "regression" : "classification",
      learntFrom: train.n,
      ridge: leaveOneOut.ridge,
      leaveOneOut: {
        error: leaveOneOut.error,
        accuracy: leaveOneOut.accuracy ?? null,
        logLoss: leaveOneOut.logLoss ?? null,
      },
      notes: applied.notes,
    };
    const text = csvText(rows);
    await file?.write(text);
    if (options.json) io.out(`${JSON.stringify({ ...about, predictions: rows })}\n`);
    else if (file === undefined) io.out(text);
    if (!options.json) {
      const figure =
        leaveOneOut.accuracy === undefined
          ? `leave-one-out R² ${(1 - leaveOneOut.error).toFixed(3)}`
          : `leave-one-out accuracy ${leaveOneOut.accuracy.toFixed(3)}`;
      io.err(`${genotype}, learnt from ${train.n} rows: ${figure}. ${rows.length} rows predicted.\n`);
      for (const note of applied.notes) io.err(`note: ${note}\n`);
    }
    return 0;
  },
});

/** The data of the run, read again. Throws AppError `data` when it is not a table with a target, or not the same any more. */
async function trainingSource({ id, protocol }: Run): Promise<RowSource & Required<Pick<RowSource, "preprocessing">>> {
  const { source: how, batch } = protocol;
  if (how?.target === undefined || !how.data.startsWith("csv:")) {
    throw new AppError("data", `run ${id}: expected a search on a csv with --target, it was one on ${batch.dataSpec}`, {
      hint: "Search with --data csv:FILE --target COLUMN, then predict.",
    });
  }
  const source = await openSource(how);
  if (source.hash !== batch.dataHash || source.preprocessing === undefined) {
    throw new AppError(
      "data",
      `run ${id}: ${how.data} is not the data of the search any more, its contents have changed`,
      {
        hint: "Restore the file, or search again on the new one.",
        details: { expected: batch.dataHash, received: source.hash },
      },
    );
  }
  return { ...source, preprocessing: source.preprocessing };
}

function predictAll(
  predictor: KernelPredictor,
  inputs: Float64Array,
  { n }: AppliedTable,
  d: number,
  { classNames }: RowSource,
): PredictedRow[] {
  const rows: PredictedRow[] = [];
  for (let start = 0; start < n; start += chunk) {
    const count = Math.min(chunk, n - start);
    const part = { n: count, d, inputs: inputs.slice(start * d, (start + count) * d) };
    rows.push(...predictedRows(predictor.predict(part), predictor.classes, classNames, count));
  }
  return rows;
}
