import { z } from "zod";
import { openStore, type RunSummary } from "../../store/index.js";
import { defineCommand } from "../command.js";
import { duration, grouped } from "../numbers.js";
import { outputFlags, outputShape, storeFlags, storePath, storeShape } from "../options.js";
import { textTable } from "../table.js";

export const runsCommand = defineCommand({
  name: "runs",
  summary: "list the stored runs, latest first",
  flags: [...storeFlags, ...outputFlags],
  examples: ["eigennas runs", "eigennas runs --store shared.sqlite --json"],
  schema: z.strictObject({ ...storeShape, ...outputShape }),
  run: (options, io) => {
    const store = openStore(storePath(options.store, io.cwd), "read");
    try {
      const runs = store.list();
      if (options.json) io.out(`${JSON.stringify({ runs })}\n`);
      else io.out(runs.length === 0 ? "No runs yet. Start one with: eigennas search --data mnist\n" : runsTable(runs));
    } finally {
      store.close();
    }
    return Promise.resolve(0);
  },
});

const runsTable = (runs: readonly RunSummary[]): string =>
  textTable(
    [
      { title: "run", align: "left" },
      { title: "status", align: "left" },
      { title: "data", align: "left" },
      { title: "inputs" },
      { title: "space", align: "left" },
      { title: "size" },
      { title: "score", align: "left" },
      { title: "strategy", align: "left" },
      { title: "solved" },
      { title: "skipped" },
      { title: "exact", align: "left" },
      { title: "time" },
    ],
    runs.map(({ id, status, protocol, evaluated, skippedByBound, exactTopK, seconds }) => [
      id,
      status,
      protocol.batch.dataSpec,
      grouped(protocol.batch.samples),
      protocol.space.id,
      grouped(BigInt(protocol.space.size)),
      protocol.score.name,
      protocol.strategy.name,
      grouped(evaluated),
      grouped(skippedByBound),
      exactTopK ? `top-${protocol.strategy.top}` : "no",
      duration(seconds),
    ]),
  );
