import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { AppError } from "../../../errors.js";
import {
  noRoom,
  reducedChannels,
  requireKernel,
  requirePasses,
  requireRoom,
  weightFloats,
  type Arena,
  type FiniteEngine,
} from "./engine.js";

/** Functions of native/addon.cc; `set` is the index of an instruction set in `variants()`. */
interface Addon {
  /** Instruction sets of this machine, best first: `avx512`, `avx2`, `baseline`. */
  variants(): string[];
  allocate(bytes: number): ArrayBuffer;
  run(
    set: number,
    program: Int32Array,
    arena: Float32Array,
    act: number,
    stride: number,
    first: number,
    last: number,
    byInstruction: number,
    threads: number,
  ): void;
  reduce(
    set: number,
    instruction: Int32Array,
    arena: Float32Array,
    act: number,
    stride: number,
    first: number,
    last: number,
    part: Float64Array,
    threads: number,
  ): void;
  weightGram(
    set: number,
    args: Int32Array,
    arena: Float32Array,
    act: number,
    stride: number,
    n: number,
    kernel: Float64Array,
    threads: number,
  ): void;
  weightSum(
    set: number,
    args: Int32Array,
    arena: Float32Array,
    act: number,
    stride: number,
    n: number,
    target: Float32Array,
    threads: number,
  ): void;
  passes(
    set: number,
    program: Int32Array,
    arenas: readonly Float32Array[],
    act: number,
    stride: number,
    n: number,
    byInstruction: number,
    seed: number,
    seeds: Float32Array,
    row: number,
    count: number,
    gradients: Float32Array,
  ): void;
  gram(
    set: number,
    arena: Float32Array,
    offset: number,
    n: number,
    stride: number,
    count: number,
    kernel: Float64Array,
    scale: number,
    threads: number,
  ): void;
  descend(
    set: number,
    constants: Float64Array,
    arena: Float32Array,
    at: number,
    gradient: number,
    count: number,
    first: Float32Array | null,
    second: Float32Array | null,
    offset: number,
    threads: number,
  ): void;
  peak(set: number, rounds: number): number;
}

/** The addon's engines, best instruction set first, or why there are none. */
export type NativeKernels =
  | { readonly engines: readonly FiniteEngine[]; readonly reason?: undefined }
  | { readonly engines?: undefined; readonly reason: string };

const addonPath = fileURLToPath(new URL("../../../../build/eigennas.node", import.meta.url));

let loaded: { readonly addon: Addon } | { readonly reason: string } | undefined;
let kernels: NativeKernels | undefined;

function load(): { readonly addon: Addon } | { readonly reason: string } {
  if (!existsSync(addonPath))
    return { reason: "the addon is not built (npm rebuild eigennas builds it with a C++ compiler)" };
  try {
    return { addon: createRequire(import.meta.url)(addonPath) as Addon };
  } catch (error) {
    return { reason: `the addon does not load (${(error as Error).message.split("\n")[0]})` };
  }
}

/** Loads the addon built by scripts/build-addon.mjs; absent or built for another system or Node, says so. */
export function nativeKernels(): NativeKernels {
  loaded ??= load();
  if ("reason" in loaded) return loaded;
  const { addon } = loaded;
  kernels ??= { engines: addon.variants().map((name, set) => engineOf(addon, `native-${name}`, set)) };
  return kernels;
}

/**
 * Floating-point operations a second of multiply-adds in registers only, one thread, by the engine of this name: the
 * most that any kernel can reach. Undefined when there is no such engine.
 */
export function nativePeak(name: string, seconds = 0.2): number | undefined {
  loaded ??= load();
  if ("reason" in loaded) return undefined;
  const { addon } = loaded;
  const set = addon.variants().indexOf(name.replace(/^native-/, ""));
  if (set < 0) return undefined;
  let best = 0;
  for (const start = performance.now(); performance.now() - start < 1000 * seconds;) {
    const before = performance.now();
    const operations = addon.peak(set, 2_000_000);
    best = Math.max(best, (1000 * operations) / (performance.now() - before));
  }
  return best;
}

function single(arena: Arena): Float32Array {
  if (arena.values instanceof Float32Array) return arena.values;
  throw new AppError("internal", "The arena was allocated by another engine.");
}

function engineOf(addon: Addon, name: string, set: number): FiniteEngine {
  return {
    name,
    allocate(floats) {
      try {
        return { values: new Float32Array(addon.allocate(Math.max(4 * floats, 4)), 0, floats) };
      } catch (error) {
        throw noRoom(4 * floats, "the system gives no more", error);
      }
    },
    run(words, arena, activations, stride, first, last, byInstruction, threads) {
      requireRoom(arena, activations + last * stride);
      addon.run(set, words, single(arena), activations, stride, first, last, byInstruction ? 1 : 0, threads);
    },
    reduce(instruction, arena, activations, stride, first, last, threads) {
      requireRoom(arena, activations + last * stride);
      const sums = new Float64Array(reducedChannels(instruction));
      addon.reduce(set, instruction, single(arena), activations, stride, first, last, sums, threads);
      return sums;
    },
    weightGram(args, arena, activations, stride, n, kernel, threads) {
      requireRoom(arena, activations + n * stride);
      requireKernel(kernel, n);
      addon.weightGram(set, args, single(arena), activations, stride, n, kernel, threads);
    },
    weightSum(args, arena, activations, stride, n, target, threads) {
      const floats = weightFloats(args);
      requireRoom(arena, Math.max(activations + n * stride, target + floats));
      const gradient = single(arena).subarray(target, target + floats);
      addon.weightSum(set, args, single(arena), activations, stride, n, gradient, threads);
    },
    passes(task) {
      requirePasses(task);
      const { words, activations, stride, n, byInstruction, seed, seeds, row, count, passes } = task;
      const arenas = task.arenas.map(single);
      const gradients = single(task.gradients).subarray(0, passes * count);
      const flag = byInstruction ? 1 : 0;
      addon.passes(set, words, arenas, activations, stride, n, flag, seed, seeds, row, count, gradients);
    },
    descend({ arena, at, gradient, count, constants, state: [first, second], offset, threads }) {
      requireRoom(arena, Math.max(at, gradient) + count);
      const state = [first, second].map((vector) => (vector.length === 0 ? null : vector));
      for (const vector of state)
        if (vector !== null && offset + count > vector.length)
          throw new AppError("internal", `The optimizer's state ends at ${vector.length}, not ${offset + count}.`);
      addon.descend(set, constants, single(arena), at, gradient, count, state[0], state[1], offset, threads);
    },
    gram(arena, offset, n, stride, count, kernel, scale, threads) {
      requireRoom(arena, offset + (n - 1) * stride + count);
      requireKernel(kernel, n);
      addon.gram(set, single(arena), offset, n, stride, count, kernel, scale, threads);
    },
  };
}
