import { Command, CommanderError } from "commander";
import type { CliCommand, CommandGroup } from "./command.js";
import { benchCommand } from "./commands/bench.js";
import { boundsCommand } from "./commands/bounds.js";
import { compareCommand } from "./commands/compare.js";
import { dataCommands, dataGroups } from "./commands/data.js";
import { demoCommand } from "./commands/demo.js";
import { doctorCommand } from "./commands/doctor.js";
import { explainCommand } from "./commands/explain.js";
import { exportCommand } from "./commands/export.js";
import { programCommand } from "./commands/program.js";
import { predictCommand } from "./commands/predict.js";
import { resumeCommand } from "./commands/resume.js";
import { reportCommand } from "./commands/report.js";
import { runsCommand } from "./commands/runs.js";
import { scoreCommand } from "./commands/score.js";
import { searchCommand } from "./commands/search.js";
import { studyCommands, studyGroups } from "./commands/study.js";
import { supernetCommand } from "./commands/supernet.js";
import { trainCommand } from "./commands/train.js";
import { widthCommand } from "./commands/width.js";
import { reportFailure } from "./failure.js";
import type { Io } from "./io.js";
import { packageVersion } from "./version.js";

/** Every command in the order of the help text; a new one needs its file and its place here. */
export const commands: readonly CliCommand[] = [
  searchCommand,
  scoreCommand,
  compareCommand,
  boundsCommand,
  widthCommand,
  programCommand,
  trainCommand,
  supernetCommand,
  exportCommand,
  benchCommand,
  resumeCommand,
  runsCommand,
  reportCommand,
  explainCommand,
  predictCommand,
  ...dataCommands,
  ...studyCommands,
  doctorCommand,
  demoCommand,
];

const groups: readonly CommandGroup[] = [...dataGroups, ...studyGroups];

/** `Word word.`: a summary as a description; a question keeps its mark. */
const sentence = (summary: string): string =>
  `${summary[0].toUpperCase()}${summary.slice(1)}${summary.endsWith("?") ? "" : "."}`;

/** The place of a command in the tree, made together with the groups above it: `data import nats` lies two below. */
function place(program: Command, name: string): Command {
  const words = name.split(" ");
  let parent = program;
  for (let depth = 1; depth < words.length; depth++) {
    const group = groups.find((candidate) => candidate.name === words.slice(0, depth).join(" "));
    const found = parent.commands.find((sub) => sub.name() === words[depth - 1]);
    parent = found ?? parent.command(words[depth - 1]);
    if (found === undefined && group) parent.description(sentence(group.summary)).summary(group.summary);
  }
  return parent.command(words[words.length - 1]);
}

/**
 * Reads a command line without doing anything.
 *
 * @returns the checked work, or an exit code when help or the version was printed, or the line was not understood.
 * @throws AppError "usage" for a flag with a wrong value.
 */
export function parseCommandLine(
  argv: readonly string[],
  io: Pick<Io, "out" | "err">,
): ((io: Io) => Promise<number>) | number {
  let work: ((io: Io) => Promise<number>) | undefined;
  const program = new Command("eigennas")
    .description("Train-free neural architecture search by the smallest NTK eigenvalue.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .addHelpText("after", "\nStart here:\n  $ eigennas demo\n  $ eigennas search --data mnist");
  for (const command of commands) {
    const sub = place(program, command.name).description(sentence(command.summary)).summary(command.summary);
    for (const operand of command.operands ?? []) sub.argument(operand.syntax, operand.description);
    for (const { syntax, description } of command.flags) sub.option(syntax, description);
    sub.addHelpText("after", `\nExamples:\n${command.examples.map((line) => `  $ ${line}`).join("\n")}`);
    sub.action((...values: unknown[]) => {
      const operands = (command.operands ?? []).map(({ key }, position) => [key, values[position]] as const);
      work = command.prepare({ ...sub.opts(), ...Object.fromEntries(operands) });
    });
  }
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const word = /^error: unknown option '(-[a-z][^']*)'/.exec(error.message)?.[1];
    if (word !== undefined && word.length > 2)
      io.err(
        `hint: A genotype begins with an activation, without a joiner: ${word.slice(1)}. Flags begin with "--".\n`,
      );
    return error.exitCode === 0 ? 0 : 2;
  }
  return work ?? 2;
}

/** Runs a command line and returns its exit code; errors are printed, never thrown. */
export async function runCli(argv: readonly string[], io: Io, debug = false): Promise<number> {
  try {
    const work = parseCommandLine(argv, io);
    return typeof work === "number" ? work : await work(io);
  } catch (error) {
    return reportFailure(error, io, debug);
  }
}
