import { AppError } from "../errors.js";
import { metricOf } from "../score/metrics.js";
import { Scorer } from "../score/scorer.js";
import type { ScoredRow } from "../score/types.js";
import type { Evaluate } from "../search/types.js";
import type { KernelOptions } from "./ntk.js";
import { inputRows, modelOf, type Rows } from "./rows.js";

export interface EvaluatorOptions extends KernelOptions {
  /** Name in the table of metrics, `lambda_min` by default. */
  readonly metric?: string;
  /** Class of each row, or its value: for metrics that use labels. */
  readonly labels?: ArrayLike<number>;
  readonly targets?: ArrayLike<number>;
}

/** Networks between two turns of the event loop. */
const turn = 16;

/**
 * What a search is handed: scores genotypes of layered spaces on some inputs, in this thread. It gives way to the event loop
 * between every sixteen networks, so that a page stays alive and a signal is heard. `eigennas/queue` has the same on worker threads.
 *
 * @throws AppError "data" for inputs or labels that do not fit, "usage" for an unknown metric or model.
 * @example search(spaces.fcn(...), evaluator(rows), exhaustive(), { top: 10, better: "higher", rng: rng(0) })
 */
export function evaluator(
  rows: Rows,
  { model = "he", metric = "lambda_min", labels, targets }: EvaluatorOptions = {},
): Evaluate<ScoredRow> {
  const batch = inputRows(rows);
  for (const [name, values] of Object.entries({ labels, targets })) {
    if (values !== undefined && values.length !== batch.n) {
      throw new AppError("data", `${name}: expected ${batch.n}, one a row; got ${values.length}.`);
    }
  }
  if (metricOf(metric).usesLabels && labels === undefined && targets === undefined) {
    throw new AppError("usage", `The metric "${metric}" needs labels or targets; got neither.`);
  }
  const scorer = new Scorer({
    batch: {
      ...batch,
      ...(labels && { labels: Int32Array.from(labels) }),
      ...(targets && { targets: Float64Array.from(targets) }),
    },
    model: modelOf(model),
    metric,
  });
  return async (genotypes, signal) => {
    const found: ScoredRow[] = [];
    let start: Float64Array | undefined;
    for (const [index, genotype] of genotypes.entries()) {
      if (index % turn === 0) await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      const { row, vector } = scorer.row(genotype, start);
      start = vector ?? start;
      found.push(row);
    }
    return found;
  };
}
