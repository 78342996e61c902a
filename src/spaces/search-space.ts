import type { GraphArchitecture } from "../arch/graph.js";
import type { Rng } from "../rng.js";

/**
 * A finite set of genotypes, each a string with one index in [0, size): all that a search needs, whatever the genotypes
 * are built into.
 */
export interface SearchSpace {
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  readonly size: bigint;
  /** The member with this index. */
  at(index: bigint): string;
  sample(rng: Rng): string;
  enumerate(): Iterable<string>;
  /** Members that differ by one smallest step. */
  neighbours(genotype: string): string[];
  contains(genotype: string): boolean;
}

/** Sizes of the network that a genotype is built into; what a space does not use is ignored. */
export interface NetworkSizes {
  /** Channels of the first stage (topology space). */
  readonly channels?: number;
  /** Cells a stage (topology space). */
  readonly cells?: number;
  readonly imageSize?: number;
  readonly classes?: number;
}

/** A space whose members are image networks as graphs, with the benchmark's numbering. */
export interface GraphSpace extends SearchSpace {
  /** @throws AppError "genotype" when the string is not a member. */
  indexOf(genotype: string): number;
  /** The network, with operations left out that cannot be reached. @throws AppError "genotype", "space". */
  build(genotype: string, sizes?: NetworkSizes): GraphArchitecture;
}
