import { AppError } from "../../../errors.js";

/** Thrown for what the compiled engine does not do; the reference engine takes over. */
export class NotCompiled extends AppError {}

export const notCompiled = (source: string, what: string): NotCompiled =>
  new NotCompiled("limit", `Node "${source}": the compiled engine does not do ${what}.`, {
    hint: "The reference engine does.",
  });
