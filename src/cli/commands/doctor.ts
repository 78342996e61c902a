import { z } from "zod";
import { runChecks } from "../checks.js";
import { defineCommand } from "../command.js";
import { outputFlags, outputShape, storeFlags, storePath, storeShape } from "../options.js";
import { textTable } from "../table.js";

export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "check that everything needed is there and computes right numbers",
  flags: [...storeFlags, ...outputFlags],
  examples: ["eigennas doctor"],
  schema: z.strictObject({ ...storeShape, ...outputShape }),
  run: async (options, io) => {
    const checks = await runChecks(storePath(options.store, io.cwd), io.cwd);
    const broken = checks.some(({ ok, needed }) => needed && !ok);
    if (options.json) {
      io.out(`${JSON.stringify({ ok: !broken, checks })}\n`);
    } else {
      const rows = checks.flatMap(({ name, ok, needed, finding, advice }) => [
        [ok ? "ok" : needed ? "problem" : "missing", name, finding],
        ...(ok ? [] : [["", "", `-> ${advice ?? ""}`]]),
      ]);
      io.out(
        textTable(
          [
            { title: "state", align: "left" },
            { title: "what", align: "left" },
            { title: "finding", align: "left" },
          ],
          rows,
        ),
      );
    }
    return broken ? 1 : 0;
  },
});
