import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { modelPresets, type ModelParameters, type ModelPreset } from "../arch/architecture.js";
import { normalizations, specList } from "../data/index.js";
import { nearestName } from "../errors.js";
import type { Flag } from "./command.js";

interface NumberRule {
  readonly integer?: boolean;
  readonly least?: number;
  /** Strictly greater than. */
  readonly above?: number;
}

/** More worker threads than this only take memory and time from each other. */
const mostThreads = Math.max(8, 2 * availableParallelism());

/** A flag with a number, as text; the error says what was expected and what came. */
export function numberFlag({ integer = false, least, above }: NumberRule) {
  const range = least !== undefined ? ` of at least ${least}` : above !== undefined ? ` above ${above}` : "";
  const expected = `expected ${integer ? "an integer" : "a number"}${range}`;
  return z.string().transform((text, context) => {
    const value = text.trim() === "" ? NaN : Number(text);
    const fits =
      Number.isFinite(value) &&
      (!integer || Number.isSafeInteger(value)) &&
      (least === undefined || value >= least) &&
      (above === undefined || value > above);
    if (fits) return value;
    context.addIssue({ code: "custom", message: `${expected}, got "${text}"` });
    return z.NEVER;
  });
}

/** A flag with one of a few words; a slip gets the nearest. */
export function wordFlag<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.string().transform((text, context): Words[number] => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const near = nearestName(text, words);
    context.addIssue({
      code: "custom",
      message: `expected ${words.join(", ")}, got "${text}"${near === undefined ? "" : ` (did you mean ${near}?)`}`,
    });
    return z.NEVER;
  });
}

export const flag = z.boolean().default(false);

export const seedFlags: readonly Flag[] = [
  { syntax: "--seed <n>", description: "seed of the batch and of the search (default: 0)" },
];

export const outputFlags: readonly Flag[] = [
  { syntax: "--json", description: "print one JSON object on stdout and nothing else" },
];

export const storeFlags: readonly Flag[] = [
  { syntax: "--store <file>", description: "SQLite file of all runs (default: .eigennas/runs.sqlite)" },
];

export const threadFlags: readonly Flag[] = [
  { syntax: "--threads <n>", description: `worker threads (default: all cores, ${availableParallelism()} here)` },
];

export const dataFlags: readonly Flag[] = [
  { syntax: "--data <spec>", description: specList },
  { syntax: "--target <column>", description: "csv: column with labels or targets, by name or number (-1: the last)" },
  { syntax: "--task <kind>", description: "csv: classification or regression (default: found out from the target)" },
  { syntax: "--drop <columns>", description: "csv: columns to leave out, by name or number, separated by commas" },
  {
    syntax: "--missing <rule>",
    description: "csv: empty cells: impute (mean, most frequent), indicate, drop or refuse (default: impute)",
  },
  { syntax: "--header", description: "csv: the first line is a header (default: found out)" },
  { syntax: "--no-header", description: "csv: the first line is data" },
  {
    syntax: "--samples <n>",
    description:
      "inputs to use, class-balanced (default: 128 with labels, 256 to search a csv with --target, else all up to 4,000)",
  },
  {
    syntax: "--normalize <how>",
    description: "unit, none, standard or affine (default: unit; search with --target: affine)",
  },
  { syntax: "--keep-duplicates", description: "keep rows that repeat another one (the kernel is then singular)" },
];

export const modelFlags: readonly Flag[] = [
  {
    syntax: "--preset <name>",
    description: "he (c=2), lecun (c=1) or paper (c=2, co=2, no cross terms) (default: he)",
  },
  { syntax: "--c1 <number>", description: "weight variance of the first layer (default: 1)" },
  { syntax: "--c <number>", description: "weight variance of the hidden layers (default: 2)" },
  { syntax: "--co <number>", description: "weight variance of the output layer (default: 1)" },
  { syntax: "--tau <scale>", description: "branch scale: a number, 1/L or 1/sqrt(L) (default: 1)" },
  { syntax: "--paper-style", description: "drop the cross terms of skips, as in the paper's recursion" },
];

export const seedShape = { seed: numberFlag({ integer: true, least: 0 }).default(0) };
export const outputShape = { json: flag };

export const genotypeShape = { genotype: z.array(z.string()).min(1, "expected a genotype such as relu-relu+tanh") };

export const genotypeOperand = {
  syntax: "<genotype...>",
  key: "genotype",
  description: 'hidden activations in order, "+" before a layer with a skip, "-" before one without',
};
export const storeShape = { store: z.string().min(1, "expected a file name, got nothing").optional() };
export const threadShape = {
  threads: numberFlag({ integer: true, least: 1 })
    .refine((threads) => threads <= mostThreads, {
      error: `expected at most ${mostThreads} worker threads on ${availableParallelism()} cores`,
    })
    .default(() => availableParallelism()),
};

export const dataShape = {
  data: z.string({ error: `expected one of ${specList}; got nothing` }),
  target: z.string().min(1, "expected a column, got nothing").optional(),
  task: wordFlag(["classification", "regression"]).optional(),
  drop: z
    .string()
    .min(1, "expected names of columns, got nothing")
    .transform((text) => text.split(",").map((name) => name.trim()))
    .optional(),
  missing: wordFlag(["impute", "indicate", "drop", "refuse"]).optional(),
  header: z.boolean().optional(),
  samples: numberFlag({ integer: true, least: 1 }).optional(),
  normalize: wordFlag(normalizations).optional(),
  keepDuplicates: flag,
};

const variance = numberFlag({ above: 0 }).optional();

export const modelShape = {
  preset: wordFlag(Object.keys(modelPresets) as [ModelPreset, ...ModelPreset[]]).default("he"),
  c1: variance,
  c: variance,
  co: variance,
  tau: z
    .string()
    .transform((text, context): ModelParameters["tau"] => {
      if (text === "1/L" || text === "1/sqrt(L)") return text;
      const value = text.trim() === "" ? NaN : Number(text);
      if (Number.isFinite(value) && value > 0) return value;
      context.addIssue({ code: "custom", message: `expected a number above 0, 1/L or 1/sqrt(L), got "${text}"` });
      return z.NEVER;
    })
    .optional(),
  paperStyle: flag,
};

export type ModelOptions = z.output<z.ZodObject<typeof modelShape>>;
export type DataOptions = z.output<z.ZodObject<typeof dataShape & typeof seedShape>>;

/** The constants of the canonical model: a preset with single ones replaced. */
export function modelOf({ preset, c1, c, co, tau, paperStyle }: ModelOptions): ModelParameters {
  const base: ModelParameters = modelPresets[preset];
  return {
    c1: c1 ?? base.c1,
    c: c ?? base.c,
    co: co ?? base.co,
    tau: tau ?? base.tau,
    crossTerms: base.crossTerms && !paperStyle,
  };
}

/** A folder for other results beside the store at `path`. */
export const folderBeside = (path: string, cwd: string, name: string): string =>
  path === ":memory:" ? resolve(cwd, ".eigennas", name) : join(dirname(path), name);

/** The store's file: the one named, or the one of this folder. */
export const storePath = (store: string | undefined, cwd: string): string =>
  store === ":memory:" ? store : resolve(cwd, store ?? ".eigennas/runs.sqlite");
