import type { CliCommand, CommandGroup } from "../command.js";
import { describeCommand } from "./data/describe.js";
import { getCommand } from "./data/get.js";
import { importNatsCommand } from "./data/import-nats.js";

/** Words of the command line that stand before commands of `eigennas data`. */
export const dataGroups: readonly CommandGroup[] = [
  { name: "data", summary: "data sets and benchmark tables" },
  { name: "data import", summary: "turn published benchmarks into tables" },
];

/** The commands of `eigennas data`, one a file in `data/`. */
export const dataCommands: readonly CliCommand[] = [getCommand, describeCommand, importNatsCommand];
