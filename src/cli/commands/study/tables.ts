import { join, resolve } from "node:path";
import { z } from "zod";
import { studyActivations } from "../../../study/pool.js";
import { summarise } from "../../../study/summary.js";
import { defineCommand } from "../../command.js";
import { interruptedExit } from "../../io.js";
import { outputFile } from "../../output-file.js";
import { flag, numberFlag, outputFlags, outputShape, seedShape, threadFlags, threadShape } from "../../options.js";
import { statusLine } from "../../progress.js";
import { runStudy } from "../../study-run.js";
import { folderTables, readEntries } from "../../study-tables.js";
import { studyText } from "../../study-text.js";

export const studyTablesCommand = defineCommand({
  name: "study tables",
  summary: "what each score is worth on tables: the networks it chooses, tested on rows held out",
  operands: [{ syntax: "<folder>", key: "folder", description: "folder of .csv files; the target is the last column" }],
  flags: [
    {
      syntax: "--tables <file>",
      description: 'JSON: {"cars.csv": {"target": "mpg", "drop": ["name"]}} or {"skip": "why"}',
    },
    {
      syntax: "--out <dir>",
      description: "folder of the results; a study that was stopped goes on there (default: eigennas-study)",
    },
    { syntax: "--splits <n>", description: "splits of each table, a fifth held out (default: 5)" },
    { syntax: "--pool <n>", description: "networks that the scores choose among, of depth 2 to 5 (default: 200)" },
    { syntax: "--rows <n>", description: "rows to learn from at most (default: 256)" },
    { syntax: "--reference <method>", description: "what the others are tested against (default: loo_error)" },
    { syntax: "--seed <n>", description: "seed of the splits and pools (default: 0)" },
    ...threadFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: ["eigennas study tables data/", "eigennas study tables data/ --tables targets.json --out study --pool 50"],
  schema: z.strictObject({
    folder: z.string().min(1, "expected a folder"),
    tables: z.string().optional(),
    out: z.string().min(1, "expected a folder").default("eigennas-study"),
    splits: numberFlag({ integer: true, least: 1 }).default(5),
    pool: numberFlag({ integer: true, least: 8 }).default(200),
    rows: numberFlag({ integer: true, least: 10 }).default(256),
    reference: z.string().default("loo_error"),
    ...seedShape,
    ...threadShape,
    quiet: flag,
    ...outputShape,
  }),
  run: async (options, io) => {
    const entries = options.tables === undefined ? {} : await readEntries(resolve(io.cwd, options.tables));
    const tables = await folderTables(resolve(io.cwd, options.folder), entries);
    const out = resolve(io.cwd, options.out);
    const [results, numbers, page] = ["results.jsonl", "summary.json", "summary.md"].map((name) =>
      outputFile(join(options.out, name), io.cwd),
    );
    const settings = {
      seed: options.seed,
      pool: { depths: [2, 5], activations: studyActivations, size: options.pool },
      share: 0.2,
      mostTrain: options.rows,
      mostTest: 400,
    } as const;
    const status = statusLine(io, options.quiet);
    const abort = new AbortController();
    const stopListening = io.onInterrupt(() => abort.abort());
    try {
      const outcome = await runStudy(tables, options.splits, settings, {
        file: results.path,
        threads: options.threads,
        signal: abort.signal,
        onDone: (done, of, table) => status.update(() => `${done} of ${of} splits, ${table}`),
      });
      status.end();
      if (abort.signal.aborted) {
        io.err(`Interrupted: the results so far are in ${out}; the same command goes on.\n`);
        return interruptedExit;
      }
      const summary = outcome.results.length === 0 ? null : summarise(outcome.results, options.reference);
      const text = studyText(outcome, summary, settings);
      const { skipped } = outcome;
      await numbers.write(`${JSON.stringify({ settings, summary, skipped }, null, 2)}\n`);
      await page.write(text);
      io.out(options.json ? `${JSON.stringify({ out, settings, summary, skipped })}\n` : text);
      return outcome.results.length === 0 ? 1 : 0;
    } finally {
      stopListening();
      status.end();
    }
  },
});
