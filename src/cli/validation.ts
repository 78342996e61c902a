import { AppError } from "../errors.js";
import { crossValidate, type CrossValidation } from "../study/cross-validation.js";
import type { SearchOutcome, SearchPlan } from "./run-search.js";

/** Cross-validation of a search on a table with a target; null for other data, or when there is nothing to validate. */
export function validationOf(
  { batch, metric, model, seed, source }: SearchPlan,
  { artifacts, status }: Pick<SearchOutcome, "artifacts" | "status">,
): CrossValidation | null {
  if (!source.data.startsWith("csv:") || source.target === undefined || status !== "complete") return null;
  if (artifacts.top.length === 0 || batch.n < 10) return null;
  try {
    return crossValidate(
      batch,
      artifacts.top.map(({ genotype }) => genotype),
      metric.name,
      model,
      seed,
    );
  } catch (error) {
    if (error instanceof AppError && (error.code === "data" || error.code === "numeric")) return null;
    throw error;
  }
}

/** Two sentences: the figure with its interval, and what was inside the folds. */
export function validationText({ metric }: SearchPlan, { run, artifacts }: SearchOutcome): string {
  const validation = artifacts.crossValidation;
  if (validation === undefined) return "";
  const { measure, value, interval, folds, rows, candidates } = validation;
  const name = measure === "R2" ? "R²" : measure;
  return (
    `Kernel regression with the winner: cross-validated ${name} ${value.toFixed(3)} (95 %: ${interval.map((end) => end.toFixed(3)).join(" to ")}; ${folds} folds of ${rows} rows). ` +
    `Each fold chose among these ${candidates} by ${metric.label} on its own rows; the search before that saw all rows, so the figure is a little optimistic.\n` +
    `Predict: eigennas predict ${run} --data NEW.csv\n`
  );
}
