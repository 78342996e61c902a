import { rng } from "../rng.js";
import { formatGenotype, makeSpace } from "../spaces/index.js";

/** The ten activations of the study: all built-in ones but the identity. */
export const studyActivations = [
  "relu",
  "leaky_relu(0.01)",
  "sigmoid",
  "tanh",
  "silu",
  "gelu",
  "elu",
  "softplus",
  "sin",
  "erf",
] as const;

export interface PoolOptions {
  readonly depths: readonly [number, number];
  readonly activations: readonly string[];
  /** Networks in the pool; all of the space when it has no more. */
  readonly size: number;
}

/**
 * The networks that a search chooses among: every depth gets the same number of places, drawn without repetition; a depth with
 * fewer members gives all of them and its places to the deeper ones. Sorted, so that neighbours share layers.
 */
export function candidatePool({ depths, activations, size }: PoolOptions, seed: number | string): string[] {
  const chosen: string[] = [];
  for (let depth = depths[0]; depth <= depths[1]; depth++) {
    const space = makeSpace("fcn", { depth, activations });
    const places = Math.floor((size - chosen.length) / (depths[1] - depth + 1));
    if (space.size <= BigInt(places)) {
      chosen.push(...space.enumerate());
      continue;
    }
    const generator = rng(seed, "pool", depth);
    const drawn = new Set<string>();
    while (drawn.size < places) drawn.add(space.sample(generator));
    chosen.push(...drawn);
  }
  return chosen.sort();
}

/** A plain ReLU network: no skips, or all of them. */
export interface PlainNetwork {
  readonly depth: number;
  readonly skips: boolean;
  readonly genotype: string;
}

/** Plain ReLU networks of every depth, without and with all skips (depth 2 has none). */
export function plainRelu([least, most]: readonly [number, number]): PlainNetwork[] {
  const plain: PlainNetwork[] = [];
  for (let depth = least; depth <= most; depth++) {
    for (const skips of depth > 2 ? [false, true] : [false]) {
      const layers = Array.from({ length: depth - 1 }, (_, l) => ({ activation: "relu", skip: skips && l > 0 }));
      plain.push({ depth, skips, genotype: formatGenotype({ kind: "layered", layers }) });
    }
  }
  return plain;
}
