import type { ModelParameters } from "../arch/architecture.js";
import { AppError } from "../errors.js";
import { CrossKernel } from "../score/cross-kernel.js";
import { kernelLoader, pathLayers, type KernelLoader } from "../score/kernel-loader.js";
import { predictColumns } from "../score/kernel-regression.js";
import { labelColumns } from "../score/labels.js";
import { metrics } from "../score/metrics.js";
import { classScores, winners } from "../score/probabilities.js";
import { Scorer } from "../score/scorer.js";
import type { InputRows } from "../kernels/infinite/direct.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { upperBounds } from "../theory/upper-bounds.js";
import { parseGenotype } from "../spaces/index.js";
import { onSphere, type Examples } from "./examples.js";
import { testLoss } from "./loss.js";

/** Scores that a study compares: all of the table but sizes of a finite network. */
export const studiedScores: readonly string[] = metrics
  .map(({ name }) => name)
  .filter((name) => !["parameters", "flops", "depth"].includes(name));

/** One network on one split. */
export interface NetworkOutcome {
  readonly genotype: string;
  /** Every studied score on the training rows; null where it does not apply. */
  readonly scores: Readonly<Record<string, number | null>>;
  /** Error of kernel regression on the rows held out: share of wrong classes, or mean squared error. */
  readonly loss: number;
  /** The ridge, by leave-one-out on the training rows, as a multiple of trace / n. */
  readonly ridge: number;
}

/**
 * Scores networks on the training rows and tests kernel regression with their NTK on the others. A network whose kernel
 * overflows, or has no regression, is left out.
 */
export function networkOutcomes(
  genotypes: readonly string[],
  train: Examples,
  test: Examples,
  model: ModelParameters,
): NetworkOutcome[] {
  const inputs = onSphere(train);
  let loader: KernelLoader | undefined;
  const cross = new CrossKernel(onSphere(test), inputs, model, (range) => {
    loader = kernelLoader(inputs, model, [], range);
    return loader.angles;
  });
  const batch = {
    ...inputs,
    ...(train.labels && { labels: train.labels }),
    ...(train.targets && { targets: train.targets }),
  };
  const scorer = new Scorer({ batch, model, metric: "loo_error" }, loader);
  const distinct = distinctRows(inputs);
  const apart = distinct.length < train.n ? distinctScorer(scorer, distinct) : undefined;
  const answers = answersOf(train);
  return genotypes.flatMap((genotype) => {
    const architecture = parseGenotype(genotype);
    try {
      const view = scorer.view(architecture, pathLayers(architecture));
      const distinctView = apart?.view(architecture, pathLayers(architecture)) ?? view;
      const scores = Object.fromEntries(
        metrics
          .filter(({ name }) => studiedScores.includes(name))
          .map((metric) => [metric.name, metric.compute(ofAllRows.has(metric.name) ? view : distinctView)]),
      );
      const fit = view.leaveOneOut()?.fit;
      if (fit === undefined) return [];
      const predicted = answers(predictColumns(fit, cross.matrix(architecture)));
      return [{ genotype, scores, loss: testLoss(test, predicted), ridge: fit.ridge }];
    } catch (error) {
      if (error instanceof AppError && error.code === "numeric") return [];
      throw error;
    }
  });
}

/** Scores that repeated rows do not spoil; the others are read off the kernel of distinct rows, as a search does. */
const ofAllRows = new Set(["alignment", "log_evidence", "loo_error", "loo_accuracy", "loo_log_loss"]);

/** A scorer of some rows of another's batch, which copies from its kernel what was loaded last. */
function distinctScorer({ context, loader, metric }: Scorer, rows: readonly number[]): Scorer {
  const { batch, model } = context;
  const n = rows.length;
  const inputs = new Float64Array(n * batch.d);
  rows.forEach((row, i) => inputs.set(batch.inputs.subarray(row * batch.d, (row + 1) * batch.d), i * batch.d));
  const { labels, targets } = batch;
  const part = {
    n,
    d: batch.d,
    inputs,
    ...(labels && { labels: Int32Array.from(rows, (row) => labels[row]) }),
    ...(targets && { targets: Float64Array.from(rows, (row) => targets[row]) }),
  };
  const solver = new SymmetricSolver(n);
  return new Scorer(
    { batch: part, model, metric: metric.name },
    {
      solver,
      angles: undefined,
      engine: loader.engine,
      load: () => {
        const from = loader.solver.matrix;
        const to = solver.matrix;
        rows.forEach((row, i) => rows.forEach((column, j) => (to[i * n + j] = from[row * batch.n + column])));
        return upperBounds(to, n).UBpair;
      },
    },
  );
}

/** Rows whose inputs no earlier row has. */
function distinctRows({ n, d, inputs }: InputRows): number[] {
  const seen = new Set<string>();
  return Array.from({ length: n }, (_, i) => i).filter((i) => {
    const key = inputs.subarray(i * d, (i + 1) * d).join(",");
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Predicted columns as classes, or as values in the units of the targets. Throws AppError `data` without two classes or values. */
export function answersOf({
  n,
  labels,
  targets,
}: Pick<Examples, "n" | "labels" | "targets">): (columns: readonly Float64Array[]) => ArrayLike<number> {
  const known = labelColumns({ n, ...(labels && { labels }), ...(targets && { targets }) });
  if (known === undefined) {
    throw new AppError("data", "Expected a target with at least two values among the rows that are learnt from.", {
      hint: "Name another target, or use more rows.",
    });
  }
  if (labels !== undefined) {
    const classes = [...new Set(labels)].sort((a, b) => a - b);
    return (columns) => winners(classScores(columns)).map((c) => classes[c]);
  }
  const mean = targets!.reduce((sum, y) => sum + y, 0) / n;
  const deviation = Math.sqrt(targets!.reduce((sum, y) => sum + (y - mean) ** 2, 0) / n);
  return ([column]) => column.map((value) => mean + deviation * value);
}
