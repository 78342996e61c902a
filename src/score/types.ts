/** Every bound of docs/theory.md 3 for one architecture on one batch; a bound that does not apply is null. */
export interface BoundValues {
  /** Lower bounds of lambda_min(Theta), docs/theory.md 3.2. */
  readonly LB: number;
  readonly LB1: number;
  readonly LBmat: number;
  readonly LBlay: number | null;
  /** Lower bound of lambda_min of the NNGP kernel F^{L-1} (not of the NTK). */
  readonly NNGP: number | null;
  /** Upper bounds of lambda_min(Theta), docs/theory.md 3.3. */
  readonly UBdiag: number;
  readonly UBpair: number;
}

/** How lambda_min was found and what guarantees that it is the least eigenvalue. */
export interface SolverCertificate {
  readonly method: "inverse-lanczos" | "tridiagonal-sturm";
  /** ||K v - lambda v||_2 for the unit vector v that belongs to lambda_min. */
  readonly residual: number;
  /** Number of eigenvalues proved below lambda_min - slack by an inertia count: 0 when certified. */
  readonly below: number;
  readonly slack: number;
  readonly certified: boolean;
}

/** What one architecture's kernel says. All eigenvalues are of the n x n kernel, not divided by n. */
export interface ScoredArchitecture {
  readonly genotype: string;
  readonly depth: number;
  readonly lambdaMin: number;
  /** lambda_min / (trace / n): invariant to the output's scale. */
  readonly lambdaMinNormalized: number;
  readonly trace: number;
  readonly bounds: BoundValues;
  /** Every metric that was computed, by its name in the metrics table; null where it does not apply (no labels, singular). */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly solver: SolverCertificate;
  /** In words: rank deficiency and its cause, overflow, ... */
  readonly warnings: readonly string[];
}

/** A row of the metrics table. */
export interface MetricInfo {
  readonly name: string;
  /** Short heading for tables. */
  readonly label: string;
  readonly better: "higher" | "lower";
  readonly usesLabels: boolean;
  /** One sentence with the formula. */
  readonly description: string;
}

/** What a search keeps of every architecture that it solved. `score` is the metric of the search. */
export interface ScoredRow {
  readonly genotype: string;
  readonly score: number;
  readonly lambdaMin: number;
  readonly lambdaMinNormalized: number;
  readonly trace: number;
  readonly LB: number;
  readonly UBpair: number;
  readonly residual: number;
  readonly certified: boolean;
  /** Why there is no score: overflow, singular kernel for a label score, ... */
  readonly failure?: string;
}
