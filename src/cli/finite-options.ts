import { z } from "zod";
import type { Batch } from "../data/index.js";
import { AppError } from "../errors.js";
import { bytesText } from "../score/finite-draws.js";
import { finiteEngineNames, type FiniteSettings } from "../score/finite-width.js";
import { flagName, type Flag } from "./command.js";
import { numberFlag, wordFlag } from "./options.js";

const defaultDraws = 5;
const mostDraws = 1000;

export const drawsFlag: Flag = {
  syntax: "--draws <r>",
  description: `draws of the weights at a finite width (default: ${defaultDraws})`,
};

/** By what, and with how much memory, networks of finite width are computed. */
export const computeFlags: readonly Flag[] = [
  {
    syntax: "--engine <name>",
    description: "finite width: auto, native, wasm (float32) or reference (float64) (default: auto, see doctor)",
  },
  {
    syntax: "--memory <bytes>",
    description: "finite width: memory of one network, such as 500MB or 4GB (default: 2GB)",
  },
];

const widthFlags: readonly Flag[] = [
  { syntax: "--width <m>", description: "score real networks too, every hidden layer m wide" },
  drawsFlag,
];

export const finiteFlags: readonly Flag[] = [
  ...widthFlags,
  { syntax: "--init <name>", description: "with --width: ntk, paper, kaiming, pytorch or normal (default: ntk)" },
  { syntax: "--params <which>", description: "with --width: weights or all (default: weights)" },
  { syntax: "--parameterisation <name>", description: "with --width: ntk or standard (default: ntk)" },
  {
    syntax: "--output <what>",
    description: "with --width: what is differentiated, sum, label, trace or each (default: sum)",
  },
  {
    syntax: "--outputs <c>",
    description: "with --width: output units (default: 1; the classes of the data for label, trace and each)",
  },
  ...computeFlags,
  {
    syntax: "--matrix-free",
    description: "with --width: products with the kernel in place of its matrix (default: where it does not fit)",
  },
];

const draws = numberFlag({ integer: true, least: 1 })
  .refine((count) => count <= mostDraws, {
    error: ({ input }) => `expected an integer from 1 to ${mostDraws}, got ${String(input)}`,
  })
  .optional();

export const drawsShape = { draws };

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  mib: 2 ** 20,
  gib: 2 ** 30,
};
const leastMemory = 1e6;

/** `2GB` -> bytes. */
const memory = z
  .string()
  .transform((text, context) => {
    const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
    const unit = match === null ? undefined : units[match[2].toLowerCase()];
    const bytes = unit === undefined ? NaN : Number(match![1]) * unit;
    if (bytes >= leastMemory && Number.isFinite(bytes)) return bytes;
    const expected = `expected bytes such as 500MB or 2GB, ${bytesText(leastMemory)} or more`;
    context.addIssue({ code: "custom", message: `${expected}, got "${text}"` });
    return z.NEVER;
  })
  .optional();

export const computeShape = { engine: wordFlag(finiteEngineNames).optional(), memory };

/** `32,64,128` -> ascending widths without repetitions. */
export const widthsFlag = z
  .string()
  .default("32,64,128,256,512")
  .transform((text, context) => {
    const widths = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
    if (widths.every((width) => Number.isSafeInteger(width) && width >= 1))
      return [...new Set(widths)].sort((a, b) => a - b);
    context.addIssue({ code: "custom", message: `expected integers of at least 1 separated by commas, got "${text}"` });
    return z.NEVER;
  });

export const widthShape = {
  width: numberFlag({ integer: true, least: 1 }).optional(),
  ...drawsShape,
  ...computeShape,
};

export const finiteShape = {
  ...widthShape,
  init: wordFlag(["ntk", "paper", "kaiming", "pytorch", "normal"]).optional(),
  params: wordFlag(["weights", "all"]).optional(),
  parameterisation: wordFlag(["ntk", "standard"]).optional(),
  output: wordFlag(["sum", "label", "trace", "each"]).optional(),
  outputs: numberFlag({ integer: true, least: 1 }).optional(),
  matrixFree: z.literal(true).optional(),
};

export type FiniteFlags = Partial<z.output<z.ZodObject<typeof finiteShape>>>;

/**
 * The settings of a finite width, or undefined without --width.
 * @throws AppError "usage" for flags that need --width, labels that are not there, or fewer outputs than classes.
 */
export function finiteSettings(flags: FiniteFlags, seed: number, batch: Batch): FiniteSettings | undefined {
  const { width, output = "sum" } = flags;
  if (width === undefined) {
    const useless = (Object.keys(finiteShape) as (keyof FiniteFlags)[]).find((key) => flags[key] !== undefined);
    if (useless === undefined) return undefined;
    throw new AppError("usage", `${flagName(useless)}: it belongs to networks of finite width, expected --width too`, {
      hint: "Add --width M, such as --width 512.",
    });
  }
  const classes = classCount(batch);
  if (output === "label" && classes === undefined) {
    throw new AppError("usage", `--output label: expected a class for every input, ${batch.report.dataSpec} has none`, {
      hint: "Name the column of a csv file with --target, or use --output sum.",
    });
  }
  const outputs = flags.outputs ?? (output === "sum" ? 1 : (classes ?? 1));
  if (output === "label" && outputs < (classes ?? 0)) {
    throw new AppError(
      "usage",
      `--outputs: expected an output for each of the ${classes ?? 0} classes of --output label, got ${outputs}`,
      { hint: "Leave --outputs out." },
    );
  }
  const { draws: count = defaultDraws, init = "ntk", params = "weights", parameterisation = "ntk" } = flags;
  const { engine, memory: bytes, matrixFree } = flags;
  return {
    ...{ width, draws: count, seed, init, params, parameterisation, output, outputs },
    ...(engine !== undefined && { engine }),
    ...(bytes !== undefined && { memory: bytes }),
    ...(matrixFree === true && { matrixFree }),
  };
}

function classCount({ labels, classNames }: Batch): number | undefined {
  return labels === undefined ? undefined : Math.max(classNames?.length ?? 0, ...labels.map((label) => label + 1));
}
