import { kendallTau, rankVariable } from "../math/rank.js";

/** What a comparison needs of an evaluated architecture. */
export interface ComparedRow {
  readonly genotype: string;
  readonly score: number | null;
}

/** What a comparison needs of a run; a stored run has it. */
export interface ComparedRun {
  readonly id: string;
  readonly rows: readonly ComparedRow[];
  readonly protocol: {
    readonly batch: { readonly dataHash: string; readonly batchHash: string };
    readonly score: { readonly name: string; readonly better: "higher" | "lower" };
  };
}

/** A field of the protocol that is not the same in all runs. */
export interface Difference {
  /** Path of the field: `model.c`. */
  readonly field: string;
  /** One value a run, in their order; null where a run has no such field. */
  readonly values: readonly (string | number | boolean | null)[];
}

/** The architectures that two runs have both scored, each by its own score. */
export interface PairedScores {
  /** Whether both are the same score, so that values and not only ranks can be compared. */
  readonly sameScore: boolean;
  readonly pairs: readonly { readonly genotype: string; readonly a: number; readonly b: number }[];
  /** Kendall's tau-b of the two rankings, each oriented so that better is higher; null for fewer than two pairs or constant scores. */
  readonly tau: number | null;
}

/** Fields that differ without meaning anything, or that are told elsewhere. */
const unsaid =
  /^(command|request|source|threads|space\.depths|batch\.(notes|nearestPair|norms|dataHash|batchHash))(\.|$)/;

/** Whether all runs saw the same inputs, the same data, or neither. */
export function sameData(runs: readonly ComparedRun[]): "batch" | "data" | "none" {
  const same = (key: "batchHash" | "dataHash"): boolean =>
    new Set(runs.map(({ protocol }) => protocol.batch[key])).size <= 1;
  return same("batchHash") ? "batch" : same("dataHash") ? "data" : "none";
}

/** The fields in which protocols differ, in the order of the first one. */
export function differencesOf(protocols: readonly object[]): readonly Difference[] {
  const flat = protocols.map((protocol) => new Map(leaves("", protocol)));
  const fields = [...new Set(flat.flatMap((fieldsOf) => [...fieldsOf.keys()]))].filter((field) => !unsaid.test(field));
  return fields
    .map((field) => ({ field, values: flat.map((fieldsOf) => fieldsOf.get(field) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1);
}

function leaves(path: string, value: unknown): [string, string | number | boolean][] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(path === "" ? key : `${path}.${key}`, inner));
}

/** Pairs the architectures that both runs have scored. */
export function pairScores(a: ComparedRun, b: ComparedRun): PairedScores {
  const others = new Map(b.rows.map(({ genotype, score }) => [genotype, score]));
  const pairs = a.rows.flatMap(({ genotype, score }) => {
    const other = others.get(genotype) ?? null;
    return score === null || other === null ? [] : [{ genotype, a: score, b: other }];
  });
  const sameScore = a.protocol.score.name === b.protocol.score.name;
  if (pairs.length < 2) return { sameScore, pairs, tau: null };
  const ranked = ({ protocol }: ComparedRun, values: readonly number[]) =>
    rankVariable(protocol.score.better === "higher" ? values : values.map((value) => -value));
  const tau = kendallTau(
    ranked(
      a,
      pairs.map((pair) => pair.a),
    ),
    ranked(
      b,
      pairs.map((pair) => pair.b),
    ),
  );
  return { sameScore, pairs, tau: Number.isFinite(tau) ? tau : null };
}
