import { sizeOf, type Parameter } from "../../src/kernels/finite/ir.js";

/** `count` numbers in [-1, 1) of test/golden/cell_net.py's generator. */
export function uniform(name: string, count: number): Float64Array {
  let state = Array.from(name).reduce((sum, character, k) => sum + (k + 1) * character.charCodeAt(0), 0);
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The weights of cell_net.py. */
export function netParameters({ name, kind, shape, fanIn }: Parameter): Float64Array {
  const scale = kind === "weight" ? Math.sqrt(6 / fanIn) : kind === "gain" ? 0.3 : 0.2;
  return uniform(name, sizeOf(shape)).map((u) => (kind === "gain" ? 1 : 0) + scale * u);
}

/** The images of cell_net.py, n x 3 x side x side. */
export const netImages = (name: string, n: number, side: number): Float64Array =>
  uniform(name, n * 3 * side * side).map((u) => u * Math.sqrt(3));

/** The classes of cell_net.py. */
export const netLabels = (n: number, classes = 10): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => (7 * i + 3) % classes);
