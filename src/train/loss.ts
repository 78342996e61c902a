import { AppError } from "../errors.js";
import { crossEntropy } from "../kernels/finite/loss.js";
import type { TrainingSet } from "./types.js";

/** `squared`: mean over samples and outputs of (f - y)^2, y one-hot when there are labels. */
export type LossName = "cross-entropy" | "squared";

/** Loss of a batch, its gradient by the outputs, and what the score is made of. */
export interface BatchLoss {
  /** Mean over the batch. */
  readonly loss: number;
  readonly cotangent: Float64Array;
  /** Rows whose largest output is their class; 0 without labels. */
  readonly right: number;
}

/**
 * The loss that a set can be trained with: the one named, or cross-entropy with labels and the squared one with targets.
 * Throws AppError `data` for labels or targets that are absent or do not fit the outputs.
 */
export function lossOf(set: TrainingSet, outputs: number, name: LossName | undefined): LossName {
  const chosen = name ?? (set.labels === undefined ? "squared" : "cross-entropy");
  if (set.labels === undefined && set.targets === undefined)
    throw new AppError("data", "Training needs a class or a target for every row; the data has none.", {
      hint: "Name the column with --target, or use data with labels.",
    });
  if (chosen === "cross-entropy" && set.labels === undefined)
    throw new AppError("data", "Cross-entropy needs classes; the data has targets.", { hint: "Use the squared loss." });
  const bad = set.labels?.find((label) => label < 0 || label >= outputs);
  if (bad !== undefined)
    throw new AppError("data", `Class ${bad} does not exist: the network has ${outputs} outputs.`, {
      hint: "Give the network an output for every class.",
    });
  if (set.labels !== undefined && set.labels.length !== set.n)
    throw new AppError("data", `${set.n} classes are expected, one a row; got ${set.labels.length}.`);
  if (set.targets !== undefined && set.labels === undefined) {
    if (set.targets.length !== set.n * outputs)
      throw new AppError(
        "data",
        `${set.n} rows of ${outputs} targets are expected; got ${set.targets.length} numbers.`,
      );
    const odd = set.targets.findIndex((target) => !Number.isFinite(target));
    if (odd >= 0)
      throw new AppError(
        "data",
        `Targets must be finite numbers; that of row ${Math.floor(odd / outputs)} is ${set.targets[odd]}.`,
      );
  }
  return chosen;
}

/** Loss of `rows` of a set at these outputs (rows x outputs). */
export function batchLoss(name: LossName, set: TrainingSet, rows: Int32Array, outputs: Float64Array): BatchLoss {
  const n = rows.length;
  const width = outputs.length / n;
  const { labels, targets } = set;
  let right = 0;
  if (labels !== undefined) {
    for (let i = 0; i < n; i++) {
      let best = 0;
      for (let c = 1; c < width; c++) if (outputs[i * width + c] > outputs[i * width + best]) best = c;
      if (best === labels[rows[i]]) right++;
    }
  }
  if (name === "cross-entropy") {
    return {
      ...crossEntropy(
        outputs,
        Int32Array.from(rows, (row) => labels![row]),
        n,
      ),
      right,
    };
  }
  const cotangent = new Float64Array(outputs.length);
  let loss = 0;
  for (let i = 0; i < n; i++)
    for (let c = 0; c < width; c++) {
      const wanted = labels === undefined ? targets![rows[i] * width + c] : labels[rows[i]] === c ? 1 : 0;
      const error = outputs[i * width + c] - wanted;
      loss += (error * error) / outputs.length;
      cotangent[i * width + c] = (2 * error) / outputs.length;
    }
  return { loss, cotangent, right };
}

/**
 * Variance of a set's targets (mean over outputs of their variance over rows), to say how much of it a network explains; exactly 0
 * when all rows have the same.
 */
export function targetVariance({ n, targets }: TrainingSet): number {
  if (targets === undefined) return NaN;
  const width = targets.length / n;
  let total = 0;
  for (let c = 0; c < width; c++) {
    const from = (i: number): number => targets[i * width + c] - targets[c];
    let [mean, squares] = [0, 0];
    for (let i = 0; i < n; i++) mean += from(i) / n;
    for (let i = 0; i < n; i++) squares += (from(i) - mean) ** 2 / n;
    total += squares / width;
  }
  return total;
}
