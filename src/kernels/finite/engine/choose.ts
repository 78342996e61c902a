import { AppError } from "../../../errors.js";
import type { FiniteEngine } from "./engine.js";
import { referenceEngine } from "./interpreter.js";
import { nativeKernels } from "./native.js";
import { wasmEngine } from "./wasm.js";

/** The engine in use, and why this one. */
export interface ChosenEngine {
  readonly engine: FiniteEngine;
  readonly reason: string;
}

const choices = ["native", "wasm", "reference"] as const;

/**
 * The finite-width kernels of this process: those that the environment variable EIGENNAS_KERNELS names (`native`, `wasm`
 * or `reference`), else the addon, else WebAssembly. Throws AppError `usage` for another word and `missing-package` when
 * `native` is asked for and there is none.
 */
export function chooseEngine(forced: string | undefined = process.env.EIGENNAS_KERNELS): ChosenEngine {
  const asked = forced === undefined || forced === "" ? undefined : forced;
  if (asked === "wasm") return { engine: wasmEngine, reason: "EIGENNAS_KERNELS=wasm" };
  if (asked === "reference") return { engine: referenceEngine, reason: "EIGENNAS_KERNELS=reference" };
  if (asked !== undefined && asked !== "native") {
    throw new AppError("usage", `EIGENNAS_KERNELS is one of ${choices.join(", ")}; got "${asked}".`, {
      hint: "Unset it to use the fastest kernels that this machine has.",
    });
  }
  const { engines, reason } = nativeKernels();
  if (engines !== undefined) {
    const sets = engines.map(({ name }) => name.replace("native-", "")).join(", ");
    return { engine: engines[0], reason: asked ? "EIGENNAS_KERNELS=native" : `this machine has ${sets}` };
  }
  if (asked === undefined) return { engine: wasmEngine, reason };
  throw new AppError("missing-package", `EIGENNAS_KERNELS=native, but ${reason}.`, {
    hint: "Install a C++ compiler and run `npm rebuild eigennas`, or unset EIGENNAS_KERNELS.",
  });
}
