/** One term of Theta = sum over layers of the kernel of that layer's weights (docs/theory.md 2), seen from the least eigenvector v. */
export interface LayerTerm {
  /** Hidden layer from 1 on; null for the output layer. */
  readonly layer: number | null;
  /** Null for the output layer. */
  readonly activation: string | null;
  readonly skip: boolean;
  /** v' Theta_l v; the terms of all layers sum to lambda_min. */
  readonly value: number;
  /** The same over lambda_min; null when lambda_min is zero. */
  readonly share: number | null;
  /** Share of the layer in the trace of Theta: what it would carry if all directions were alike. */
  readonly traceShare: number;
}

/** An input as a picture: channel by channel, row by row, from 0 to 255. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: readonly number[];
}

/** One input with its entry of the least eigenvector. */
export interface InputEntry {
  /** Row of the data set. */
  readonly row: number;
  /** Entry of the unit vector v. */
  readonly entry: number;
  /** Class or target. */
  readonly target?: string;
}

/** Two inputs that are nearly one to the kernel. */
export interface NearPair {
  readonly inputs: readonly [InputEntry, InputEntry];
  /** <x, y> / (|x| |y|). */
  readonly correlation: number;
  /** Part of the squared length of v that lies on the two. */
  readonly weight: number;
  /** Least eigenvalue of the two inputs' 2 x 2 kernel: lambda_min cannot exceed it. */
  readonly bound: number;
  /** For tables: the columns in which they differ most (by standard deviations), in the file's units; the largest difference first. */
  readonly differences?: readonly { readonly name: string; readonly values: readonly [number, number] }[];
  readonly pictures?: readonly [Picture, Picture];
}

/** What one change does: one activation, one skip, or in a range of depths one last layer. */
export interface Neighbour {
  readonly genotype: string;
  /** In words: `layer 2: tanh instead of relu`. */
  readonly change: string;
  readonly score: number | null;
  readonly lambdaMin: number | null;
  readonly lambdaMinNormalized: number | null;
  /** Whether its score is better than that of the network explained; null when it has none. */
  readonly better: boolean | null;
}

/** Why a network has its lambda_min, and what would change it. A function of architecture, batch, model and space. */
export interface Explanation {
  readonly genotype: string;
  readonly score: { readonly name: string; readonly better: "higher" | "lower"; readonly value: number | null };
  readonly lambdaMin: number;
  /** Hidden layers in order, the output layer last. */
  readonly terms: readonly LayerTerm[];
  readonly inputs: {
    readonly n: number;
    /** 1 / sum of v_i^4, between 1 and n: how many inputs share in the least eigenvector. */
    readonly participation: number;
    /** Largest entries by size. */
    readonly entries: readonly InputEntry[];
    /** The pairs that the largest entries form with their nearest inputs, the heaviest first. */
    readonly pairs: readonly NearPair[];
  };
  /** All one-step neighbours that were scored, best first, failures last. */
  readonly neighbours: readonly Neighbour[];
  /** Neighbours that were not scored, because there are too many or the time was up. */
  readonly neighboursLeftOut: number;
}
