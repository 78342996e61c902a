import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { estimateOf, type Estimate } from "../../src/math/estimate.js";
import { rng } from "../../src/rng.js";
import { judgeContest } from "../../src/train/contest.js";
import type { TrainingRecord } from "../../src/store/trainings.js";
import type { FiniteWidthScore } from "../../src/score/finite-width.js";
import type { ScoredArchitecture } from "../../src/score/types.js";
import type { BaselinePoint, Run, RunArtifacts, RunProtocol, RunRow } from "../../src/store/types.js";

const activations = ["relu", "leaky_relu(0.2)", "tanh", "silu", "sigmoid"] as const;

/** Growth of lambda_min per layer: made up, but in the order that real kernels show. */
const gain: Readonly<Record<string, number>> = {
  relu: 1,
  "leaky_relu(0.2)": 0.86,
  tanh: 0.74,
  silu: 0.45,
  sigmoid: 0.09,
};

interface Layer {
  readonly activation: string;
  readonly skip: boolean;
}

export function genotypeOf(layers: readonly Layer[]): string {
  return layers.map((layer, l) => (l === 0 ? "" : layer.skip ? "+" : "-") + layer.activation).join("");
}

function score(layers: readonly Layer[]): RunRow {
  const noise = Math.exp(0.3 * rng(9, genotypeOf(layers)).normal());
  const product = layers.reduce((value, layer) => value * (gain[layer.activation] + (layer.skip ? 0.8 : 0)), 0.21);
  const lambdaMin = product * noise;
  const trace = 64 * layers.reduce((value, layer) => value * (layer.skip ? 2.1 : 0.95), 1.4);
  return {
    genotype: genotypeOf(layers),
    score: lambdaMin,
    lambdaMin,
    lambdaMinNormalized: lambdaMin / (trace / 64),
    LB: lambdaMin / (5 + 6 * rng(4, genotypeOf(layers)).uniform()),
    UBpair: lambdaMin * (1.6 + rng(5, genotypeOf(layers)).uniform()),
    residual: 3.1e-15,
    failure: null,
  };
}

/** All networks with `hidden` layers over the five activations, with and without skips. */
function spaceOf(hidden: number): Layer[][] {
  let partial: Layer[][] = [[]];
  for (let l = 0; l < hidden; l++) {
    const choices = activations.flatMap((activation) =>
      (l === 0 ? [false] : [false, true]).map((skip) => ({ activation, skip })),
    );
    partial = partial.flatMap((layers) => choices.map((layer) => [...layers, layer]));
  }
  return partial;
}

/** A kernel of 64 unit vectors around ten class centres (angles through the arc-cosine kernel of degree 1). */
function kernel(size: number): { values: number[]; spectrum: number[]; classes: string[] } {
  const random = rng(11, "kernel");
  const centres = Array.from({ length: 10 }, () => Array.from({ length: 24 }, () => random.normal()));
  const classes = Array.from({ length: size }, (_, i) => String(Math.floor((i * 10) / size)));
  const points = classes.map((name) => centres[Number(name)].map((value) => value + 1.1 * random.normal()));
  const unit = points.map((point) => point.map((value) => value / Math.hypot(...point)));
  const values = unit.flatMap((a, i) =>
    unit.map((b, j) => {
      const rho =
        i === j
          ? 1
          : Math.min(
              1,
              a.reduce((sum, value, k) => sum + value * b[k], 0),
            );
      const angle = Math.acos(rho);
      return 4 * (Math.sqrt(1 - rho * rho) + 2 * (Math.PI - angle) * rho) * (1 / Math.PI);
    }),
  );
  const rows = Array.from({ length: size }, (_, i) => values.slice(i * size, (i + 1) * size));
  const spectrum = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues;
  return { values, spectrum: [...spectrum].sort((a, b) => a - b), classes };
}

function scored(row: RunRow, withLabels: boolean): ScoredArchitecture {
  const depth = row.genotype.split(/[-+]/).length + 1;
  const lambdaMin = row.lambdaMin ?? 0;
  const trace = (64 * lambdaMin) / (row.lambdaMinNormalized ?? 1);
  const labels = withLabels
    ? { label_complexity: -1.7 - lambdaMin, loo_error: 0.31 - 0.02 * lambdaMin, loo_accuracy: 0.9 + 0.01 * lambdaMin }
    : { label_complexity: null, loo_error: null, loo_accuracy: null };
  return {
    genotype: row.genotype,
    depth,
    lambdaMin,
    lambdaMinNormalized: row.lambdaMinNormalized ?? 0,
    trace,
    bounds: {
      LB: row.LB ?? 0,
      LB1: (row.LB ?? 0) * 0.7,
      LBmat: (row.LB ?? 0) * 1.4,
      LBlay: (row.LB ?? 0) * 1.1,
      NNGP: null,
      UBdiag: (row.UBpair ?? 0) * 3,
      UBpair: row.UBpair ?? 0,
    },
    metrics: {
      lambda_min: lambdaMin,
      lambda_min_normalized: row.lambdaMinNormalized,
      lower_bound: row.LB,
      condition_number: (trace * 0.6) / lambdaMin,
      trace,
      effective_rank: 9.87654 + lambdaMin,
      ...labels,
      parameters: 1_234_567 + 1000 * depth,
      flops: 2_400_000,
      depth,
    },
    solver: { method: "inverse-lanczos", residual: 3.1e-15, below: 0, slack: 2e-12, certified: true },
    warnings: [],
  };
}

function baselines(): BaselinePoint[] {
  return activations.flatMap((activation) =>
    [false, true].flatMap((skips) =>
      [2, 3, 4, 5, 6].map((depth): BaselinePoint => {
        const layers = Array.from({ length: depth - 1 }, (_, l) => ({ activation, skip: skips && l > 0 }));
        const row = score(layers);
        return {
          activation,
          skips,
          depth,
          genotype: row.genotype,
          lambdaMin: row.lambdaMin ?? 0,
          lambdaMinNormalized: row.lambdaMinNormalized ?? 0,
          LB: row.LB ?? 0,
          UBpair: row.UBpair ?? 0,
        };
      }),
    ),
  );
}

export function makeProtocol(changes: Partial<RunProtocol> = {}): RunProtocol {
  return {
    version: "0.1.0",
    command: "eigennas search --data mnist --depth 4 --samples 64",
    space: {
      id: "fcn",
      size: "500",
      description: "depth 4, 5 activations, skips",
      depths: [
        {
          depth: 4,
          maxSkips: 2,
          choices: [0, 1, 2].map((l) =>
            activations.flatMap((activation) =>
              (l === 0 ? [false] : [false, true]).map((skip) => ({ activation, skip })),
            ),
          ),
        },
      ],
    },
    batch: {
      dataSpec: "mnist",
      dataHash: "5f9c1f0d2f3a4b5c6d7e8f901122334455667788990011223344556677889900",
      batchHash: "c0ffee0d2f3a4b5c6d7e8f901122334455667788990011223344556677889911",
      rowsInData: 70000,
      samples: 64,
      seed: 7,
      normalize: "unit",
      classBalanced: true,
      duplicatesRemoved: 2,
      antipodalPairs: 0,
      zeroRowsRemoved: 0,
      norms: [0.9999999999999998, 1.0000000000000002],
      nearestPair: { rows: [1204, 58821], correlation: 0.98765 },
      notes: ["2 duplicate rows were removed"],
    },
    model: { c1: 1, c: 2, co: 1, tau: 1, crossTerms: true },
    strategy: { name: "exhaustive", budget: null, seconds: null, top: 10 },
    score: { name: "lambda_min", better: "higher", usesLabels: false },
    seed: 7,
    parameterisation: "ntk",
    initialisation: "gaussian",
    batchNorm: "none",
    output: "scalar",
    precision: "float64",
    engine: "infinite, Chebyshev tables of order 64",
    solver: "inverse Lanczos with inertia count",
    threads: 2,
    ...changes,
  };
}

export function makeArtifacts(rows: readonly RunRow[], withLabels = true): RunArtifacts {
  const best = [...rows].sort((a, b) => (b.score ?? 0) - (a.score ?? 0)).slice(0, 10);
  const { values, spectrum, classes } = kernel(64);
  const winner = best[0].genotype;
  const names = winner.split(/[-+]/);
  const marks = winner.match(/[-+]/g) ?? [];
  const lambdas = rows.map((row) => row.lambdaMin ?? 0).sort((a, b) => a - b);
  const quantile = (share: number): number => lambdas[Math.round(share * (lambdas.length - 1))];
  return {
    top: best.map((row) => scored(row, withLabels)),
    winner: {
      genotype: winner,
      spectrum,
      kernel: { size: 64, values, classes },
      layers: names.map((activation, l) => ({
        activation,
        skip: l > 0 && marks[l - 1] === "+",
        variance: 1 + 1.3 * l,
        diagonalShare: [0.14, 0.22, 0.28][l] ?? 0.1,
      })),
    },
    baselines: baselines(),
    randomChoice: { count: 200, lambdaMin: [quantile(0), quantile(0.25), quantile(0.5), quantile(0.75), quantile(1)] },
  };
}

/** A complete run over the 500 networks of depth 4, with made numbers in a realistic order. */
export function makeRun(changes: Partial<Run> = {}): Run {
  const rows = rng(1, "order").shuffle(spaceOf(3).map(score));
  return {
    id: "2026-11-24-0419-1a2b3c",
    status: "complete",
    createdAt: "2026-11-24T04:19:02.123Z",
    seconds: 3.4567,
    protocol: makeProtocol(),
    evaluated: 500,
    skippedByBound: 0,
    exactTopK: true,
    rows,
    artifacts: makeArtifacts(rows),
    ...changes,
  };
}

/** Scores at width 512 for the best of `artifacts`: about nine tenths of the infinite value, over five draws. */
export function makeFinite(artifacts: RunArtifacts, draws = 5): FiniteWidthScore[] {
  return artifacts.top.map(({ genotype, lambdaMin, lambdaMinNormalized, trace }, i) => {
    const estimate = (centre: number): Estimate =>
      estimateOf(Array.from({ length: draws }, (_, k) => centre * (0.9 + 0.02 * rng(i, "finite", k).normal())));
    return {
      genotype,
      width: 512,
      draws,
      lambdaMin: estimate(lambdaMin),
      lambdaMinNormalized: estimate(lambdaMinNormalized),
      trace: estimate(trace),
      certificate: estimate(0.1 * lambdaMin),
      shares: [
        { parameter: "g1.weight", share: 0.75 },
        { parameter: "out.weight", share: 0.25 },
      ],
      certified: true,
      options: { seed: 7, init: "ntk", params: "weights", parameterisation: "ntk", output: "sum", outputs: 1 },
      engine: "reference",
      precision: "float64",
      notes: [],
      infinite: lambdaMin,
      ratio: 0.9,
      warnings: ["Width 512 is below 10 n = 640: lambda_min is still biased down."],
    };
  });
}

/** What training told: of the best three the second was chosen; two of the best, one of them failed once, against a random network. */
export function makeTrained({ top }: RunArtifacts): Required<Pick<RunArtifacts, "choice" | "training">> {
  const [a, b, c] = top.map(({ genotype }) => genotype);
  const networks = [b, a, c].map((genotype, k) => ({
    genotype,
    place: top.findIndex((item) => item.genotype === genotype) + 1,
    mean: k === 2 ? NaN : 0.9 - 0.05 * k,
    standardError: k === 2 ? NaN : 0.01,
  }));
  const record = (network: string, seed: number, score: number): TrainingRecord => ({
    network,
    seed,
    history: [1, 2, 3].map((epoch) => ({ epoch, learningRate: 0.01, train: { loss: 1 / epoch, score: 0.5 } })),
    epoch: 3,
    ...(Number.isNaN(score) ? { failure: "diverged" } : { test: { loss: 0.4, score } }),
    seconds: 1.5,
  });
  const contested = [
    { name: a, group: "top", score: 3, figures: [0.9, 0.92] },
    { name: b, group: "top", score: 2, figures: [0.8, NaN] },
    { name: "erf-erf", group: "random", score: 1, figures: [0.7, 0.74] },
  ] as const;
  return {
    choice: { chosen: b, changed: true, figure: "accuracy", recipe: "adam, 5 epochs; 3 seeds", networks },
    training: {
      ...{ version: "0.1.0", command: "eigennas train latest", about: "made: 90 rows to learn from", classes: true },
      score: { label: "λmin", better: "higher" },
      records: contested.flatMap(({ name, figures }) => figures.map((score, seed) => record(name, seed, score))),
      verdict: judgeContest(contested, rng("trained")),
      judgement: ["Too few networks."],
    },
  };
}
