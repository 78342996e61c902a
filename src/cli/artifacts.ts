import type { ModelParameters } from "../arch/architecture.js";
import type { Batch, RowSource } from "../data/index.js";
import { explain, type Explanation } from "../explain/index.js";
import { scalars } from "../kernels/infinite/scalars.js";
import type { Backend } from "../queue/backend.js";
import { evaluateOn } from "../queue/evaluate.js";
import { finiteCompute } from "../queue/finite-compute.js";
import { finiteOn } from "../queue/finite.js";
import { rng } from "../rng.js";
import { checkFiniteMemory, type FiniteSettings, type FiniteWidthScore } from "../score/finite-width.js";
import { pathLayers } from "../score/kernel-loader.js";
import { Scorer, type ScoringContext } from "../score/scorer.js";
import type { ScoredArchitecture } from "../score/types.js";
import { isAborted, random, unlessAborted } from "../search/index.js";
import { formatGenotype, parseGenotype } from "../spaces/index.js";
import type { Space, SpaceSpec } from "../spaces/space.js";
import { openFiniteScores } from "../store/finite-scores.js";
import type { BaselinePoint, FiveNumbers, RunArtifacts } from "../store/types.js";
import { heatMap } from "./heat-map.js";
import { packageVersion } from "./version.js";

export interface ArtifactsInput {
  readonly space: Space;
  readonly batch: Batch;
  /** What the batch was drawn from: shows inputs as they were read. */
  readonly rowSource?: RowSource | undefined;
  readonly context: ScoringContext;
  readonly seed: number;
  /** Genotypes of the best, best first. */
  readonly top: readonly string[];
  /** Scores them at a finite width too. */
  readonly finite?: FiniteSettings | undefined;
  /** Where these scores are kept: what is there is not computed again. */
  readonly finiteFolder: string;
  /** Leaves out the comparisons and the finite width that are not computed when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Parts of the artifacts that a search does without when its time is up. */
const comparisonNames = ["baselines", "randomChoice"] as const;

/** Artifacts that also know the search's own score of what the best are compared with. */
export interface ComparedArtifacts extends RunArtifacts {
  readonly baselines: readonly ScoredBaseline[];
  readonly randomChoice: Required<NonNullable<RunArtifacts["randomChoice"]>> | null;
  /** What was not computed because the signal was aborted. */
  readonly leftOut: readonly (typeof comparisonNames)[number][];
}

export interface ScoredBaseline extends BaselinePoint {
  readonly score: number;
}

const randomCount = 32;
const mostBaselineDepths = 8;
/** The network that everybody would try first: a baseline whatever the space. */
const plainActivation = "relu";
/** Neighbours of the winner that a search scores; `eigennas explain` scores all. */
const mostNeighbours = 128;

/**
 * Everything that a report shows besides the evaluated rows; the same input gives the same artifacts. The best are
 * scored fully in any case, the rest only until the signal is aborted.
 */
export async function buildArtifacts(backend: Backend, input: ArtifactsInput): Promise<ComparedArtifacts> {
  const { space, seed, top, batch, context, signal } = input;
  const scored = await scoreFully(backend, top);
  const winner = top.length === 0 ? null : winnerOf(top[0], batch, context);
  const finite = await finiteScores(backend, input);
  const [baselines, randomChoice, explanation] = await Promise.all([
    unlessAborted(() => baselineCurves(backend, space.spec, signal), signal),
    unlessAborted(() => chanceOf(backend, space, seed, signal), signal),
    unlessAborted(() => explanationOf(backend, input), signal),
  ]);
  const found = { baselines, randomChoice };
  return {
    top: scored,
    winner,
    baselines: baselines ?? [],
    randomChoice: randomChoice ?? null,
    leftOut: comparisonNames.filter((name) => found[name] === undefined),
    ...(finite && { finite }),
    ...(explanation && { explanation }),
  };
}

/** Why the first of the best is there; undefined when nothing was found. */
async function explanationOf(
  backend: Backend,
  { top, batch, rowSource, context, space, signal }: ArtifactsInput,
): Promise<Explanation | undefined> {
  if (top.length === 0) return undefined;
  return explain({
    genotype: top[0],
    batch,
    context,
    space,
    evaluate: (genotypes) => evaluateOn(backend)(genotypes, signal),
    limit: mostNeighbours,
    ...(rowSource && { source: rowSource }),
  });
}

/** The best at a finite width, each kept as soon as it is there; undefined when it was not asked for, or aborted. */
async function finiteScores(
  backend: Backend,
  { top, finite: settings, finiteFolder, batch, context, signal }: ArtifactsInput,
): Promise<readonly FiniteWidthScore[] | undefined> {
  if (settings === undefined || isAborted(signal)) return undefined;
  const bytes = Math.max(0, ...top.map((genotype) => checkFiniteMemory(genotype, context, settings)));
  const { batchHash } = batch.report;
  const engine = finiteCompute(settings).engine?.name ?? "reference";
  const protocol = { batchHash, model: context.model, settings, engine, version: packageVersion() };
  const file = openFiniteScores(finiteFolder, protocol);
  const kept = new Map(file.records.map((score) => [score.genotype, score]));
  const jobs = top.filter((genotype) => !kept.has(genotype)).map((genotype) => ({ genotype, settings }));
  const keep = (score: FiniteWidthScore): void => {
    file.append([score]);
    kept.set(score.genotype, score);
  };
  const done = await unlessAborted(() => finiteOn(backend, jobs, bytes, signal, keep), signal);
  return done && top.flatMap((genotype) => kept.get(genotype) ?? []);
}

/** Every metric and bound of these genotypes, one task each so that all threads have work. */
async function scoreFully(backend: Backend, genotypes: readonly string[]): Promise<readonly ScoredArchitecture[]> {
  const tasks = genotypes.map((genotype) => backend.run({ kind: "full" as const, genotypes: [genotype] }));
  return (await Promise.all(tasks)).flat();
}

function winnerOf(genotype: string, batch: Batch, context: ScoringContext): NonNullable<RunArtifacts["winner"]> {
  const architecture = parseGenotype(genotype);
  const { loader } = new Scorer(context);
  loader.load(architecture, pathLayers(architecture));
  const { solver } = loader;
  return {
    genotype,
    spectrum: [...solver.eigenvalues()],
    kernel: heatMap(solver.matrix, batch.n, batch.labels, batch.classNames),
    layers: layersOf(genotype, batch, context.model),
  };
}

/** Variance and share of the diagonal of every hidden layer, at the mean squared norm of the inputs. */
function layersOf(
  genotype: string,
  { n, inputs }: Batch,
  model: ModelParameters,
): NonNullable<RunArtifacts["winner"]>["layers"] {
  const squaredNorm = inputs.reduce((sum, x) => sum + x * x, 0) / n;
  const { layers, parts, ntk } = scalars(parseGenotype(genotype), model, squaredNorm);
  return layers.map(({ activation, skip, variance }, l) => ({
    activation: activation.name,
    skip,
    variance,
    diagonalShare: parts[l] / ntk,
  }));
}

/** Plain networks: ReLU or one activation of the space in every layer, all skips or none, from depth 2 to the space's greatest. */
async function baselineCurves(
  backend: Backend,
  spec: SpaceSpec,
  signal: AbortSignal | undefined,
): Promise<ScoredBaseline[]> {
  const inSpace = spec.depths.flatMap(({ choices }) => choices.flat().map((c) => c.activation));
  const activations = [...new Set([...inSpace, plainActivation])];
  const plain = activations.flatMap((activation) =>
    [false, true].flatMap((skips) =>
      baselineDepths(Math.max(...spec.depths.map(({ depth }) => depth))).map((depth) => ({
        activation,
        skips,
        depth,
        genotype: plainGenotype(activation, skips, depth),
      })),
    ),
  );
  const rows = await evaluateOn(backend)([...new Set(plain.map(({ genotype }) => genotype))], signal);
  const byGenotype = new Map(rows.map((row) => [row.genotype, row]));
  return plain.flatMap((point) => {
    const row = byGenotype.get(point.genotype);
    if (row === undefined || row.failure !== undefined) return [];
    const { score, lambdaMin, lambdaMinNormalized, LB, UBpair } = row;
    return [{ ...point, score, lambdaMin, lambdaMinNormalized, LB, UBpair }];
  });
}

function plainGenotype(activation: string, skips: boolean, depth: number): string {
  const layers = Array.from({ length: depth - 1 }, (_, l) => ({ activation, skip: skips && l > 0 }));
  return formatGenotype({ kind: "layered", layers });
}

/** All depths from 2 to `greatest`, or eight of them evenly spread. */
function baselineDepths(greatest: number): number[] {
  const count = Math.min(greatest - 1, mostBaselineDepths);
  if (count === 1) return [2];
  return Array.from({ length: count }, (_, i) => 2 + Math.round((i * (greatest - 2)) / (count - 1)));
}

/** Five numbers of lambda_min and of the score over 32 random members (fewer when the space or failures leave fewer). */
async function chanceOf(
  backend: Backend,
  space: Space,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<ComparedArtifacts["randomChoice"]> {
  const drawn = random()
    .start({ space, rng: rng(seed, "random-choice"), better: "higher" })
    .next(randomCount);
  const rows = (await evaluateOn(backend)(drawn, signal)).filter(({ failure }) => failure === undefined);
  if (rows.length === 0) return null;
  const five = (values: readonly number[]): FiveNumbers => {
    const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const at = (share: number): number => (sorted.length === 0 ? NaN : quantile(sorted, share));
    return [at(0), at(0.25), at(0.5), at(0.75), at(1)];
  };
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [lambdaMin, score] = [rows.map((row) => row.lambdaMin), rows.map((row) => row.score)];
  return {
    count: rows.length,
    lambdaMin: five(lambdaMin),
    score: five(score),
    mean: { lambdaMin: mean(lambdaMin), score: mean(score) },
  };
}

/** Quantile of ascending values, linear between neighbours (Hyndman and Fan, type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
