import type { CliCommand, CommandGroup } from "../command.js";
import { studyTablesCommand } from "./study/tables.js";

/** Words of the command line that stand before commands of `eigennas study`. */
export const studyGroups: readonly CommandGroup[] = [{ name: "study", summary: "what scores are worth on given data" }];

/** The commands of `eigennas study`, one a file in `study/`. */
export const studyCommands: readonly CliCommand[] = [studyTablesCommand];
