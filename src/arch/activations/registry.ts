import { AppError, nearestName } from "../../errors.js";
import type { Activation } from "./activation.js";
import { elu } from "./elu.js";
import { erf, sin } from "./entire.js";
import { gelu } from "./gelu.js";
import { leakyRelu, linear, relu } from "./piecewise-linear.js";
import { sigmoid, tanh } from "./sigmoidal.js";
import { silu, softplus } from "./soft-relu.js";

export { defineActivation, type ActivationDefinition } from "./define.js";

interface Family {
  readonly name: string;
  /** Number of parameters that may be given, all optional. */
  readonly parameters: number;
  create(parameters: readonly number[]): Activation;
}

const fixed = (record: Activation): Family => ({ name: record.name, parameters: 0, create: () => record });

/**
 * The families by name. Together with the records made so far this is the only mutable state of the package's library
 * code: it grows by `registerActivation`, and by nothing else.
 */
const families = new Map<string, Family>(
  [
    fixed(linear),
    fixed(relu),
    { name: "leaky_relu", parameters: 1, create: ([slope]: readonly number[]) => leakyRelu(slope) },
    fixed(sigmoid),
    fixed(tanh),
    fixed(silu),
    fixed(gelu),
    { name: "elu", parameters: 1, create: ([alpha]: readonly number[]) => elu(alpha) },
    fixed(softplus),
    fixed(sin),
    fixed(erf),
  ].map((family) => [family.name, family]),
);

const aliases = new Map([
  ["swish", "silu"],
  ["leaky", "leaky_relu"],
  ["leakyrelu", "leaky_relu"],
  ["lrelu", "leaky_relu"],
  ["sine", "sin"],
  ["identity", "linear"],
  ["logistic", "sigmoid"],
]);

/** Records by canonical name, so that their tables are built once. */
const records = new Map<string, Activation>();

/**
 * The record of an activation by name, alias, or family with parameters: `relu`, `swish`, `leaky_relu(0.2)`.
 * @throws AppError "genotype" for an unknown name (with the nearest one) or wrong parameters
 */
export function activation(text: string): Activation {
  const { family, parameters } = parse(text);
  const key = `${family.name}(${parameters.join(",")})`;
  let record = records.get(key);
  if (record === undefined) {
    const created = family.create(parameters);
    record = records.get(created.name) ?? created;
    records.set(key, record);
    records.set(record.name, record);
  }
  return record;
}

/** Names of all families that `activation` knows, without aliases. */
export function activationFamilies(): readonly string[] {
  return [...families.keys()];
}

/** Canonical name with parameters: `Swish` -> `silu`, `leaky` -> `leaky_relu(0.01)`. Errors as `activation`. */
export function canonicalActivationName(text: string): string {
  return activation(text).name;
}

/**
 * Makes a record available by its name to `activation`, and so to genotypes, spaces and the command line.
 * @throws AppError "usage" when the name is taken or is not a word of letters, digits and underscores
 */
export function registerActivation(record: Activation): void {
  const { name } = record;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new AppError("usage", `Activation name: expected a lower-case word (a-z, 0-9, _), came "${name}"`);
  }
  if (families.has(name) || aliases.has(name)) {
    throw new AppError("usage", `Activation "${name}" exists already`, { hint: "Choose another name." });
  }
  families.set(name, fixed(record));
}

function parse(text: string): { family: Family; parameters: number[] } {
  const match = /^\s*([^()\s]+)\s*(?:\(([^()]*)\))?\s*$/.exec(text);
  if (match === null) {
    throw new AppError("genotype", `Activation: expected a name such as relu or leaky_relu(0.2), came "${text}"`);
  }
  const word = match[1].toLowerCase();
  const argumentText = match[2] as string | undefined;
  const family = families.get(aliases.get(word) ?? word);
  if (family === undefined) {
    const nearest = nearestName(word, [...families.keys(), ...aliases.keys()]);
    throw new AppError("genotype", `Unknown activation "${match[1]}"; known are ${[...families.keys()].join(", ")}`, {
      ...(nearest === undefined ? {} : { hint: `Did you mean ${nearest}?` }),
      details: { received: match[1], ...(nearest === undefined ? {} : { nearest }) },
    });
  }
  return { family, parameters: parseParameters(family, argumentText, text) };
}

function parseParameters(family: Family, argumentText: string | undefined, text: string): number[] {
  if (argumentText === undefined) return [];
  const words = argumentText.split(",").map((word) => word.trim());
  if (family.parameters === 0) {
    throw new AppError("genotype", `${family.name} takes no parameter, came "${text}"`, {
      hint: `Write ${family.name}.`,
    });
  }
  if (words.length > family.parameters) {
    throw new AppError("genotype", `${family.name} takes ${String(family.parameters)} parameter, came "${text}"`);
  }
  return words.map((word) => {
    const number = word === "" ? NaN : Number(word);
    if (!Number.isFinite(number)) {
      throw new AppError("genotype", `${family.name}: expected a finite number as parameter, came "${word}"`, {
        hint: `Write for example ${family.name}(0.2).`,
      });
    }
    return number;
  });
}
