import type { GraphArchitecture } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { NotCompiled } from "../kernels/finite/compile/not-compiled.js";
import { GramRecorder } from "../kernels/finite/dense-factors.js";
import type { FiniteEngine } from "../kernels/finite/engine/engine.js";
import { limitedNtk } from "../kernels/finite/limited-ntk.js";
import { compiledBytes, finiteBytes } from "../kernels/finite/memory.js";
import { finiteNtk, type FiniteBatch, type FiniteKernel, type FiniteOptions } from "../kernels/finite/ntk.js";

/** What computes finite kernels, and with how much memory. */
export interface FiniteCompute {
  /** Runs compiled programs in float32; without it the float64 reference computes everything. */
  readonly engine?: FiniteEngine;
  /** Bytes at most; default `finiteByteLimit`. */
  readonly memory?: number;
  /** Threads of one kernel; 1 by default. */
  readonly threads?: number;
  /** Products with the kernel and Lanczos in place of the matrix; without it only where the matrices do not fit. */
  readonly matrixFree?: boolean;
}

/** Most bytes that one network may need unless told otherwise. */
export const finiteByteLimit = 2e9;

/** Who computed a score, and in which numbers. */
export interface ComputedBy {
  /** `native-avx512`, `native-avx2`, `native-baseline`, `wasm`, or `reference`. */
  readonly engine: string;
  /** Of activations and gradients; kernels, their sums and eigenvalues are float64 always. */
  readonly precision: "float32" | "float64";
}

/** Kernels of the draws of one network. */
export interface Draws extends ComputedBy {
  /** `other`: rows in place of those that were given, as many. */
  kernel(draw: number, other?: FiniteBatch): FiniteKernel;
}

export const reference: ComputedBy = { engine: "reference", precision: "float64" };

/** Kernels by the float64 reference. Throws AppError `limit` when they do not fit in the memory. */
export function referenceDraws(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions,
  { memory = finiteByteLimit }: FiniteCompute,
): Draws {
  const bytes = finiteBytes(architecture, batch.n, options.output);
  if (bytes > memory) {
    throw new AppError("limit", `The float64 reference needs ${bytesText(bytes)}; the limit is ${bytesText(memory)}.`, {
      hint: "Raise the limit (--memory), use fewer samples or a smaller width.",
    });
  }
  return { ...reference, kernel: (draw, other = batch) => finiteNtk(architecture, other, { ...options, draw }) };
}

/**
 * Kernels on compiled programs, in blocks of samples when all do not fit. Undefined when the programs do not do this network
 * or functional. Throws what limitedNtk throws.
 */
function compiledDraws(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions,
  { engine, memory = finiteByteLimit, threads = 1 }: FiniteCompute & { readonly engine: FiniteEngine },
): Draws | undefined {
  const { output = "sum", ...rest } = options;
  try {
    const recorder = new GramRecorder(engine);
    const settings = { bn: rest.bn ?? "instance", params: rest.params ?? "weights", output, threads } as const;
    const { kernels, draw: drawn } = compiledBytes(architecture, batch.n, settings);
    const ntk = limitedNtk(architecture, batch.n, recorder.engine, {
      ...settings,
      parameterisation: rest.parameterisation ?? "ntk",
      memory: memory - kernels - drawn,
    });
    return {
      engine: engine.name,
      precision: "float32",
      kernel: (draw, other = batch) => {
        const found = ntk.kernel(other, { ...rest, draw });
        const denseFactors = recorder.take(found);
        return { ...found, denseFactors: output === "full" ? [] : denseFactors };
      },
    };
  } catch (error) {
    if (error instanceof NotCompiled) return undefined;
    throw error;
  }
}

/**
 * Something of every draw, by compiled programs if there is an engine and they can. What they cannot do, and networks that
 * overflow float32, goes to the float64 reference, which names the node if float64 overflows too; `notes` say so.
 */
export function overDraws<T>(
  architecture: GraphArchitecture,
  batch: FiniteBatch,
  options: FiniteOptions,
  compute: FiniteCompute,
  use: (draws: Draws) => T,
): { readonly value: T; readonly by: ComputedBy; readonly notes: readonly string[] } {
  const { engine } = compute;
  const byReference = (notes: readonly string[]): ReturnType<typeof overDraws<T>> => ({
    value: use(referenceDraws(architecture, batch, options, compute)),
    by: reference,
    notes,
  });
  if (engine === undefined) return byReference([]);
  const compiled = compiledDraws(architecture, batch, options, { ...compute, engine });
  if (compiled === undefined) return byReference([`${engine.name} does not run this network; the reference did.`]);
  const { precision } = compiled;
  try {
    return { value: use(compiled), by: { engine: engine.name, precision }, notes: [] };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "numeric")) throw error;
    return byReference([`float32 overflows in this network; computed by the reference in float64.`]);
  }
}

/** `2.00 GB`. */
export const bytesText = (bytes: number): string =>
  bytes >= 1e8 ? `${(bytes / 1e9).toPrecision(3)} GB` : `${(bytes / 1e6).toPrecision(3)} MB`;
