import type { Architecture } from "../arch/architecture.js";
import type { Rng } from "../rng.js";

/** One possible hidden layer. */
export interface LayerChoice {
  readonly activation: string;
  readonly skip: boolean;
}

/** All networks of one depth: the possible layers at each hidden position, and how many skips a network may have. */
export interface DepthSpec {
  /** L of docs/theory.md; `choices.length = depth - 1`. */
  readonly depth: number;
  readonly choices: readonly (readonly LayerChoice[])[];
  readonly maxSkips: number;
}

/** Plain JSON from which a space is rebuilt, in a worker or years later. */
export interface SpaceSpec {
  readonly id: string;
  readonly depths: readonly DepthSpec[];
}

/**
 * A finite set of architectures, each with a genotype (a string). Every member has one index in [0, size), so that
 * a sample without replacement or a split over workers needs no list.
 */
export interface Space {
  readonly id: string;
  /** One line for people: depth range, activations, skips. */
  readonly description: string;
  readonly size: bigint;
  readonly spec: SpaceSpec;
  /** The member with this index. Order: depth, then layers from the first to the last (a walk of the prefix tree). */
  at(index: bigint): string;
  sample(rng: Rng): string;
  enumerate(): Iterable<string>;
  /** Members that differ by one activation or one skip (or, in a range of depths, by one last layer). */
  neighbours(genotype: string): string[];
  contains(genotype: string): boolean;
  build(genotype: string): Architecture;
}
