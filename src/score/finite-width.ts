import { cost } from "../arch/cost.js";
import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { NotCompiled } from "../kernels/finite/compile/not-compiled.js";
import { compiledBytes, finiteBytes } from "../kernels/finite/memory.js";
import type { FiniteOptions } from "../kernels/finite/ntk.js";
import { formatGenotype, genotypeNetwork, parseGenotype } from "../spaces/index.js";
import { bytesText, finiteByteLimit, type FiniteCompute } from "./finite-draws.js";
import { matrixFreeBytes, takesProducts } from "./finite-product.js";
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
  /** Which kernels run it; `auto` (default): the fastest of this machine. */
  readonly engine?: FiniteEngineName;
  /** Bytes that one network may need; default `finiteByteLimit`. */
  readonly memory?: number;
  /** Products with the kernel in place of the matrix; default where the matrices do not fit. */
  readonly matrixFree?: boolean;
}

/** `reference`: plain float64 loops. */
export const finiteEngineNames = ["auto", "native", "wasm", "reference"] as const;

export type FiniteEngineName = (typeof finiteEngineNames)[number];

/** A genotype's score at one width, beside the infinite-width value. */
export interface FiniteWidthScore extends FiniteScore {
  readonly genotype: string;
  readonly width: number;
  readonly options: Omit<FiniteSettings, "width" | "draws" | "engine" | "memory" | "matrixFree">;
  /** lambda_min of the kernel that this one tends to with the width; null when it tends to none of the canonical model. */
  readonly infinite: number | null;
  /** Mean lambda_min over `infinite`. */
  readonly ratio: number | null;
  /** In words: width near the number of inputs, few draws, fewer weights than inputs. */
  readonly warnings: readonly string[];
}

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
  return genotypeNetwork(genotype, model, { inputDimension: batch.d, width, outputs });
}

/**
 * lambda_min of a genotype at a finite width over draws of the weights, by the float64 reference unless `compute` has an
 * engine. Throws what finiteScore throws.
 */
export function finiteWidthScore(
  scorer: Scorer,
  genotype: string,
  settings: FiniteSettings,
  compute: Pick<FiniteCompute, "engine" | "threads"> = {},
): FiniteWidthScore {
  const { batch } = scorer.context;
  const { width, draws, memory, matrixFree, seed, init, params, parameterisation, output, outputs } = settings;
  const options = { seed, init, params, parameterisation, output, outputs };
  const network = finiteNetwork(genotype, scorer.context, settings);
  const { n, inputs, labels } = batch;
  const score = finiteScore(
    network,
    { n, inputs, ...(labels && { labels }) },
    { ...options, draws },
    {
      ...compute,
      ...(memory !== undefined && { memory }),
      ...(matrixFree !== undefined && { matrixFree }),
    },
  );
  const infinite = batch.n > mostInfinite && score.products ? null : limitOf(scorer, genotype, settings);
  return {
    ...score,
    genotype: formatGenotype(parseGenotype(genotype)),
    width,
    options,
    infinite,
    ratio: infinite !== null && infinite > 0 ? score.lambdaMin.mean / infinite : null,
    warnings: [
      ...finiteWarnings(genotype, batch, settings),
      ...score.notes,
      ...(infinite === null ? [hasLimit(scorer, settings) ? tooMany(batch.n) : noLimit] : []),
    ],
  };
}

/**
 * Refuses a network that needs too much memory before anything is allocated; returns the bytes that it needs, no more than the
 * limit. Throws AppError `limit` with what would be needed and the largest width that fits.
 */
export function checkFiniteMemory(genotype: string, context: ScoringContext, settings: FiniteSettings): number {
  const { memory: limit = finiteByteLimit } = settings;
  const bytesAt = (width: number): { least: number; all: number } =>
    bytesOf(finiteNetwork(genotype, context, { ...settings, width }), context.batch.n, settings);
  const { least: bytes, all } = bytesAt(settings.width);
  if (bytes <= limit) return Math.min(all, limit);
  let [fits, tooMuch] = [0, settings.width];
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    if (bytesAt(middle).least <= limit) fits = middle;
    else tooMuch = middle;
  }
  throw new AppError(
    "limit",
    `${genotype} at width ${settings.width} on ${inputs(context.batch.n)} needs ${bytesText(bytes)} for weights, ` +
      `activations and kernels; the limit is ${bytesText(limit)}.`,
    {
      hint: `${fits > 0 ? `Width ${fits} fits; or use fewer samples` : "Use fewer samples (--samples)"}, or raise the limit (--memory).`,
      details: { bytes, limit, largestWidth: fits },
    },
  );
}

/** Bytes at least, samples going through one by one or two by two, and with all samples at once. */
function bytesOf(network: GraphArchitecture, n: number, settings: FiniteSettings): { least: number; all: number } {
  const { output, engine = "auto", params } = settings;
  if (takesProducts(network, n, { output, params }, settings)) {
    const bytes = matrixFreeBytes(network, n);
    return { least: bytes, all: 2 * bytes };
  }
  if (engine !== "reference") {
    try {
      const { kernels, draw, constants, sample } = compiledBytes(network, n, { output, params });
      const fixed = kernels + draw + constants;
      return { least: fixed + Math.min(n, 2) * sample, all: fixed + n * sample };
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
    }
  }
  const bytes = finiteBytes(network, n, output);
  return { least: bytes, all: bytes };
}

/**
 * lambda_min of the limit: Theta times the number of outputs for their sum, Theta for one output or the mean over them, Theta
 * between inputs of one class for the class's own output. NTK parameterisation and initialisation with cross terms only.
 */
function limitOf(scorer: Scorer, genotype: string, settings: FiniteSettings): number | null {
  const { batch } = scorer.context;
  const { output, outputs } = settings;
  if (!hasLimit(scorer, settings)) return null;
  const architecture = parseGenotype(genotype);
  const view = scorer.view(architecture, pathLayers(architecture));
  const { labels } = batch;
  if (output !== "label" || labels === undefined) return (output === "sum" ? outputs : 1) * view.least().value;
  const { matrix, n } = view.solver;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (labels[i] !== labels[j]) matrix[i * n + j] = 0;
  return view.solver.least().value;
}

const hasLimit = ({ context: { model } }: Scorer, { init, parameterisation }: FiniteSettings): boolean =>
  init === "ntk" && parameterisation === "ntk" && model.crossTerms;

/** More inputs than this have no infinite-width value beside products with the finite kernel: it needs the matrix. */
export const mostInfinite = 4000;

const tooMany = (n: number): string =>
  `The infinite-width value is left out: its kernel of ${n} x ${n} numbers is not made for more than ${mostInfinite} inputs.`;

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
  if (n === 1) {
    // The kernel is one number, the mean of which is that of the limit at any width.
  } else if (width < n) {
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
  if (weights < n)
    warnings.push(
      `The network has ${weights} ${weights === 1 ? "weight" : "weights"} for ${inputs(n)}: its kernel is singular.`,
    );
  return warnings;
}

const inputs = (n: number): string => (n === 1 ? "1 input" : `${n} inputs`);
