import { cost } from "../arch/cost.js";
import { layeredGraph, type GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { finiteBytes } from "../kernels/finite/memory.js";
import type { FiniteOptions } from "../kernels/finite/ntk.js";
import { formatGenotype, parseGenotype } from "../spaces/index.js";
import { finiteScore, type FiniteScore } from "./finite.js";
import { pathLayers } from "./kernel-loader.js";
import type { Scorer, ScoringContext } from "./scorer.js";

/** How a genotype becomes networks of finite width, and what is differentiated (see FiniteOptions). */
export interface FiniteSettings {
  /** Units of every hidden layer. */
  readonly width: number;
  readonly draws: number;
  readonly seed: number;
  readonly init: NonNullable<FiniteOptions["init"]>;
  readonly params: NonNullable<FiniteOptions["params"]>;
  readonly parameterisation: NonNullable<FiniteOptions["parameterisation"]>;
  readonly output: Exclude<NonNullable<FiniteOptions["output"]>, "full">;
  /** Output units. */
  readonly outputs: number;
}

/** A genotype's score at one width, beside the infinite-width value. */
export interface FiniteWidthScore extends FiniteScore {
  readonly genotype: string;
  readonly width: number;
  readonly options: Omit<FiniteSettings, "width" | "draws">;
  readonly engine: string;
  /** lambda_min of the kernel that this one tends to with the width; null when it tends to none of the canonical model. */
  readonly infinite: number | null;
  /** Mean lambda_min over `infinite`. */
  readonly ratio: number | null;
  /** In words: width near the number of inputs, few draws, fewer weights than inputs. */
  readonly warnings: readonly string[];
}

/** Most bytes that one network may need. */
export const finiteByteLimit = 2e9;

/** Fewer draws than this give no useful standard error. */
const fewestDraws = 3;

/** Width over inputs from which on the mean is close to the limit (docs/theory.md 3.5). */
const wideEnough = 10;

/** The network of a genotype that `settings` speak of. Throws AppError `genotype`. */
export function finiteNetwork(
  genotype: string,
  { batch, model }: Pick<ScoringContext, "batch" | "model">,
  { width, outputs }: Pick<FiniteSettings, "width" | "outputs">,
): GraphArchitecture {
  return layeredGraph(parseGenotype(genotype), model, batch.d, width, outputs);
}

/** lambda_min of a genotype at a finite width over draws of the weights. Throws what finiteScore throws. */
export function finiteWidthScore(scorer: Scorer, genotype: string, settings: FiniteSettings): FiniteWidthScore {
  const { batch } = scorer.context;
  const { width, draws, ...options } = settings;
  const network = finiteNetwork(genotype, scorer.context, settings);
  const { n, inputs, labels } = batch;
  const score = finiteScore(network, { n, inputs, ...(labels && { labels }) }, { ...options, draws });
  const infinite = limitOf(scorer, genotype, settings);
  return {
    ...score,
    genotype: formatGenotype(parseGenotype(genotype)),
    width,
    options,
    engine: "reference-float64",
    infinite,
    ratio: infinite !== null && infinite > 0 ? score.lambdaMin.mean / infinite : null,
    warnings: [...finiteWarnings(genotype, batch, settings), ...(infinite === null ? [noLimit] : [])],
  };
}

/**
 * Refuses a network that needs too much memory before anything is allocated.
 * Throws AppError `limit` with what would be needed and the largest width that fits.
 */
export function checkFiniteMemory(genotype: string, context: ScoringContext, settings: FiniteSettings): number {
  const bytesAt = (width: number): number =>
    finiteBytes(finiteNetwork(genotype, context, { ...settings, width }), context.batch.n, settings.output);
  const bytes = bytesAt(settings.width);
  if (bytes <= finiteByteLimit) return bytes;
  let [fits, tooMuch] = [0, settings.width];
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    if (bytesAt(middle) <= finiteByteLimit) fits = middle;
    else tooMuch = middle;
  }
  const gigabytes = (value: number): string => `${(value / 1e9).toPrecision(3)} GB`;
  throw new AppError(
    "limit",
    `${genotype} at width ${settings.width} on ${context.batch.n} inputs needs ${gigabytes(bytes)} for weights, ` +
      `activations and kernels; the limit is ${gigabytes(finiteByteLimit)}.`,
    {
      hint: fits > 0 ? `Width ${fits} fits; or use fewer samples.` : "Use fewer samples (--samples).",
      details: { bytes, limit: finiteByteLimit, largestWidth: fits },
    },
  );
}

/**
 * lambda_min of the limit: Theta times the number of outputs for their sum, Theta for one output or the mean over them, Theta
 * between inputs of one class for the class's own output. NTK parameterisation and initialisation with cross terms only.
 */
function limitOf(scorer: Scorer, genotype: string, settings: FiniteSettings): number | null {
  const { batch, model } = scorer.context;
  const { init, parameterisation, output, outputs } = settings;
  if (init !== "ntk" || parameterisation !== "ntk" || !model.crossTerms) return null;
  const architecture = parseGenotype(genotype);
  const view = scorer.view(architecture, pathLayers(architecture));
  const { labels } = batch;
  if (output !== "label" || labels === undefined) return (output === "sum" ? outputs : 1) * view.least().value;
  const { matrix, n } = view.solver;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (labels[i] !== labels[j]) matrix[i * n + j] = 0;
  return view.solver.least().value;
}

/** Said of a network that does not tend to the kernel of the canonical model. */
export const noLimit =
  "This network does not tend to the infinite-width kernel shown: that one belongs to --init ntk, --parameterisation ntk and the recursion with cross terms.";

function finiteWarnings(
  genotype: string,
  { n, d }: { readonly n: number; readonly d: number },
  { width, draws, outputs }: FiniteSettings,
): string[] {
  const enough = `use ${wideEnough * n} or more (10 n) to compare networks`;
  const warnings: string[] = [];
  if (width < n) {
    warnings.push(
      `Width ${width} is below the number of inputs ${n}: lambda_min is biased down, and no certificate can be positive unless the inputs are independent; ${enough}.`,
    );
  } else if (width < wideEnough * n) {
    warnings.push(`Width ${width} is below 10 n = ${wideEnough * n}: lambda_min is still biased down; ${enough}.`);
  }
  if (draws < fewestDraws) {
    warnings.push(
      `${draws === 1 ? "One draw gives" : `${draws} draws give`} no reliable standard error; use at least ${fewestDraws}.`,
    );
  }
  const weights = cost(parseGenotype(genotype), d, width).parameters + (outputs - 1) * width;
  if (weights < n) warnings.push(`The network has ${weights} weights for ${n} inputs: its kernel is singular.`);
  return warnings;
}
