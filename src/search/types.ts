/** The least that a search needs of an evaluated genotype. A failed one has a reason and is never among the best. */
export interface Evaluated {
  readonly genotype: string;
  readonly score: number;
  readonly failure?: string;
}

/** Given to a search, which knows nothing of kernels: scores a batch of genotypes, in their order. */
export type Evaluate<T extends Evaluated> = (
  genotypes: readonly string[],
  signal?: AbortSignal,
) => Promise<readonly T[]>;

/** What a search tells as it goes. The last event is `done` and carries the result. */
export type SearchEvent<T extends Evaluated> =
  | { readonly type: "evaluated"; readonly items: readonly T[]; readonly progress: SearchProgress }
  | { readonly type: "done"; readonly result: SearchResult<T> };

export interface SearchProgress {
  readonly evaluated: number;
  readonly skippedByBound: number;
  /** Architectures that will be looked at in all, if known. */
  readonly total: bigint | undefined;
}

export interface SearchResult<T extends Evaluated> {
  /** Best first; ties broken by fewer skips, then lexicographically. */
  readonly top: readonly T[];
  readonly evaluated: number;
  readonly skippedByBound: number;
  /** True only when `top` is proved to be the exact top-k of the whole space. */
  readonly exactTopK: boolean;
  readonly stopped: "complete" | "budget" | "cancelled";
}
