import { CompiledNtk, type CompiledOptions } from "../../kernels/finite/compiled-ntk.js";
import { NotCompiled } from "../../kernels/finite/compile/not-compiled.js";
import { finiteNtk, type FiniteKernel } from "../../kernels/finite/ntk.js";
import type { Initialisation } from "../../kernels/finite/parameters.js";
import type { MeasureBatch, MeasureContext } from "./measure.js";

/** How a measure's kernel is made, in standard parameterisation. */
export type KernelSettings = Required<Pick<CompiledOptions, "bn" | "output" | "params">> & {
  readonly init: Initialisation;
  /** Whether each parameter's share is wanted. */
  readonly parts: boolean;
};

/** The NTK of the context's draw on these images. The reference engine does what is not compiled. */
export function measureKernel(
  { architecture, engine, memory, threads, seed, draw, parameters }: KernelContext,
  batch: MeasureBatch,
  { init, parts, ...rest }: KernelSettings,
): FiniteKernel {
  const settings = { ...rest, parameterisation: "standard" } as const;
  const drawn = { seed, draw, init, ...(parameters && { parameters }) };
  if (engine !== undefined) {
    try {
      const options = { ...settings, threads, parts, ...(memory && { memory }) };
      return new CompiledNtk(architecture, batch.n, engine, options).kernel(batch, drawn);
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
    }
  }
  return finiteNtk(architecture, batch, { ...settings, ...drawn });
}

type KernelContext = Pick<
  MeasureContext,
  "architecture" | "engine" | "memory" | "threads" | "seed" | "draw" | "parameters"
>;
