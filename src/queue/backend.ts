import type { BankEntry } from "../score/bank.js";
import type { FiniteSettings, FiniteWidthScore } from "../score/finite-width.js";
import type { ScoredArchitecture, ScoredRow } from "../score/types.js";

/** A scored row with its least eigenvector, for the bank of an exact search. */
export interface PrimedRow {
  readonly row: ScoredRow;
  readonly entry: BankEntry | undefined;
}

/** What a scan of one chunk returns to the thread that holds the bank. */
export interface ChunkResult {
  readonly chunk: number;
  readonly solved: readonly ScoredRow[];
  readonly skipped: number;
  readonly entries: readonly BankEntry[];
}

/** One piece of work; pieces never depend on each other, so that any number of threads gives the same numbers. */
export type Task =
  | { readonly kind: "rows"; readonly genotypes: readonly string[] }
  | { readonly kind: "prime"; readonly genotypes: readonly string[] }
  | {
      readonly kind: "scan";
      readonly chunk: number;
      readonly threshold: number;
      readonly top: number;
      readonly bank: readonly BankEntry[];
    }
  | { readonly kind: "full"; readonly genotypes: readonly string[] }
  | { readonly kind: "finite"; readonly genotypes: readonly string[]; readonly settings: FiniteSettings };

export interface TaskResults {
  readonly rows: readonly ScoredRow[];
  readonly prime: readonly PrimedRow[];
  readonly scan: ChunkResult;
  readonly full: readonly ScoredArchitecture[];
  readonly finite: readonly FiniteWidthScore[];
}

/** Runs tasks: in this thread, or in a pool of worker threads. */
export interface Backend {
  readonly threads: number;
  run<T extends Task>(task: T, signal?: AbortSignal): Promise<TaskResults[T["kind"]]>;
  close(): Promise<void>;
}
