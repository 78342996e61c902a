import { AppError } from "../errors.js";

const WINDOW = 100;

/**
 * The error of a genotype that cannot be read: the genotype on one line, a caret under the bad character, what was
 * expected there.
 *
 * @param position index of the bad character in `genotype`; its length means the end.
 */
export function genotypeError(genotype: string, position: number, problem: string, hint?: string): AppError {
  const start = position > WINDOW / 2 && genotype.length > WINDOW ? position - WINDOW / 2 : 0;
  const end = Math.min(genotype.length, start + WINDOW);
  const prefix = start > 0 ? "..." : "";
  const shown = prefix + oneLine(genotype.slice(start, end)) + (end < genotype.length ? "..." : "");
  const column = Array.from(prefix + genotype.slice(start, position)).length;
  return new AppError("genotype", `${problem}\n  ${shown}\n  ${" ".repeat(column)}^`, {
    ...(hint === undefined ? {} : { hint }),
    details: { genotype, position },
  });
}

/** Throws AppError "space" unless the index is one of a space of `size` members. */
export function checkIndex(space: string, index: number, size: number): void {
  if (Number.isInteger(index) && index >= 0 && index < size) return;
  throw new AppError("space", `space "${space}": expected an index from 0 to ${size - 1}, got ${index}`, {
    hint: `It has ${size.toLocaleString("en-US")} members: ${space}:0 to ${space}:${size - 1}, in the benchmark's order.`,
    details: { space, index, size },
  });
}

/** Line breaks, tabs and other control characters as one blank each, so that the caret stays under its character. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, " ");
