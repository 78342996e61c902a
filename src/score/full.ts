import { depthOf } from "../arch/architecture.js";
import { formatGenotype, parseGenotype } from "../spaces/index.js";
import { theoryBounds } from "../theory/bounds.js";
import { pathLayers } from "./kernel-loader.js";
import { metrics } from "./metrics.js";
import type { Scorer } from "./scorer.js";
import type { ScoredArchitecture } from "./types.js";
import { warningsOf } from "./warnings.js";

/**
 * Everything about one architecture: every metric, every bound, the solver's certificate, warnings in words. Costs L + 2
 * eigenproblems for the bounds and two Cholesky factors per ridge for the label metrics.
 * Throws AppError `numeric` when the kernel overflows, `genotype` for a malformed genotype.
 */
export function evaluateFully(scorer: Scorer, genotype: string): ScoredArchitecture {
  const { model, batch } = scorer.context;
  const architecture = parseGenotype(genotype);
  const view = scorer.view(architecture, pathLayers(architecture));
  const least = view.least();
  const { value, residual, below, slack, certified, method } = least;
  const { numbers } = theoryBounds(architecture, model, scorer.dataTerms, view.solver.matrix);
  const values: Record<string, number | null> = {};
  for (const metric of metrics) values[metric.name] = metric.compute(view);
  return {
    genotype: formatGenotype(architecture),
    depth: depthOf(architecture),
    lambdaMin: value,
    lambdaMinNormalized: value / (view.trace / view.solver.n),
    trace: view.trace,
    bounds: numbers,
    metrics: values,
    solver: { method, residual, below, slack, certified },
    warnings: warningsOf(architecture, least, scorer.dataTerms, batch.d, batch.rows),
  };
}
