import { z } from "zod";
import { openStore } from "../../store/index.js";
import { defineCommand } from "../command.js";
import {
  flag,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  storeFlags,
  storePath,
  storeShape,
  threadFlags,
  threadShape,
} from "../options.js";
import { searchJson, searchText } from "../search-output.js";
import { reportOutput } from "../write-report.js";
import { exitCodeOf, searchCommandSchema, searchWith } from "./search.js";

export const demoCommand = defineCommand({
  name: "demo",
  summary: "the main job on MNIST in under a minute: search, table and report",
  flags: [
    ...seedFlags,
    ...threadFlags,
    ...storeFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: ["eigennas demo"],
  schema: z.strictObject({ ...seedShape, ...threadShape, ...storeShape, quiet: flag, ...outputShape }),
  run: async (options, io, typed) => {
    const report = reportOutput("eigennas-report.html", io.cwd);
    const searchOptions = { ...searchCommandSchema.parse({ data: "mnist" }), ...options };
    const { plan, outcome } = await searchWith(searchOptions, io, { typed: { data: "mnist", ...typed } });
    const store = openStore(storePath(options.store, io.cwd));
    try {
      const files = await report.write(store.load(outcome.run));
      if (options.json) io.out(`${JSON.stringify({ ...searchJson(plan, outcome), files })}\n`);
      else io.out(`${searchText(plan, outcome)}\nOpen ${files.html} in a browser (table: ${files.csv}).\n`);
    } finally {
      store.close();
    }
    return exitCodeOf(outcome, io);
  },
});
