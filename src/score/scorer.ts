import type { Activation } from "../arch/activations/activation.js";
import type { Architecture, ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/dataset.js";
import { AppError } from "../errors.js";
import type { PathLayer } from "../kernels/infinite/angle-path.js";
import { PairRecursion } from "../kernels/infinite/direct.js";
import { rng } from "../rng.js";
import { layeredSpace, parseGenotype } from "../spaces/index.js";
import { joinLayers } from "../spaces/genotype.js";
import type { SpaceSpec } from "../spaces/space.js";
import type { LeastEigenpair } from "../spectrum/solver.js";
import { summarise, type SpectrumSummary } from "../spectrum/spectrum.js";
import { dataTerms, firstLayerTerms, type DataTerms } from "../theory/data-terms.js";
import { hermiteBounds } from "../theory/lower-bounds.js";
import type { BankEntry } from "./bank.js";
import { kernelLoader, pathLayers, type KernelLoader } from "./kernel-loader.js";
import { labelColumns, leaveOneOut, type LeaveOneOut } from "./labels.js";
import { metricOf, type KernelView, type Metric } from "./metrics.js";
import { scanChunk, isBoundedMetric, type Chunk, type ScanOutcome } from "./scan.js";
import type { ScoredRow } from "./types.js";

/** What a scorer is made of: plain data, so that worker threads can be given it. */
export interface ScoringContext {
  readonly batch: Pick<Batch, "n" | "d" | "inputs" | "labels" | "targets"> & Partial<Pick<Batch, "rows">>;
  readonly model: ModelParameters;
  /** Metric of `ScoredRow.score`. */
  readonly metric: string;
  /** The space that will be searched: fixes the number of series terms by a sample of it, and defines the chunks. */
  readonly space?: SpaceSpec;
}

const calibrationSize = 32;

/** Scores architectures on one batch. One per thread: it owns the memory that kernels are written to. */
export class Scorer {
  readonly context: ScoringContext;
  readonly loader: KernelLoader;
  readonly metric: Metric;
  readonly #labels;
  readonly #firstTerms = new Map<string, Float64Array>();
  #dataTerms: DataTerms | undefined;

  constructor(context: ScoringContext, loader?: KernelLoader) {
    this.context = context;
    this.metric = metricOf(context.metric);
    this.#labels = labelColumns(context.batch);
    this.loader = loader ?? kernelLoader(context.batch, context.model, calibrationSample(context.space));
  }

  /** Data terms of the lower bounds, computed when first asked for. */
  get dataTerms(): DataTerms {
    this.#dataTerms ??= dataTerms(this.context.batch);
    return this.#dataTerms;
  }

  get labels(): ReturnType<typeof labelColumns> {
    return this.#labels;
  }

  /** First-layer terms of LB, cached per activation. */
  firstTerms(sigma: Activation): Float64Array {
    let found = this.#firstTerms.get(sigma.name);
    if (found === undefined) {
      found = firstLayerTerms(this.dataTerms, sigma, this.context.model.c1);
      this.#firstTerms.set(sigma.name, found);
    }
    return found;
  }

  /** LB and LB1 of an architecture. */
  hermiteBounds(
    architecture: Architecture,
    layers: readonly PathLayer[],
  ): { readonly LB: number; readonly LB1: number } {
    const recursion = new PairRecursion(architecture, this.context.model);
    const sides = [...new Set(this.dataTerms.squaredNorms)].map((norm) => recursion.scalars(norm));
    return hermiteBounds(this.firstTerms(layers[0].activation), sides, this.context.model);
  }

  /** The kernel of an architecture, loaded, with what metrics ask of it. Valid until the next one is loaded. */
  view(
    architecture: Architecture,
    layers: readonly PathLayer[],
    start?: Float64Array,
  ): KernelView & { readonly UBpair: number } {
    const { solver } = this.loader;
    const UBpair = this.loader.load(architecture, layers);
    const trace = solver.trace();
    const { LB } = this.hermiteBounds(architecture, layers);
    let least: LeastEigenpair | undefined;
    let spectrum: SpectrumSummary | undefined;
    let loo: { readonly value: LeaveOneOut | undefined } | undefined;
    const labels = this.#labels;
    return {
      architecture,
      inputDimension: this.context.batch.d,
      solver,
      trace,
      LB,
      UBpair,
      labels,
      least: () => (least ??= settled(solver.least(start), UBpair)),
      spectrum: () => (spectrum ??= summarise(solver.eigenvalues())),
      leaveOneOut: () => (loo ??= { value: labels === undefined ? undefined : leaveOneOut(solver, labels) }).value,
    };
  }

  /** One scored row; a kernel that overflows, or a metric that does not apply, becomes a failure with its reason. */
  row(genotype: string, start?: Float64Array): { readonly row: ScoredRow; readonly vector: Float64Array | undefined } {
    const architecture = parseGenotype(genotype);
    return this.#row(genotype, architecture, pathLayers(architecture), start);
  }

  /** Scans a chunk of the context's space (see scanChunk); new eigenvectors are returned, at most `keep` of them. */
  scan(
    chunk: Chunk,
    threshold: number,
    top: number,
    bank: readonly BankEntry[],
    keep: number,
  ): ScanOutcome<ScoredRow> & { readonly entries: readonly BankEntry[] } {
    const { angles } = this.loader;
    const { space, metric } = this.context;
    if (angles === undefined || space === undefined || !isBoundedMetric(metric)) {
      throw new AppError(
        "internal",
        "A scan needs inputs of one norm, a space, and a score that is bounded by Rayleigh quotients.",
      );
    }
    const entries: BankEntry[] = [];
    const outcome = scanChunk<ScoredRow>(angles, space, chunk, metric, threshold, top, bank, (layers, start) => {
      const architecture: Architecture = {
        kind: "layered",
        layers: layers.map(({ activation, skip }) => ({ activation: activation.name, skip })),
      };
      const { row, vector } = this.#row(joinLayers(architecture.layers), architecture, layers, start);
      if (vector !== undefined && entries.length < keep) entries.push({ vector, weights: angles.nodeWeights(vector) });
      return { item: row, vector };
    });
    return { ...outcome, entries };
  }

  #row(
    genotype: string,
    architecture: Architecture,
    layers: readonly PathLayer[],
    start: Float64Array | undefined,
  ): { readonly row: ScoredRow; readonly vector: Float64Array | undefined } {
    try {
      const view = this.view(architecture, layers, start);
      const { value, vector, residual, certified } = view.least();
      const score = this.metric.compute(view);
      const row: ScoredRow = {
        genotype,
        score: score ?? NaN,
        lambdaMin: value,
        lambdaMinNormalized: value / (view.trace / view.solver.n),
        trace: view.trace,
        LB: view.LB,
        UBpair: view.UBpair,
        residual,
        certified,
      };
      return { row, vector };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "numeric") throw error;
      return { row: failedRow(genotype, error.message), vector: undefined };
    }
  }
}

/**
 * The eigenvalue rounded to a sixteenth of the solver's slack (6e-12 of it or less): below that the digits depend on where
 * the iteration started, and equal networks must have equal scores, so that ties are broken by their genotypes. Never rounded above UBpair.
 */
function settled(least: LeastEigenpair, UBpair: number): LeastEigenpair {
  const quantum = 2 ** Math.floor(Math.log2(least.slack / 16));
  const rounded = Math.round(least.value / quantum) * quantum;
  return { ...least, value: UBpair > 0 ? Math.min(rounded, UBpair) : rounded };
}

/** Architectures of a space that decide how many series terms a search works with: always the same ones. */
function calibrationSample(spec: SpaceSpec | undefined): Architecture[] {
  if (spec === undefined) return [];
  const space = layeredSpace(spec);
  return Array.from({ length: calibrationSize }, (_, i) => space.build(space.sample(rng("calibration", i))));
}

const failedRow = (genotype: string, failure: string): ScoredRow => ({
  genotype,
  score: NaN,
  lambdaMin: NaN,
  lambdaMinNormalized: NaN,
  trace: NaN,
  LB: NaN,
  UBpair: NaN,
  residual: NaN,
  certified: false,
  failure,
});
