import { AppError, nearestName } from "../errors.js";

/** `PATH,PATH,key=value`: what stands before and after. */
export interface SpecParts<Key extends string> {
  readonly paths: readonly string[];
  readonly options: Readonly<Partial<Record<Key, string>>>;
}

/**
 * Splits what follows the colon of a spec at its commas into paths and options; `words` lists each option's values, or is
 * empty where any is allowed. A path that holds `=` must have a key that is no option, such as `./a=b.bin`.
 * Errors: `usage` for an unknown value, an option given twice, an empty part.
 *
 * @example splitSpec("cifar10:a.bin,normalize=nasbench", "a.bin,normalize=nasbench", { normalize: ["none", "nasbench"] })
 */
export function splitSpec<Key extends string>(
  spec: string,
  rest: string,
  words: Readonly<Record<Key, readonly string[]>>,
): SpecParts<Key> {
  const keys = Object.keys(words) as Key[];
  const paths: string[] = [];
  const options = new Map<Key, string>();
  const fail = (message: string, hint: string) =>
    new AppError("usage", `${spec}: ${message}`, { hint, details: { received: spec } });
  for (const part of rest === "" ? [] : rest.split(",").map((text) => text.trim())) {
    if (part === "") throw fail("expected a path or an option between two commas", "Remove one of the commas.");
    const match = /^([a-z]+)=(.*)$/.exec(part);
    const key = match && keys.find((name) => name === match[1]);
    if (!match || key === null || key === undefined) {
      const near = match ? nearestName(match[1], keys) : undefined;
      if (match && near !== undefined) {
        throw fail(`expected ${keys.join(", ")}, got "${match[1]}"`, `Did you mean ${near}=${match[2]}?`);
      }
      paths.push(part);
      continue;
    }
    const value = match[2];
    if (options.has(key)) throw fail(`${key} is given twice`, `Keep one ${key}=...`);
    const allowed = words[key];
    if (allowed.length > 0 && !allowed.includes(value)) {
      const near = nearestName(value, allowed);
      throw fail(
        `${key} must be ${allowed.join(" or ")}, got "${value}"`,
        near === undefined ? `Example: ${key}=${allowed[0]}` : `Did you mean ${key}=${near}?`,
      );
    }
    options.set(key, value);
  }
  return { paths, options: Object.fromEntries(options) as Partial<Record<Key, string>> };
}

/** An option that is a positive integer. Errors: `usage`. */
export function integerOption(spec: string, key: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= most) return value;
  throw new AppError("usage", `${spec}: ${key} must be an integer from 1 to ${most}, got "${text}"`, {
    hint: `Example: ${key}=32`,
  });
}
