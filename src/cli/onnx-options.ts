import type { Batch } from "../data/index.js";
import { AppError } from "../errors.js";
import type { BatchNormMode } from "../kernels/finite/reference.js";
import { finiteByteLimit, type FiniteCompute } from "../score/finite-draws.js";
import { flagName, type Flag } from "./command.js";
import type { FiniteFlags } from "./finite-options.js";
import { wordFlag } from "./options.js";

export const normFlag: Flag = {
  syntax: "--bn <mode>",
  description:
    "of an .onnx file: what its batch norms use: instance, frozen, coupled or eval (default: instance, frozen where norms read vectors, eval with --weights keep)",
};

export const onnxFlags: readonly Flag[] = [
  {
    syntax: "--weights <which>",
    description: "of an .onnx file: draw new ones by --init, or keep the file's (default: draw)",
  },
  normFlag,
];

export const normShape = { bn: wordFlag(["instance", "frozen", "coupled", "eval"]).optional() };
export const onnxShape = { weights: wordFlag(["draw", "keep"]).optional(), ...normShape };

/** How an .onnx file's network is scored. */
export interface OnnxSettings {
  readonly keep: boolean;
  readonly draws: number;
  readonly init: NonNullable<FiniteFlags["init"]>;
  readonly params: NonNullable<FiniteFlags["params"]>;
  readonly parameterisation: NonNullable<FiniteFlags["parameterisation"]>;
  readonly output: "sum" | "label" | "trace";
}

/**
 * The settings of an .onnx file. Kept weights are one draw, and gradients are by the weights themselves.
 * @throws AppError "usage" for flags that an .onnx file has no use for, and labels that are not there.
 */
export function onnxSettings(
  flags: FiniteFlags & { readonly weights?: "draw" | "keep" | undefined },
  batch: Batch,
): OnnxSettings {
  for (const key of ["width", "outputs", "matrixFree"] as const)
    if (flags[key] !== undefined)
      throw new AppError("usage", `${flagName(key)}: it belongs to genotypes; an .onnx file says how wide it is`);
  const keep = flags.weights === "keep";
  for (const key of ["draws", "init"] as const)
    if (keep && flags[key] !== undefined)
      throw new AppError("usage", `${flagName(key)}: there is nothing to draw with --weights keep`);
  const { output = "sum" } = flags;
  if (output === "each")
    throw new AppError("usage", "--output: expected sum, label or trace for an .onnx file, got each");
  if (output === "label" && batch.labels === undefined)
    throw new AppError("usage", "--output label: expected a class for every input, the data has none");
  return {
    keep,
    draws: keep ? 1 : (flags.draws ?? 5),
    init: flags.init ?? "ntk",
    params: flags.params ?? "weights",
    parameterisation: flags.parameterisation ?? (keep ? "standard" : "ntk"),
    output,
  };
}

/** The engine with the memory that was asked for. */
export const withMemory = (
  compute: Pick<FiniteCompute, "engine" | "threads">,
  { memory = finiteByteLimit }: FiniteFlags,
): FiniteCompute => ({ ...compute, memory });

/** Words for what batch norms use. */
export const normWords: Readonly<Record<BatchNormMode, string>> = {
  instance: "each image's own statistics",
  frozen: "statistics of the batch, held fast",
  coupled: "statistics of the batch, differentiated through",
  eval: "running statistics",
};
