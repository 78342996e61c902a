import { AppError, nearestName } from "../errors.js";

/** What can stand before the colon of a data spec, and an example of each. */
export const dataKinds = {
  mnist: "mnist or mnist:test",
  "fashion-mnist": "fashion-mnist or fashion-mnist:test",
  idx: "idx:IMAGES[,LABELS]",
  csv: "csv:FILE",
  cifar10: "cifar10[:PATH,normalize=nasbench]",
  cifar100: "cifar100[:PATH,labels=coarse]",
  "imagenet16-120": "imagenet16-120:FOLDER[,part=test]",
  "imagenet16-bin": "imagenet16-bin:FILE[,classes=120]",
  images: "images:FOLDER[,size=32]",
  npy: "npy:X.npy[,Y.npy]",
  npz: "npz:FILE[,x=NAME,y=NAME]",
  sphere: "sphere:n=100,d=10[,seed=0]",
  teacher: "teacher:n=100,d=10[,seed=0]",
  spirals: "spirals:n=100[,noise=0.05,seed=0]",
} as const;

export type DataKind = keyof typeof dataKinds;

const kindNames = Object.keys(dataKinds) as DataKind[];

/** All specs on one line, for messages and help. */
export const specList = Object.values(dataKinds).join(", ");

/**
 * Splits `kind:rest`. Errors: `usage` for an unknown kind, with the nearest one and the list.
 *
 * @example parseSpec("csv:points.csv") // { kind: "csv", rest: "points.csv" }
 */
export function parseSpec(spec: string): { readonly kind: DataKind; readonly rest: string } {
  const colon = spec.indexOf(":");
  const word = colon < 0 ? spec : spec.slice(0, colon);
  const kind = kindNames.find((name) => name === word);
  if (kind !== undefined) return { kind, rest: colon < 0 ? "" : spec.slice(colon + 1) };
  const near = nearestName(word, kindNames);
  const file = /\.(csv|tsv|txt)(\.gz)?$/i.test(spec) ? `csv:${spec}` : undefined;
  const suggestion = file ?? (near && dataKinds[near as DataKind]);
  throw new AppError("usage", `Unknown data "${spec}": expected one of ${specList}`, {
    hint: suggestion === undefined ? "Choose one of the list." : `Did you mean ${suggestion}?`,
    details: { received: spec, known: kindNames },
  });
}

/** One number of a synthetic spec. Without `fallback` it must be given. */
export interface NumberRule {
  readonly integer: boolean;
  readonly least: number;
  readonly fallback?: number;
}

/**
 * Reads `key=value,key=value` by a table of rules.
 * Errors: `usage` for an unknown, repeated or missing key, or a number outside its rule.
 */
export function parseNumbers<Key extends string>(
  kind: DataKind,
  rest: string,
  rules: Readonly<Record<Key, NumberRule>>,
): Record<Key, number> {
  const keys = Object.keys(rules) as Key[];
  const found = new Map<string, number>();
  const fail = (message: string, hint = `Example: ${dataKinds[kind]}`) =>
    new AppError("usage", `${kind}: ${message}`, { hint, details: { received: rest } });
  for (const part of rest.split(",").filter((text) => text.trim() !== "")) {
    const [name, ...values] = part.split("=").map((side) => side.trim());
    const key = keys.find((candidate) => candidate === name);
    if (key === undefined) {
      const near = nearestName(name, keys);
      throw fail(`expected ${keys.join(", ")}, got "${name}"`, near && `Did you mean ${near}?`);
    }
    if (found.has(key)) throw fail(`${key} is given twice`);
    const rule: NumberRule = rules[key];
    const value = values.length === 1 && values[0] !== "" ? Number(values[0]) : NaN;
    if (!Number.isFinite(value) || value < rule.least || (rule.integer && !Number.isSafeInteger(value))) {
      throw fail(
        `${key} must be ${rule.integer ? "an integer" : "a number"} of at least ${rule.least}, got "${part.trim()}"`,
      );
    }
    found.set(key, value);
  }
  const entries = keys.map((key) => {
    const value = found.get(key) ?? (rules[key] satisfies NumberRule).fallback;
    if (value === undefined) throw fail(`${key} is missing`);
    return [key, value] as const;
  });
  return Object.fromEntries(entries) as Record<Key, number>;
}
