import { z } from "zod";
import { AppError } from "../../errors.js";
import { renderComparison, renderReport } from "../../report/index.js";
import { metrics } from "../../score/metrics.js";
import { openStore, type Run } from "../../store/index.js";
import { defineCommand } from "../command.js";
import { outputFile } from "../output-file.js";
import { outputFlags, outputShape, storeFlags, storePath, storeShape } from "../options.js";
import { packageVersion } from "../version.js";
import { figuresOutput, reportOutput } from "../write-report.js";

export const reportCommand = defineCommand({
  name: "report",
  summary: "write a run as one HTML page, with CSV and JSON beside it, or compare several runs on a page",
  operands: [
    {
      syntax: "<run...>",
      key: "runs",
      description: "id of a run, a unique part of its beginning, or latest; several are compared",
    },
  ],
  flags: [
    {
      syntax: "--out <file>",
      description: "name of the HTML file (default: eigennas-RUN.html, eigennas-compare.html)",
    },
    { syntax: "--figures <folder>", description: "write every figure as an SVG file of its own there, too" },
    ...storeFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas report latest",
    "eigennas report 2026-11-24 --out report.html --figures figures",
    "eigennas report 2026-11-24-0419-1a2b3c latest",
  ],
  schema: z.strictObject({
    runs: z.array(z.string()).min(1, "expected a run"),
    out: z.string().min(1, "expected a file name").optional(),
    figures: z.string().min(1, "expected a folder").optional(),
    ...storeShape,
    ...outputShape,
  }),
  run: async (options, io) => {
    const runs = loaded(options.runs, storePath(options.store, io.cwd));
    const ids = runs.map(({ id }) => id);
    const output =
      runs.length === 1
        ? reportOutput(options.out ?? `eigennas-${ids[0]}.html`, io.cwd)
        : outputFile(options.out ?? "eigennas-compare.html", io.cwd);
    const drawings = options.figures === undefined ? undefined : figuresOutput(options.figures, io.cwd);
    const html =
      runs.length === 1
        ? renderReport(runs[0], { metrics })
        : renderComparison(runs, { version: packageVersion(), metrics });
    const files: Readonly<Record<string, string>> =
      "path" in output ? { html: await output.write(html) } : await output.write(runs[0], html);
    const figures = await drawings?.write(html);
    io.out(
      options.json
        ? `${JSON.stringify({ ...(ids.length === 1 ? { run: ids[0] } : { runs: ids }), files, ...(figures && { figures }) })}\n`
        : `${[...Object.values(files), ...(figures ?? [])].join("\n")}\n`,
    );
    return 0;
  },
});

/** @throws AppError "usage" when two names mean the same run. */
function loaded(names: readonly string[], path: string): Run[] {
  const store = openStore(path, "read");
  try {
    const runs = names.map((name) => store.load(name));
    const twice = runs.findIndex(({ id }, i) => runs.findIndex((run) => run.id === id) !== i);
    if (twice < 0) return runs;
    throw new AppError("usage", `run: expected different runs, ${names[twice]} is ${runs[twice].id} again`, {
      hint: "`eigennas runs` lists them.",
    });
  } finally {
    store.close();
  }
}
