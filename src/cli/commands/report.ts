import { z } from "zod";
import { openStore } from "../../store/index.js";
import { defineCommand } from "../command.js";
import { outputFlags, outputShape, storeFlags, storePath, storeShape } from "../options.js";
import { writeReport } from "../write-report.js";

export const reportCommand = defineCommand({
  name: "report",
  summary: "write a run as one HTML page, with CSV and JSON beside it",
  operands: [{ syntax: "<run>", key: "run", description: "id of a run, a unique part of its beginning, or latest" }],
  flags: [
    { syntax: "--out <file>", description: "name of the HTML file (default: eigennas-RUN.html)" },
    ...storeFlags,
    ...outputFlags,
  ],
  examples: ["eigennas report latest", "eigennas report 2026-11-24 --out report.html"],
  schema: z.strictObject({
    run: z.string(),
    out: z.string().min(1, "expected a file name").optional(),
    ...storeShape,
    ...outputShape,
  }),
  run: async (options, io) => {
    const store = openStore(storePath(options.store, io.cwd), "read");
    try {
      const run = store.load(options.run);
      const files = await writeReport(run, options.out ?? `eigennas-${run.id}.html`, io.cwd);
      io.out(options.json ? `${JSON.stringify({ run: run.id, files })}\n` : `${Object.values(files).join("\n")}\n`);
    } finally {
      store.close();
    }
    return 0;
  },
});
