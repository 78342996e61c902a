import { AppError } from "../errors.js";

export interface ScheduleOptions {
  /** Largest learning rate. */
  readonly learningRate: number;
  /** `cosine` (default): falls to 0 at the end along half a cosine. */
  readonly schedule?: "constant" | "cosine";
  /** Epochs, or a part of one, in which the rate rises linearly from 0; default 0. */
  readonly warmup?: number;
}

/**
 * Learning rate of a step (0-based) out of `total`: r (t + 1) / w while t < w, then r, or r (1 + cos(pi (t - w) / (T - w))) / 2.
 * Throws AppError `usage` for a rate that is not positive, and a warm-up below 0.
 */
export function learningRate(options: ScheduleOptions, step: number, total: number, stepsPerEpoch: number): number {
  const { learningRate: rate, schedule = "cosine", warmup = 0 } = options;
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new AppError("usage", `The learning rate is a number above 0; got ${rate}.`, {
      hint: "Try 0.05 for SGD, 0.001 for Adam.",
    });
  }
  if (!(warmup >= 0)) throw new AppError("usage", `The warm-up is a number of epochs, 0 or more; got ${warmup}.`);
  const rise = Math.min(Math.round(warmup * stepsPerEpoch), total);
  if (step < rise) return (rate * (step + 1)) / rise;
  if (schedule === "constant") return rate;
  return (rate * (1 + Math.cos((Math.PI * (step - rise)) / Math.max(1, total - rise)))) / 2;
}
