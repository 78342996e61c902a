import { noRoom } from "./engine.js";
import { engineModule } from "./wasm.js";

/** Functions of native/engine-wasm.cc that need no arena. */
interface DrawExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  draw(key0: number, key1: number, kind: number, factor: number, first: number, blocks: number, out: number): void;
}

/** What is drawn: uniform in [-1, 1) with 24 bits, or standard normal. */
export type Distribution = "uniform" | "normal";

const kinds = { uniform: 0, normal: 1 } as const;
const perBlock = 16;
const pageBytes = 65536;

let kernels: DrawExports | undefined;

/**
 * `count` numbers of a key of two 32-bit words, times `factor`: Philox 4x32-10 by counter (Salmon et al. 2011), normal ones by
 * Box-Muller. All are float32 numbers, the same bytes on every machine, and the first ones of a longer draw. Valid until
 * the next call. Throws AppError `limit` when there is no room.
 */
export function drawnNumbers(
  key: readonly [number, number],
  distribution: Distribution,
  factor: number,
  count: number,
): Float32Array {
  kernels ??= new WebAssembly.Instance(engineModule()).exports as unknown as DrawExports;
  const { memory } = kernels;
  const blocks = Math.ceil(count / perBlock);
  const at = Math.ceil(kernels.heapBase() / 64) * 64;
  const missing = at + 4 * perBlock * blocks - memory.buffer.byteLength;
  if (missing > 0) {
    try {
      memory.grow(Math.ceil(missing / pageBytes));
    } catch (error) {
      throw noRoom(4 * count, "for one parameter's values WebAssembly has none left", error);
    }
  }
  kernels.draw(key[0], key[1], kinds[distribution], factor, 0, blocks, at);
  return new Float32Array(memory.buffer, at, count);
}

/** The same numbers in memory of their own. */
export const drawNumbers = (...of: Parameters<typeof drawnNumbers>): Float64Array =>
  new Float64Array(drawnNumbers(...of));
