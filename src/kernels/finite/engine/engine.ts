import { AppError } from "../../../errors.js";

/** Memory of a network: constants, then every sample's activations (see program.ts). */
export interface Arena {
  /** float32, or float64 for the reference. Take it anew after every call: growing memory may detach an older view. */
  readonly values: Float32Array | Float64Array;
}

/**
 * Pass k, for every row k of gradients: cotangents k go to the offset `seed` of every sample, the constants from `row` become
 * zero, the program runs for all samples (it may have `mix` instructions), and these constants are row k.
 */
export interface PassTask {
  readonly words: Int32Array;
  /** The same network's memory once or several times, which as many threads share the passes with. */
  readonly arenas: readonly Arena[];
  readonly activations: number;
  readonly stride: number;
  readonly n: number;
  readonly byInstruction: boolean;
  readonly seed: number;
  /** Cotangents, [pass][sample][padded class]. */
  readonly seeds: Float32Array;
  readonly row: number;
  /** Floats of a row. */
  readonly count: number;
  /** An arena of this engine: a row for every pass. */
  readonly gradients: Arena;
  readonly passes: number;
}

/**
 * A step of an optimizer on `count` weights from `at` with gradients from `gradient` (both absolute); what it remembers is from
 * `offset` of the state's vectors. Counts are whole channel groups. Constants: src/kernels/finite/descent.ts.
 */
export interface DescentTask {
  readonly arena: Arena;
  readonly at: number;
  readonly gradient: number;
  readonly count: number;
  readonly constants: Float64Array;
  readonly state: readonly Float32Array[];
  readonly offset: number;
  readonly threads: number;
}

/**
 * Runs programs. `activations` and `stride` say where samples lie (program.ts), `first` and `last` which samples
 * (first <= s < last), `threads` into how many threads the work may be split (engines without threads ignore it).
 * All sums into `kernel` (n x n, row-major) touch the lower triangle with the diagonal only.
 * Every function throws AppError `internal` when samples or ranges do not fit the arena.
 */
export interface FiniteEngine {
  /** `native-avx512`, `native-avx2`, `native-baseline`, `wasm` or `reference`. */
  readonly name: string;
  /** Zeros; throws AppError `limit` when the machine or WebAssembly has no room. */
  allocate(floats: number): Arena;
  /** Sample by sample, or `byInstruction`: every instruction for all samples before the next (`dense` needs it). */
  run(
    program: Int32Array,
    arena: Arena,
    activations: number,
    stride: number,
    first: number,
    last: number,
    byInstruction: boolean,
    threads: number,
  ): void;
  /** Sums of a `batchSum` or `batchSquares` instruction by padded channel. */
  reduce(
    instruction: Int32Array,
    arena: Arena,
    activations: number,
    stride: number,
    first: number,
    last: number,
    threads: number,
  ): Float64Array;
  /** kernel += scale <G_i, G_j> of the per-sample weight gradients of `weightArguments`. */
  weightGram(
    args: Int32Array,
    arena: Arena,
    activations: number,
    stride: number,
    n: number,
    kernel: Float64Array,
    threads: number,
  ): void;
  /** Floats of the arena from `target` (absolute) += the sum over samples of these gradients, [tap][ci][co]. */
  weightSum(
    args: Int32Array,
    arena: Arena,
    activations: number,
    stride: number,
    n: number,
    target: number,
    threads: number,
  ): void;
  /** Engines without it leave the step to JavaScript. */
  readonly descend?: (task: DescentTask) => void;
  /** Reverse passes whose gradients are summed over the samples, one for each row of gradients. */
  passes(task: PassTask): void;
  /** kernel += scale X X' for n rows of `count` floats, `stride` floats apart, from `offset` (absolute). */
  gram(
    arena: Arena,
    offset: number,
    n: number,
    stride: number,
    count: number,
    kernel: Float64Array,
    scale: number,
    threads: number,
  ): void;
}

/** kernel += scale <row_i, row_j>, rows being `count` floats at `offset` of every sample. */
export function rowGram(
  engine: FiniteEngine,
  row: { readonly offset: number; readonly count: number; readonly scale?: number },
  arena: Arena,
  activations: number,
  stride: number,
  n: number,
  kernel: Float64Array,
  threads: number,
): void {
  engine.gram(arena, activations + row.offset, n, stride, row.count, kernel, row.scale ?? 1, threads);
}

/** Throws unless the floats [0, end) exist. */
export function requireRoom(arena: Arena, end: number): void {
  if (end <= arena.values.length) return;
  throw new AppError("internal", `The program needs ${end} floats, its arena has ${arena.values.length}.`);
}

/** Throws unless a task's samples, constants and rows exist. */
export function requirePasses({ arenas, activations, stride, n, row, count, gradients, passes }: PassTask): void {
  for (const arena of arenas) requireRoom(arena, Math.max(activations + n * stride, row + count));
  requireRoom(gradients, passes * count);
}

/** Passes one after the other in the first arena; `batch` runs the program for all samples. */
export function passByPass(task: PassTask, batch: (arena: Arena) => void): void {
  requirePasses(task);
  const { arenas, activations, stride, n, seed, seeds, row, count, gradients, passes } = task;
  const [arena] = arenas;
  const width = seeds.length / passes / n;
  for (let k = 0; k < passes; k++) {
    for (let s = 0; s < n; s++) {
      const from = (k * n + s) * width;
      arena.values.set(seeds.subarray(from, from + width), activations + s * stride + seed);
    }
    arena.values.fill(0, row, row + count);
    batch(arena);
    gradients.values.set(arena.values.subarray(row, row + count), k * count);
  }
}

/** Throws unless `kernel` holds n x n numbers. */
export function requireKernel(kernel: Float64Array, n: number): void {
  if (kernel.length === n * n) return;
  throw new AppError("internal", `A kernel of ${n} rows has ${n * n} entries, got an array of ${kernel.length}.`);
}

/** Padded channels of a `batchSum` or `batchSquares` instruction. */
export const reducedChannels = (instruction: Int32Array): number => instruction[4];

/** Floats of one sample's weight gradient. */
export const weightFloats = (args: Int32Array): number => args[2] * args[3] * args[9];

/** The error of `allocate`: how much was asked for, and why it is not to be had. */
export const noRoom = (bytes: number, why: string, cause?: unknown): AppError =>
  new AppError("limit", `The network needs ${(bytes / 2 ** 30).toFixed(2)} GiB, ${why}.`, {
    hint: "Use fewer samples, a smaller width or a memory limit.",
    cause,
  });
