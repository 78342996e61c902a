import type { ModelParameters } from "../arch/architecture.js";
import type { Batch } from "../data/dataset.js";
import { AppError } from "../errors.js";
import type { InputRows } from "../kernels/infinite/direct.js";
import { parseGenotype } from "../spaces/index.js";
import { CrossKernel } from "./cross-kernel.js";
import { kernelLoader, pathLayers } from "./kernel-loader.js";
import { predictColumns } from "./kernel-regression.js";
import { labelColumns, leaveOneOut, ranksOf, type LeaveOneOut } from "./labels.js";
import { calibrate, classScores, softmax, winners } from "./probabilities.js";

/** Predictions for m inputs. */
export interface Predictions {
  /** Classification: the class of each input, a label of the training rows. */
  readonly labels?: Int32Array;
  /** Classification: m x classes, row-major, in the order of `KernelPredictor.classes`. */
  readonly probabilities?: Float64Array;
  /** Regression: in the units of the targets. */
  readonly values?: Float64Array;
}

/**
 * Kernel ridge regression with the infinite-width NTK of one network: ridge by leave-one-out on the training rows, class
 * probabilities by softmax(beta f) with the beta of least leave-one-out log loss.
 *
 * @throws AppError "data" when the rows have fewer than two classes or values, "numeric" when the kernel overflows or has no fit
 */
export class KernelPredictor {
  /** Labels of the training rows, ascending; undefined for regression. */
  readonly classes: readonly number[] | undefined;
  readonly leaveOneOut: LeaveOneOut;
  readonly beta: number | undefined;
  readonly #train: Pick<Batch, "n" | "d" | "inputs" | "labels" | "targets">;

  constructor(
    readonly genotype: string,
    train: Pick<Batch, "n" | "d" | "inputs" | "labels" | "targets">,
    readonly model: ModelParameters,
  ) {
    this.#train = train;
    const columns = labelColumns(train);
    if (columns === undefined) {
      throw new AppError("data", "Expected a target with at least two values among the rows that are learnt from.", {
        hint: "Search with --target and rows of several classes or values.",
      });
    }
    const architecture = parseGenotype(genotype);
    const loader = kernelLoader(train, model);
    loader.load(architecture, pathLayers(architecture));
    const found = leaveOneOut(loader.solver, columns);
    if (found === undefined) {
      throw new AppError("numeric", `The kernel of ${genotype} has no regression on these rows.`, {
        hint: "Use more rows, or another network.",
      });
    }
    this.leaveOneOut = found;
    const { labels } = train;
    if (labels === undefined) return;
    this.classes = [...new Set(labels)].sort((a, b) => a - b);
    this.beta = calibrate(classScores(found.fit.leftOut), ranksOf(labels)).beta;
  }

  /** Inputs must be prepared as the training rows were. Throws AppError `data` for another number of columns. */
  predict(inputs: InputRows): Predictions {
    const cross = new CrossKernel(inputs, this.#train, this.model).matrix(parseGenotype(this.genotype));
    const columns = predictColumns(this.leaveOneOut.fit, cross);
    const { classes } = this;
    if (classes !== undefined) {
      const scores = classScores(columns);
      return { labels: winners(scores).map((c) => classes[c]), probabilities: softmax(scores, this.beta!) };
    }
    const targets = this.#train.targets!;
    const mean = targets.reduce((sum, y) => sum + y, 0) / targets.length;
    const deviation = Math.sqrt(targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / targets.length);
    return { values: columns[0].map((value) => mean + deviation * value) };
  }
}
