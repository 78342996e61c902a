import type { Architecture } from "../arch/architecture.js";
import type { SearchSpace } from "./search-space.js";

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
 * A finite set of layered networks. The order of the indices: depth, then layers from the first to the last (a walk of the
 * prefix tree), so that a sample without replacement or a split over workers needs no list. Neighbours differ by one
 * activation or one skip (or, in a range of depths, by one last layer).
 */
export interface Space extends SearchSpace {
  readonly spec: SpaceSpec;
  build(genotype: string): Architecture;
}
