import { AppError } from "../errors.js";
import type { Io } from "./io.js";

/** Prints an error for people and returns the exit code: `error: ...`, `hint: ...`, a stack only when asked for. */
export function reportFailure(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof AppError) {
    io.err(`error: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`hint: ${error.hint}\n`);
    if (debug) io.err(`${error.stack ?? ""}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.err(`error: ${message.split("\n")[0]}\n`);
  io.err(
    debug
      ? `${error instanceof Error ? (error.stack ?? "") : ""}\n`
      : "hint: set DEBUG=eigennas for the stack, and report it.\n",
  );
  return 1;
}
