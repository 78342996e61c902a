import { relative } from "node:path";
import { z } from "zod";
import { AppError } from "../../../errors.js";
import { importNats, type ImportProgress, type ImportSummary } from "../../../tables/index.js";
import { defineCommand } from "../../command.js";
import { interruptedExit, type Io } from "../../io.js";
import { counted, duration, grouped } from "../../numbers.js";
import { flag, outputFlags, outputShape } from "../../options.js";
import { statusLine } from "../../progress.js";

/** How many bad files the text names; `--json` has all. */
const namedFiles = 10;

export const importNatsCommand = defineCommand({
  name: "data import nats",
  summary: "turn a folder of NATS-Bench into one small table",
  operands: [
    {
      syntax: "<folder>",
      key: "folder",
      description:
        "unpacked NATS-tss-v1_0-3ffb9-simple.tar or NATS-sss-v1_0-50262-simple.tar, or the one big .pickle.pbz2",
    },
  ],
  flags: [
    {
      syntax: "--out <file>",
      description: "table to write, .csv or .csv.gz; an interrupted import of it goes on (default: nats.csv.gz)",
    },
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas data import nats NATS-tss-v1_0-3ffb9-simple --out nats-tss.csv.gz",
    "eigennas data import nats ~/.torch/NATS-sss-v1_0-50262-simple --out nats-sss.csv.gz",
  ],
  schema: z.strictObject({
    folder: z.string().min(1, "expected a folder"),
    out: z.string().min(1, "expected a file name").default("nats.csv.gz"),
    quiet: flag,
    ...outputShape,
  }),
  run: async ({ folder, out, quiet, json }, io) => {
    const line = statusLine(io, quiet);
    const abort = new AbortController();
    const stopListening = io.onInterrupt(() => abort.abort());
    const begun = io.now();
    const seconds = (): number => (io.now() - begun) / 1000;
    let first: number | undefined;
    try {
      const summary = await importNats(folder, out, {
        cwd: io.cwd,
        signal: abort.signal,
        onProgress: (progress) => {
          first ??= progress.done - 1;
          const start = first;
          line.update(() => progressText(progress, start, seconds()));
        },
      });
      line.end();
      if (json) io.out(`${JSON.stringify({ ...summary, seconds: seconds() })}\n`);
      else io.out(summaryText(summary, seconds(), io));
      return 0;
    } catch (error) {
      line.end();
      if (!(error instanceof AppError) || error.code !== "cancelled") throw error;
      io.err(`${error.message}. ${error.hint ?? ""}\n`);
      return interruptedExit;
    } finally {
      stopListening();
    }
  },
});

/** `41.2 % · 6,437 of 15,625 architectures, 2 skipped · 31/s · 4 min 56 s left`. */
function progressText({ done, total, skipped }: ImportProgress, first: number, seconds: number): string {
  const rate = seconds > 0 ? (done - first) / seconds : 0;
  const parts = [
    `${((100 * done) / total).toFixed(1).padStart(5)} %`,
    `${grouped(done)} of ${counted(total, "architecture")}${skipped > 0 ? `, ${grouped(skipped)} skipped` : ""}`,
  ];
  if (rate > 0) parts.push(`${grouped(Number(rate.toFixed(1)))}/s`, `${duration((total - done) / rate)} left`);
  return parts.join(" · ");
}

function summaryText(summary: ImportSummary, seconds: number, io: Pick<Io, "cwd">): string {
  const { out, space, rows, resumed, absent, skipped, columns } = summary;
  const shown = relative(io.cwd, out) || out;
  const again = resumed > 0 ? `, ${grouped(resumed)} of them from before` : "";
  const lines = [
    `${shown}: ${counted(rows, "architecture")} of the ${space} space, ${counted(columns.length, "column")}, ${duration(seconds)}${again}.`,
  ];
  if (absent > 0) lines.push(`${counted(absent, "architecture")} of the space had no file.`);
  if (skipped.length > 0) {
    lines.push(`${counted(skipped.length, "file")} could not be used:`);
    for (const { file, reason } of skipped.slice(0, namedFiles)) {
      lines.push(`  ${reason.startsWith(file) ? reason : `${file}: ${reason}`}`);
    }
    if (skipped.length > namedFiles) lines.push(`  and ${grouped(skipped.length - namedFiles)} more (see --json)`);
  }
  return `${lines.join("\n")}\n`;
}
