import type { ModelParameters } from "../arch/architecture.js";
import type { BatchReport } from "../data/dataset.js";
import type { Explanation } from "../explain/types.js";
import type { FiniteWidthScore } from "../score/finite-width.js";
import type { ScoredArchitecture } from "../score/types.js";
import type { SpaceSpec } from "../spaces/space.js";
import type { CrossValidation } from "../study/cross-validation.js";
import type { Verdict } from "../train/contest.js";
import type { TrainingRecord } from "./trainings.js";

/** A data spec with the options it was opened with; `folder` is where relative paths start. */
export interface RunSource {
  readonly folder: string;
  readonly data: string;
  readonly target?: string;
  readonly task?: "classification" | "regression";
  readonly drop?: readonly (string | number)[];
  readonly missing?: "impute" | "indicate" | "drop" | "refuse";
  readonly header?: boolean;
}

/** Options as they were typed, by name; `folder` is where relative paths start. */
export interface RunRequest {
  readonly folder: string;
  readonly options: Readonly<Record<string, string | boolean | readonly string[]>>;
}

/** Everything needed to rerun and to trust a run; stored with it and printed as the protocol card. */
export interface RunProtocol {
  readonly version: string;
  readonly command: string;
  /** What was asked, so that the run can be resumed. Runs of older versions have none. */
  readonly request?: RunRequest;
  /** How the data was read, so that it can be read again to predict. Runs of older versions have none. */
  readonly source?: RunSource;
  readonly space: SpaceSpec & { readonly size: string; readonly description: string };
  readonly batch: BatchReport;
  readonly model: ModelParameters;
  readonly strategy: {
    readonly name: string;
    readonly budget: number | null;
    readonly seconds: number | null;
    readonly top: number;
  };
  readonly score: { readonly name: string; readonly better: "higher" | "lower"; readonly usesLabels: boolean };
  readonly seed: number;
  readonly parameterisation: "ntk";
  readonly initialisation: "gaussian";
  readonly batchNorm: "none";
  readonly output: "scalar";
  readonly precision: "float64";
  readonly engine: string;
  readonly solver: string;
  readonly threads: number;
}

export type RunStatus = "running" | "complete" | "interrupted" | "failed";

/** A run without its rows, as `eigennas runs` lists it. */
export interface RunSummary {
  readonly id: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly seconds: number;
  readonly protocol: RunProtocol;
  readonly evaluated: number;
  readonly skippedByBound: number;
  readonly exactTopK: boolean;
}

/** One evaluated architecture as it is stored while the search goes: the scores that the search itself needs. */
export interface RunRow {
  readonly genotype: string;
  readonly score: number | null;
  readonly lambdaMin: number | null;
  readonly lambdaMinNormalized: number | null;
  readonly LB: number | null;
  readonly UBpair: number | null;
  /** Residual ||K v - lambda v|| of the solver. */
  readonly residual: number | null;
  readonly failure: string | null;
}

/** A curve of plain networks: one activation in every layer, all skips or none. The paper's kind of figure. */
export interface BaselinePoint {
  readonly activation: string;
  readonly skips: boolean;
  readonly depth: number;
  readonly genotype: string;
  /** The score of the search. Runs of older versions have none. */
  readonly score?: number;
  readonly lambdaMin: number;
  readonly lambdaMinNormalized: number;
  readonly LB: number;
  readonly UBpair: number;
}

/** Least, lower quartile, median, upper quartile, largest. */
export type FiveNumbers = readonly [number, number, number, number, number];

/** Networks trained under one budget, and what that says of the score that chose them. */
export interface TrainingStudy {
  readonly version: string;
  readonly command: string;
  /** Data and recipe in words. */
  readonly about: string;
  readonly score?: { readonly label: string; readonly better: "higher" | "lower" };
  /** Figures are shares of right classes, else R². */
  readonly classes: boolean;
  readonly records: readonly TrainingRecord[];
  readonly verdict: Verdict;
  /** Sentences about what it says of the score. */
  readonly judgement: readonly string[];
}

/** One network of a choice by training. */
export interface ChoiceNetwork {
  readonly genotype: string;
  /** Place by score, from 1 on. */
  readonly place: number;
  /** Accuracy, or R², on rows that it did not learn from; NaN when its training failed. */
  readonly mean: number;
  /** Of the mean, over seeds. */
  readonly standardError: number;
}

/** The best by score, ordered by a short training: the last step of the paper's search. */
export interface Choice {
  readonly chosen: string;
  /** Whether training prefers another network than the score. */
  readonly changed: boolean;
  readonly figure: "accuracy" | "R2";
  readonly recipe: string;
  /** Best first. */
  readonly networks: readonly ChoiceNetwork[];
}

/** Computed once at the end of a search so that a report is a function of the run alone; trainings may follow. */
export interface RunArtifacts {
  /** The best k with every metric, best first. */
  readonly top: readonly ScoredArchitecture[];
  readonly winner: {
    readonly genotype: string;
    /** All eigenvalues, ascending. */
    readonly spectrum: readonly number[];
    /** The kernel averaged down to size x size blocks, rows sorted by class; row-major. */
    readonly kernel: {
      readonly size: number;
      readonly values: readonly number[];
      readonly classes: readonly string[] | null;
    };
    /** Per hidden layer: variance q, share of the kernel diagonal. */
    readonly layers: readonly {
      readonly activation: string;
      readonly skip: boolean;
      readonly variance: number;
      readonly diagonalShare: number;
    }[];
  } | null;
  readonly baselines: readonly BaselinePoint[];
  /**
   * A uniform random choice from the space, scored, the honest baseline: five numbers and the mean of lambda_min and of
   * the search's score. Runs of older versions have lambda_min's five numbers alone.
   */
  readonly randomChoice: {
    readonly count: number;
    readonly lambdaMin: FiveNumbers;
    readonly score?: FiveNumbers;
    readonly mean?: { readonly lambdaMin: number; readonly score: number };
  } | null;
  /** The best at a finite width, in their order, for a search that was asked for it; those whose values overflow are left out. */
  readonly finite?: readonly FiniteWidthScore[];
  /** Kernel regression with the winner, cross-validated; for a search on a table with a target. */
  readonly crossValidation?: CrossValidation;
  /** Why the winner has its lambda_min, and what one change would do. */
  readonly explanation?: Explanation;
  /** The best by score, ordered by a short training; the last one. */
  readonly choice?: Choice;
  /** The best trained beside random and plain networks; the last study. */
  readonly training?: TrainingStudy;
}

/** A whole run, as a report takes it. */
export interface Run extends RunSummary {
  /** In the order of evaluation. */
  readonly rows: readonly RunRow[];
  readonly artifacts: RunArtifacts | null;
}

/** One step of a search as it is stored beside its rows: what a search that is resumed is told instead of computing it. */
export interface RunStep {
  /** From 0 on, without gaps. */
  readonly number: number;
  /** Opaque to the store. */
  readonly reply: string;
  /** Of the whole run so far. */
  readonly seconds: number;
  /** Of the whole run so far. */
  readonly skippedByBound: number;
}

/** Where runs are kept. One adapter: SQLite. */
export interface RunStore {
  create(protocol: RunProtocol, createdAt: string): string;
  /** Rows, and the step that gave them, in one transaction: a process that ends at any moment leaves both or none. */
  append(runId: string, rows: readonly RunRow[], step?: RunStep): void;
  /** The reply of a step, or undefined when the run has not come so far, or is complete: its steps are dropped then. */
  step(runId: string, number: number): string | undefined;
  /**
   * Whether `claim` would take the run over now. Throws AppError `usage` for a run that is complete, or that a process still
   * works on as far as is known; `force` takes the latter over all the same.
   */
  checkClaim(runId: string, options?: { readonly force?: boolean }): void;
  /** Takes over a run that was not finished, for this process. Throws what `checkClaim` throws. */
  claim(runId: string, options?: { readonly force?: boolean }): void;
  finish(
    runId: string,
    outcome: {
      readonly status: RunStatus;
      readonly seconds: number;
      readonly evaluated: number;
      readonly skippedByBound: number;
      readonly exactTopK: boolean;
      readonly artifacts: RunArtifacts | null;
    },
  ): void;
  /**
   * Adds what training told of a run, in place of what stood there. A run without artifacts, which is being searched again, stays as
   * it is: false.
   */
  amend(runId: string, part: Pick<RunArtifacts, "choice" | "training">): boolean;
  list(): readonly RunSummary[];
  /** `id` may be a unique prefix, or `latest`. Throws AppError `not-found` with the nearest ids. */
  load(id: string): Run;
  close(): void;
}
