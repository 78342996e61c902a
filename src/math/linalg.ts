import { AppError } from "../errors.js";
import { linalgWasm } from "./linalg-wasm.js";

/** Functions of native/linalg.cc; pointers are byte offsets into the memory, `ld` is the leading dimension in doubles. */
interface LinalgExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heapBase(): number;
  dot(n: number, x: number, y: number): number;
  multiply(n: number, K: number, ld: number, x: number, y: number): void;
  gram(n: number, d: number, X: number, C: number, ld: number): void;
  products(n: number, m: number, d: number, X: number, Y: number, C: number): void;
  shifted(n: number, input: number, output: number, ld: number, shift: number): void;
  cholesky(n: number, A: number, ld: number, pack: number, block: number): number;
  solveLower(n: number, L: number, ld: number, x: number): void;
  solveUpper(n: number, L: number, ld: number, x: number): void;
  orthogonalise(n: number, count: number, Q: number, ld: number, w: number): void;
  tridiagonalise(n: number, A: number, ld: number, d: number, e: number, v: number, p: number): void;
  chebyshevSums(count: number, x: number, terms: number, c: number, out: number): void;
  unpack(n: number, packed: number, diagonal: number, K: number, ld: number): void;
  chebyshevMoments(n: number, x: number, v: number, terms: number, w: number): void;
}

let compiled: WebAssembly.Module | undefined;

function compile(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(linalgWasm), (c) => c.charCodeAt(0)));
  return compiled;
}

const pageBytes = 65536;
const largestBytes = 65535 * pageBytes;

/**
 * Float64 arrays in one WebAssembly memory with the kernels of native/linalg.cc over them. Reserve every array first
 * (`reserve` returns a byte offset), then make views: growing the memory detaches views made before.
 */
export class LinalgMemory {
  readonly kernels: LinalgExports;
  #top: number;

  constructor() {
    const instance = new WebAssembly.Instance(compile());
    this.kernels = instance.exports as unknown as LinalgExports;
    this.#top = align(this.kernels.heapBase());
  }

  /** Room for `count` doubles; throws AppError `limit` beyond the 4 GB of a WebAssembly memory. */
  reserve(count: number): number {
    const offset = this.#top;
    const end = align(offset + 8 * count);
    const missing = end - this.kernels.memory.buffer.byteLength;
    if (missing > 0) {
      if (end > largestBytes) {
        throw new AppError(
          "limit",
          `The matrices need ${(end / 2 ** 30).toFixed(1)} GiB, a WebAssembly memory has 4 GiB.`,
          {
            hint: "Use fewer samples.",
          },
        );
      }
      this.kernels.memory.grow(Math.ceil(missing / pageBytes));
    }
    this.#top = end;
    return offset;
  }

  view(offset: number, count: number): Float64Array {
    return new Float64Array(this.kernels.memory.buffer, offset, count);
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/**
 * Gram matrix X X' (n x n, row-major) of n rows of dimension d.
 *
 * @example gramMatrix(Float64Array.of(1, 0, 0, 2), 2, 2) // [1, 0, 0, 4]
 */
export function gramMatrix(inputs: Float64Array, n: number, d: number): Float64Array {
  const memory = new LinalgMemory();
  const x = memory.reserve(n * d);
  const c = memory.reserve(n * n);
  memory.view(x, n * d).set(inputs);
  memory.kernels.gram(n, d, x, c, n);
  return memory.view(c, n * n).slice();
}

/** X Y' (n x m, row-major) of n rows and m rows of dimension d: `gramMatrix` of two sets. */
export function rowProducts(x: Float64Array, n: number, y: Float64Array, m: number, d: number): Float64Array {
  const memory = new LinalgMemory();
  const [left, right, out] = [memory.reserve(n * d), memory.reserve(m * d), memory.reserve(n * m)];
  memory.view(left, n * d).set(x);
  memory.view(right, m * d).set(y);
  memory.kernels.products(n, m, d, left, right, out);
  return memory.view(out, n * m).slice();
}
