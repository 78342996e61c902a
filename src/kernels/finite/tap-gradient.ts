import { rowProducts } from "../../math/linalg.js";
import type { Tap } from "./ir.js";
import { sizeOf } from "./ir.js";
import { eachTap, type ReferenceRun } from "./reference.js";

/**
 * Gradient of a tap's parameter, summed over the samples of a run whose reverse mode has run, added to `target` (in the layout
 * of `Parameter.shape`).
 */
export function addTapGradient(run: ReferenceRun, tap: Tap, target: Float64Array): void {
  const { n, graph } = run;
  const back = run.value(tap.cotangent);
  const shape = graph.nodes[tap.cotangent].shape;
  const channels = shape[0];
  const area = sizeOf(shape) / channels;
  if (tap.kind === "bias" || tap.kind === "gain") {
    const factor = tap.kind === "gain" ? run.value(tap.x) : undefined;
    for (let at = 0; at < back.length; at++) target[Math.floor(at / area) % channels] += back[at] * (factor?.[at] ?? 1);
    return;
  }
  const x = run.value(tap.x);
  const input = graph.nodes[tap.x].shape;
  if (tap.kind === "dense") {
    const inputs = sizeOf(input);
    const product = rowProducts(columnsOf(back, n, channels), channels, columnsOf(x, n, inputs), inputs, n);
    for (let at = 0; at < target.length; at++) target[at] += product[at];
    return;
  }
  const inputs = input[0] / tap.groups;
  const inputArea = sizeOf(input) / input[0];
  const taps = tap.kernel * tap.kernel;
  eachTap(n, input, shape, tap, (i, pixel, place, k) => {
    for (let o = 0; o < channels; o++) {
      const value = back[(i * channels + o) * area + place];
      if (value === 0) continue;
      const first = i * input[0] + Math.floor((o * tap.groups) / channels) * inputs;
      for (let c = 0; c < inputs; c++)
        target[(o * inputs + c) * taps + k] += value * x[(first + c) * inputArea + pixel];
    }
  });
}

/** Rows of samples as rows of features. */
function columnsOf(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
  return out;
}
