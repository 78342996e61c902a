/** Every error a user can meet has one of these codes; `usage` ones make the CLI exit with 2, all others with 1. */
export const errorCodes = [
  "usage",
  "genotype",
  "space",
  "data",
  "missing-package",
  "numeric",
  "store",
  "not-found",
  "limit",
  "cancelled",
  "internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface AppErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** Machine-readable facts (file, row, position, expected, received). */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error family of the package: the message says what was expected and what came, the hint what to do.
 *
 * @example throw new AppError("data", "labels.idx: expected 10000 bytes, the file ends after 512", { hint: "Download it again." })
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** Exit code of a process that ends with this error: 2 for a mistake in what was asked, 1 otherwise. */
  get exitCode(): 1 | 2 {
    return this.code === "usage" || this.code === "genotype" || this.code === "space" ? 2 : 1;
  }
}

/** The nearest of `known` to `word` by edit distance, or undefined when none is near enough to be a likely slip. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(lower.length / 2)) + 1;
  for (const name of known) {
    const distance = editDistance(lower, name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length];
}
