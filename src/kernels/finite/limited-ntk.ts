import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { CompiledNtk, compileFor, copiesOf, type CompiledOptions } from "./compiled-ntk.js";
import type { FiniteEngine } from "./engine/engine.js";
import type { FiniteBatch, FiniteKernel, FiniteOptions } from "./ntk.js";

/** Something that gives the kernel of one draw: CompiledNtk, or its pieces under a memory limit. */
export interface DrawnNtk {
  kernel(batch: FiniteBatch, options?: Pick<FiniteOptions, "seed" | "init" | "draw" | "parameters">): FiniteKernel;
}

const bytesPerFloat = 4;

/**
 * The empirical NTK of `n` samples with at most `memory` bytes of activations and weights. When all samples do not fit, the
 * kernel is made block by block: every pair of sample groups in a run of its own, exact in every split, at the cost of
 * running each group once for every other. Kernels themselves (n^2 numbers a parameter) are not counted.
 * Throws AppError `limit` when not even two samples fit, or when batch statistics (`frozen`, `coupled`) need all samples at
 * once; both say what is needed.
 *
 * @example limitedNtk(network, 64, engine, { bn: "instance", memory: 256e6 }).kernel({ n: 64, inputs }, { seed: 1 })
 */
export function limitedNtk(
  architecture: GraphArchitecture,
  n: number,
  engine: FiniteEngine,
  { memory, ...options }: Omit<CompiledOptions, "memory"> & { readonly memory: number },
): DrawnNtk {
  const { bn = "instance" } = options;
  const network = compileFor(architecture, options);
  const block = network.stride * copiesOf(network, options.output);
  const bytes = (samples: number): number => bytesPerFloat * (network.constants.size + block * samples);
  if (bytes(n) <= memory) return new CompiledNtk(network, n, engine, options);
  const whole = `All ${n} samples need ${megabytes(bytes(n))}, the limit is ${megabytes(memory)}`;
  if (bn === "frozen" || bn === "coupled") {
    throw new AppError("limit", `${whole}, and ${bn} batch statistics need all samples at once.`, {
      hint: "Raise the limit, take fewer samples, or use instance statistics, which can be split.",
    });
  }
  const group = Math.floor((memory / bytesPerFloat - network.constants.size) / block / 2);
  if (group < 1) {
    throw new AppError("limit", `${whole}, and two samples, the least, need ${megabytes(bytes(2))}.`, {
      hint: "Raise the limit.",
    });
  }
  const pair = new CompiledNtk(network, 2 * group, engine, options);
  return { kernel: (batch, draw) => inBlocks(pair, group, batch, draw) };
}

function inBlocks(
  pair: CompiledNtk,
  group: number,
  batch: FiniteBatch,
  draw: Pick<FiniteOptions, "seed" | "init" | "draw" | "parameters"> | undefined,
): FiniteKernel {
  const { n, inputs, labels } = batch;
  const size = inputs.length / n;
  const groups = Math.ceil(n / group);
  let whole: FiniteKernel | undefined;
  for (let a = 0; a < groups; a++) {
    for (let b = a + 1; b < groups; b++) {
      // Rows beyond the last are the first one again; what they give is left out.
      const rows = [a, b].flatMap((g) =>
        Array.from({ length: group }, (_, i) => (g * group + i < n ? g * group + i : -1)),
      );
      const source = rows.map((row) => Math.max(row, 0));
      const part = pair.kernel(
        {
          n: rows.length,
          inputs: Float64Array.from(source.flatMap((row) => Array.from(inputs.subarray(row * size, (row + 1) * size)))),
          ...(labels === undefined ? {} : { labels: Int32Array.from(source, (row) => labels[row]) }),
        },
        draw,
      );
      const target = (whole ??= emptyLike(part, rows.length, n));
      const copies = part.size / rows.length;
      const ofKernel = Array.from({ length: copies }, (_, c) => rows.map((row) => (row < 0 ? -1 : c * n + row))).flat();
      place(part.kernels, target.kernels, ofKernel, target.size);
      place(
        part.parts.map(({ kernel }) => kernel),
        target.parts.map(({ kernel }) => kernel),
        ofKernel,
        target.size,
      );
      const classes = part.outputs.length / rows.length;
      rows.forEach((row, i) => {
        if (row >= 0) target.outputs.set(part.outputs.subarray(i * classes, (i + 1) * classes), row * classes);
      });
    }
  }
  return whole!;
}

/** Zeros for n samples, like a kernel of `samples`. */
function emptyLike(part: FiniteKernel, samples: number, n: number): FiniteKernel {
  const size = (part.size / samples) * n;
  return {
    size,
    kernels: part.kernels.map(() => new Float64Array(size * size)),
    parts: part.parts.map(({ parameter }) => ({ parameter, kernel: new Float64Array(size * size) })),
    outputs: new Float64Array((part.outputs.length / samples) * n),
    denseFactors: [],
  };
}

/** Copies the entries of kernels of `rows` to the whole ones, size x size; rows below 0 are left out. */
function place(
  parts: readonly Float64Array[],
  wholes: readonly Float64Array[],
  rows: readonly number[],
  size: number,
): void {
  parts.forEach((part, k) => {
    rows.forEach((row, i) => {
      if (row < 0) return;
      rows.forEach((column, j) => {
        if (column >= 0) wholes[k][row * size + column] = part[i * rows.length + j];
      });
    });
  });
}

/** `1.79 MB`, `64 bytes`. */
const megabytes = (bytes: number): string =>
  bytes < 1e4 ? `${Math.ceil(bytes)} bytes` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;
