import type { z } from "zod";
import { AppError } from "../errors.js";
import type { Io } from "./io.js";

/** One flag as commander takes it: `--top <k>` and what it does, its default in words. */
export interface Flag {
  readonly syntax: string;
  readonly description: string;
}

/** A word, or words, of the command line that only lead to commands: `data`, `data import`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
}

interface Definition<Schema extends z.ZodType> {
  /** One word, or several for a command within groups: `data import nats`. */
  readonly name: string;
  readonly summary: string;
  /** Operands as commander writes them, e.g. `<genotype...>`; the schema's key of each is its name. */
  readonly operands?: readonly { readonly syntax: string; readonly key: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** Command lines for the help text; each must parse. */
  readonly examples: readonly string[];
  /** Checks and converts what was typed, once. */
  readonly schema: Schema;
  /** Does the work and returns the exit code; `typed` are the options before they were checked. */
  readonly run: (options: z.output<Schema>, io: Io, typed: Readonly<Record<string, unknown>>) => Promise<number>;
}

/** A command ready for the program: checks what was typed and returns the work to do. */
export interface CliCommand extends Omit<Definition<z.ZodType>, "schema" | "run"> {
  /** @throws AppError "usage" that names every wrong flag. */
  prepare(typed: Readonly<Record<string, unknown>>): (io: Io) => Promise<number>;
}

/** A command from its one record; what it is called, what it takes, how it is checked and what it does. */
export function defineCommand<Schema extends z.ZodType>(definition: Definition<Schema>): CliCommand {
  const { schema, run, ...rest } = definition;
  return {
    ...rest,
    prepare: (typed) => {
      const checked = schema.safeParse(typed);
      if (!checked.success) throw usageError(checked.error.issues, definition);
      return (io) => run(checked.data, io, typed);
    },
  };
}

function usageError(
  issues: readonly z.core.$ZodIssue[],
  { name, operands = [] }: Pick<Definition<z.ZodType>, "name" | "operands">,
): AppError {
  const lines = issues.map((issue) => {
    const key = String(issue.path.at(0) ?? "");
    const shownName = operands.some((operand) => operand.key === key) ? key : flagName(key);
    return `${shownName}: ${issue.message}`;
  });
  return new AppError("usage", lines.join("\nerror: "), { hint: `See eigennas ${name} --help.` });
}

/** `maxSkips` -> `--max-skips`. */
export const flagName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
