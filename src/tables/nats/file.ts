import { bunzip2 } from "../../data/bzip2.js";
import { plainGlobals, readPickle } from "../../data/pickle/index.js";
import { AppError } from "../../errors.js";
import { parseResults, type NatsResults } from "./results.js";
import { natsRecipes, type NatsSpace } from "./row.js";

/** An architecture file holds 326 kB when unpacked, the list of all architectures 1.4 MB. */
const mostBytes = 16 * 1024 * 1024;
/** It holds 40,000 values, the list of all architectures 33,000. */
const mostValues = 400_000;

const allRecipes = new Set([...natsRecipes.topology, ...natsRecipes.size].map(([recipe]) => recipe));

/**
 * One architecture file `NNNNNN.pickle.pbz2`: its results by recipe ("12", "200"; size: "01", "12", "90").
 * Errors: `data` for what is damaged, asks for code to be run, or is no such file; `limit` for bombs.
 */
export function readArchitectureFile(packed: Uint8Array, file: string): ReadonlyMap<string, NatsResults> {
  const value = readPlain(packed, file);
  if (!(value instanceof Map)) throw wrong(file, "results by recipe");
  return resultsByRecipe(value, file);
}

/** Results by recipe of a dict that is keyed so; further recipes are left out. */
export function resultsByRecipe(dict: ReadonlyMap<unknown, unknown>, file: string): ReadonlyMap<string, NatsResults> {
  const recipes = new Map<string, NatsResults>();
  for (const recipe of allRecipes) {
    if (dict.has(recipe)) recipes.set(recipe, parseResults(dict.get(recipe), file));
  }
  const [first, ...others] = recipes.values();
  if (recipes.size === 0) throw wrong(file, "results by recipe");
  const other = others.find(({ index, arch }) => index !== first.index || arch !== first.arch);
  if (other) throw wrong(file, `one architecture (not ${first.index} and ${other.index})`);
  return recipes;
}

/** `meta.pickle.pbz2`: the strings of all architectures in official order. Errors: as `readArchitectureFile`. */
export function readMetaFile(packed: Uint8Array, file: string): readonly string[] {
  const value = readPlain(packed, file);
  return metaArchs(value instanceof Map ? value.get("meta_archs") : undefined, file);
}

/** Checks a list of architectures. */
export function metaArchs(value: unknown, file: string): readonly string[] {
  const isText = (arch: unknown): arch is string => typeof arch === "string";
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return value;
  throw wrong(file, "the list of architectures (meta_archs)");
}

/** The space to which an architecture string belongs: cells are written with |, widths with colons. */
export const spaceOfArch = (arch: string): NatsSpace => (arch.startsWith("|") ? "topology" : "size");

const readPlain = (packed: Uint8Array, file: string): unknown =>
  readPickle(bunzip2(packed, file, mostBytes), { file, globals: plainGlobals, mostValues });

const wrong = (file: string, expected: string): AppError =>
  new AppError("data", `${file}: expected ${expected}, the pickle holds something else`, {
    hint: "Expected are the files of NATS-tss-v1_0-3ffb9-simple or NATS-sss-v1_0-50262-simple.",
  });
