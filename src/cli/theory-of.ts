import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/index.js";
import { AppError } from "../errors.js";
import { scalars } from "../kernels/infinite/scalars.js";
import { pathLayers } from "../score/kernel-loader.js";
import type { Scorer } from "../score/scorer.js";
import { formatGenotype, parseGenotype } from "../spaces/index.js";
import {
  checkAssumptions,
  convergence,
  generalizationOf,
  productForm,
  theoryBounds,
  type Assumption,
  type Bound,
  type BoundNumbers,
  type Convergence,
  type Generalization,
  type ProductForm,
} from "../theory/index.js";

/** Everything that the theory says of one architecture on one batch. */
export interface Theory {
  readonly genotype: string;
  readonly lambdaMin: number;
  readonly lambdaMinNormalized: number;
  readonly lambdaMax: number;
  readonly trace: number;
  readonly bounds: BoundNumbers;
  /** Each bound with its formula, reference and assumptions. */
  readonly statements: readonly Bound[];
  readonly assumptions: readonly Assumption[];
  /** For inputs of the first input's norm. */
  readonly productForm: ProductForm;
  readonly convergence: Convergence;
  /** One entry a vector of signs: one for two classes, one a class against the rest for more. */
  readonly generalization: readonly (Generalization & { readonly class: string | null })[];
  /** Why `generalization` is empty; null otherwise. */
  readonly generalizationMissing: string | null;
}

/** Bounds, assumptions, training speed and generalization quantities; the scorer's batch must be `batch`. */
export function theoryOf(
  scorer: Scorer,
  genotype: string,
  batch: Batch,
  model: ModelParameters,
  delta: number,
): Theory {
  const architecture = parseGenotype(genotype);
  const { loader, dataTerms } = scorer;
  const { solver } = loader;
  loader.load(architecture, pathLayers(architecture));
  const lambdaMin = solver.least().value;
  const trace = solver.trace();
  const values = solver.eigenvalues();
  const lambdaMax = Math.max(lambdaMin, values[values.length - 1]);
  const { numbers, bounds } = theoryBounds(architecture, model, dataTerms, solver.matrix);
  return {
    genotype: formatGenotype(architecture),
    lambdaMin,
    lambdaMinNormalized: lambdaMin / (trace / batch.n),
    lambdaMax,
    trace,
    bounds: numbers,
    statements: bounds,
    assumptions: checkAssumptions(dataTerms, batch.labels).list,
    productForm: productForm(scalars(architecture, model, dataTerms.squaredNorms[0]), model),
    convergence: convergence(Math.max(0, lambdaMin), lambdaMax),
    ...generalizations(scorer, batch, delta),
  };
}

function generalizations(
  { labels, loader }: Scorer,
  batch: Batch,
  delta: number,
): Pick<Theory, "generalization" | "generalizationMissing"> {
  const missing = (reason: string) => ({ generalization: [], generalizationMissing: reason });
  if (labels === undefined) return missing("the data has no labels of two or more classes");
  if (labels.kind === "regression") return missing("the target is a number, the bound is about classes");
  const names = [...new Set(batch.labels)].sort((a, b) => a - b).map((c) => batch.classNames?.[c] ?? String(c));
  try {
    return {
      generalization: labels.columns.map((signs, k) => ({
        class: labels.columns.length === 1 ? (names.at(-1) ?? null) : names[k],
        ...generalizationOf(loader.solver, signs, delta),
      })),
      generalizationMissing: null,
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "numeric") throw error;
    return missing(error.message);
  }
}
