/**
 * Train-free neural architecture search by the smallest NTK eigenvalue. This entry is pure computation and needs nothing
 * of Node.js; the rest is in `eigennas/data` (data sets and batches), `eigennas/queue` (worker threads),
 * `eigennas/store` (SQLite) and `eigennas/report` (HTML, CSV, JSON). Formulas: docs/theory.md.
 *
 * @module
 */
export { evaluator, type EvaluatorOptions } from "./api/evaluator.js";
export { bounds, ntk, type KernelOptions } from "./api/ntk.js";
export type { Model, Rows } from "./api/rows.js";
export { spaces } from "./api/spaces.js";
export type { Activation, DualPair, Moments } from "./arch/activations/activation.js";
export {
  activation,
  activationFamilies,
  canonicalActivationName,
  defineActivation,
  registerActivation,
  type ActivationDefinition,
} from "./arch/activations/registry.js";
export {
  branchScale,
  depthOf,
  modelPresets,
  type Architecture,
  type Layer,
  type ModelParameters,
  type ModelPreset,
} from "./arch/architecture.js";
export { cellNetwork, cellOperations, type CellNetworkOptions, type CellOperation } from "./arch/cells.js";
export { sizeNetwork, type SizeNetworkOptions } from "./arch/size-network.js";
export {
  layeredGraph,
  shapedNodes,
  type GraphArchitecture,
  type GraphNode,
  type GraphOp,
  type GraphOpKind,
  type RunningStatistics,
  type Shape,
  type ShapedNode,
} from "./arch/graph.js";
export { cost, referenceWidth, type Cost } from "./arch/cost.js";
export type { Batch, BatchReport, Normalization } from "./data/dataset.js";
export { AppError, errorCodes, type AppErrorOptions, type ErrorCode } from "./errors.js";
export * from "./explain/index.js";
export type { KernelMatrix } from "./kernels/engine.js";
export {
  finiteNtk,
  type DenseFactors,
  type FiniteBatch,
  type FiniteKernel,
  type FiniteOptions,
  type OutputFunctional,
} from "./kernels/finite/ntk.js";
export type { Parameter } from "./kernels/finite/ir.js";
export { initialisations, type Initialisation } from "./kernels/finite/parameters.js";
export type { BatchNormMode } from "./kernels/finite/reference.js";
export { crossKernel, infiniteKernel, type InputRows } from "./kernels/infinite/direct.js";
export type { PathLayer } from "./kernels/infinite/angle-path.js";
export { scalars, type ArchitectureScalars, type LayerScalars } from "./kernels/infinite/scalars.js";
export { probabilityAbove, type Estimate } from "./math/estimate.js";
export { Rng, rng } from "./rng.js";
export type { BankEntry } from "./score/bank.js";
export { compareFinite, comparisonScoreNames, type Comparison, type ComparisonScoreName } from "./score/compare.js";
export { finiteScore, type FiniteScore } from "./score/finite.js";
export { finiteByteLimit, type ComputedBy, type FiniteCompute } from "./score/finite-draws.js";
export type { ProductScore } from "./score/finite-product.js";
export {
  checkFiniteMemory,
  finiteEngineNames,
  finiteNetwork,
  finiteWidthScore,
  type FiniteEngineName,
  type FiniteSettings,
  type FiniteWidthScore,
} from "./score/finite-width.js";
export { evaluateFully } from "./score/full.js";
export { pathLayers } from "./score/kernel-loader.js";
export type { LabelColumns, LeaveOneOut } from "./score/labels.js";
export type { RegressionFit } from "./score/kernel-regression.js";
export { KernelPredictor, type Predictions } from "./score/predictor.js";
export { metricOf, metrics, type KernelView, type Metric } from "./score/metrics.js";
export type { BoundedMetric, Chunk, ScanOutcome } from "./score/scan.js";
export { Scorer, type ScoringContext } from "./score/scorer.js";
export type { BoundValues, MetricInfo, ScoredArchitecture, ScoredRow, SolverCertificate } from "./score/types.js";
export * from "./search/index.js";
export * from "./spaces/index.js";
export { SymmetricSolver, type CholeskyFactor, type LeastEigenpair } from "./spectrum/solver.js";
export {
  lanczosExtremes,
  type ExtremeEigenpair,
  type LanczosExtremes,
  type LanczosOptions,
} from "./spectrum/lanczos.js";
export { eigenvalues, lambdaMin, summarise, type SpectrumSummary, type SquareMatrix } from "./spectrum/spectrum.js";
export { crossValidate, type CrossValidation } from "./study/cross-validation.js";
export type { Examples } from "./study/examples.js";
export * from "./theory/index.js";
