import type { ModelParameters, ModelPreset } from "../arch/architecture.js";
import { modelPresets } from "../arch/architecture.js";
import type { Architecture } from "../arch/architecture.js";
import { AppError, nearestName } from "../errors.js";
import type { InputRows } from "../kernels/infinite/direct.js";
import { parseGenotype } from "../spaces/genotype.js";

/** Inputs as a list of rows, or already side by side: n rows of d numbers, row-major. */
export type Rows = InputRows | readonly ArrayLike<number>[];

/** Constants of the model by name, or one by one. */
export type Model = ModelPreset | ModelParameters;

/** Rows side by side. @throws AppError "data" for no row, rows of unequal length, or a number that is not finite. */
export function inputRows(rows: Rows): InputRows {
  const { n, d, inputs } = "inputs" in rows ? rows : joined(rows);
  if (n < 1 || d < 1 || inputs.length !== n * d) {
    throw new AppError(
      "data",
      `Inputs: expected n d numbers with n, d >= 1; got n = ${n}, d = ${d}, ${inputs.length}.`,
    );
  }
  const wrong = inputs.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const [row, column] = [Math.floor(wrong / d), wrong % d];
    throw new AppError("data", `Inputs: row ${row}, column ${column} is ${inputs[wrong]}; expected a finite number.`);
  }
  return { n, d, inputs };
}

function joined(rows: readonly ArrayLike<number>[]): InputRows {
  const n = rows.length;
  const d = n === 0 ? 0 : rows[0].length;
  const inputs = new Float64Array(n * d);
  rows.forEach((row, i) => {
    if (row.length !== d) {
      throw new AppError("data", `Inputs: row 0 has ${d} numbers, row ${i} has ${row.length}; expected one length.`);
    }
    inputs.set(row, i * d);
  });
  return { n, d, inputs };
}

/** @throws AppError "usage" for a name that is no preset. */
export function modelOf(model: Model): ModelParameters {
  if (typeof model !== "string") return model;
  const names = Object.keys(modelPresets);
  if (names.includes(model)) return modelPresets[model];
  const nearest = nearestName(model, names);
  throw new AppError("usage", `Unknown model "${model}": expected ${names.join(", ")}, or its constants.`, {
    ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
  });
}

export const architectureOf = (architecture: string | Architecture): Architecture =>
  typeof architecture === "string" ? parseGenotype(architecture) : architecture;
