import { AppError } from "../../../errors.js";
import {
  noRoom,
  passByPass,
  reducedChannels,
  requireKernel,
  requireRoom,
  weightFloats,
  type Arena,
  type FiniteEngine,
} from "./engine.js";
import { engineWasm } from "./engine-wasm.js";

/** Functions of native/engine-wasm.cc; pointers are byte offsets into the memory. */
interface EngineExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  run(
    program: number,
    words: number,
    arena: number,
    act: number,
    stride: number,
    first: number,
    last: number,
    byInstruction: number,
  ): void;
  reduce(
    instruction: number,
    arena: number,
    act: number,
    stride: number,
    first: number,
    last: number,
    part: number,
  ): void;
  batch(
    program: number,
    words: number,
    arena: number,
    act: number,
    stride: number,
    n: number,
    byInstruction: number,
  ): void;
  scratchFloats(args: number, n: number): number;
  weightGram(
    args: number,
    arena: number,
    act: number,
    stride: number,
    n: number,
    kernel: number,
    scratch: number,
  ): void;
  weightSum(args: number, arena: number, act: number, stride: number, n: number, target: number): void;
  gram(rows: number, n: number, stride: number, count: number, kernel: number, scale: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** The module of native/engine-wasm.cc, compiled once. */
export function engineModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(engineWasm), (c) => c.charCodeAt(0)));
  return compiled;
}

const pageBytes = 65536;
const largestBytes = 65535 * pageBytes;
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes in front of the arena for a call's program, sums and scratch; larger calls get room behind it. Only pages in use cost memory. */
const workBytes = 16 * 2 ** 20;

/** One WebAssembly memory: work space, then the arena. */
class WasmArena implements Arena {
  readonly kernels: EngineExports;
  readonly start: number;
  readonly #floats: number;
  readonly #work: number;
  #values: Float32Array | undefined;

  constructor(floats: number) {
    this.kernels = new WebAssembly.Instance(engineModule()).exports as unknown as EngineExports;
    this.#work = align(this.kernels.heapBase());
    this.#floats = floats;
    this.start = this.#work + workBytes;
    this.#grow(this.start + 4 * floats);
  }

  get values(): Float32Array {
    const { buffer } = this.kernels.memory;
    if (this.#values?.buffer !== buffer) this.#values = new Float32Array(buffer, this.start, this.#floats);
    return this.#values;
  }

  /** Byte offset of `bytes` of work space, valid for one call. */
  work(bytes: number): number {
    if (bytes <= workBytes) return this.#work;
    const behind = align(this.start + 4 * this.#floats);
    this.#grow(behind + bytes);
    return behind;
  }

  #grow(end: number): void {
    const { memory } = this.kernels;
    const missing = end - memory.buffer.byteLength;
    if (missing <= 0) return;
    const full = (cause?: unknown): AppError => noRoom(end, "a WebAssembly memory has at most 4 GiB", cause);
    if (end > largestBytes) throw full();
    try {
      memory.grow(Math.ceil(missing / pageBytes));
    } catch (error) {
      throw full(error);
    }
  }
}

function own(arena: Arena): WasmArena {
  if (arena instanceof WasmArena) return arena;
  throw new AppError("internal", "The arena was allocated by another engine.");
}

/** Copies words to the work space; returns their byte offset and the first free one. */
function place(arena: WasmArena, words: Int32Array, more: number): [words: number, free: number] {
  const at = arena.work(align(4 * words.length) + more);
  new Int32Array(arena.kernels.memory.buffer, at, words.length).set(words);
  return [at, at + align(4 * words.length)];
}

/** Zeroes n x n doubles at a byte offset, runs, and adds the lower triangle to `kernel`. */
function intoKernel(arena: WasmArena, at: number, n: number, kernel: Float64Array, run: () => void): void {
  const sums = new Float64Array(arena.kernels.memory.buffer, at, n * n).fill(0);
  run();
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) kernel[i * n + j] += sums[i * n + j];
}

/** The kernels of native/ as WebAssembly SIMD, one thread; runs in Node and in browsers. */
export const wasmEngine: FiniteEngine = {
  name: "wasm",
  allocate: (floats) => new WasmArena(floats),
  run(words, given, activations, stride, first, last, byInstruction) {
    const arena = own(given);
    requireRoom(arena, activations + last * stride);
    const [at] = place(arena, words, 0);
    arena.kernels.run(at, words.length, arena.start, activations, stride, first, last, byInstruction ? 1 : 0);
  },
  reduce(instruction, given, activations, stride, first, last) {
    const arena = own(given);
    requireRoom(arena, activations + last * stride);
    const channels = reducedChannels(instruction);
    const [at, part] = place(arena, instruction, 8 * channels);
    const sums = new Float64Array(arena.kernels.memory.buffer, part, channels).fill(0);
    arena.kernels.reduce(at, arena.start, activations, stride, first, last, part);
    return sums.slice();
  },
  weightGram(args, given, activations, stride, n, kernel) {
    const arena = own(given);
    requireRoom(arena, activations + n * stride);
    requireKernel(kernel, n);
    const [at] = place(arena, args, 0);
    const floats = arena.kernels.scratchFloats(at, n);
    const [words, sums] = place(arena, args, align(8 * n * n) + 4 * floats);
    intoKernel(arena, sums, n, kernel, () =>
      arena.kernels.weightGram(words, arena.start, activations, stride, n, sums, sums + align(8 * n * n)),
    );
  },
  weightSum(args, given, activations, stride, n, target) {
    const arena = own(given);
    requireRoom(arena, Math.max(activations + n * stride, target + weightFloats(args)));
    const [at] = place(arena, args, 0);
    arena.kernels.weightSum(at, arena.start, activations, stride, n, arena.start + 4 * target);
  },
  passes(task) {
    const { words, activations, stride, n, byInstruction } = task;
    passByPass(task, (given) => {
      const arena = own(given);
      const [at] = place(arena, words, 0);
      arena.kernels.batch(at, words.length, arena.start, activations, stride, n, byInstruction ? 1 : 0);
    });
  },
  gram(given, offset, n, stride, count, kernel, scale) {
    const arena = own(given);
    requireRoom(arena, offset + (n - 1) * stride + count);
    requireKernel(kernel, n);
    const sums = arena.work(8 * n * n);
    intoKernel(arena, sums, n, kernel, () =>
      arena.kernels.gram(arena.start + 4 * offset, n, stride, count, sums, scale),
    );
  },
};
