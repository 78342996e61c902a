import { AppError } from "../errors.js";
import { chooseEngine } from "../kernels/finite/engine/choose.js";
import type { FiniteCompute } from "../score/finite-draws.js";
import type { FiniteEngineName } from "../score/finite-width.js";

/**
 * The kernels that settings speak of, on this machine: none (the float64 reference) for `reference`, and when the environment
 * says so. Throws AppError `missing-package` when the addon is asked for and there is none, and why.
 */
export function finiteCompute(
  { engine = "auto" }: { readonly engine?: FiniteEngineName | undefined },
  threads = 1,
): Pick<FiniteCompute, "engine" | "threads"> {
  if (engine === "reference") return {};
  try {
    const chosen = engine === "auto" ? chooseEngine() : chooseEngine(engine);
    return chosen.engine.name === "reference" ? {} : { engine: chosen.engine, threads };
  } catch (error) {
    if (engine === "auto" || !(error instanceof AppError)) throw error;
    throw new AppError(error.code, error.message.replace("EIGENNAS_KERNELS=native", "--engine native"), {
      hint: "Install a C++ compiler and run `npm rebuild eigennas`, or leave --engine out.",
      cause: error,
    });
  }
}
