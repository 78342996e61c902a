import { gramMatrix } from "../../math/linalg.js";
import { eachTap, type ReferenceRun } from "./reference.js";
import { sizeOf, type Tap } from "./ir.js";

/** Cotangents of every tap of one reverse pass, kept while the next pass runs. */
export type TapCotangents = readonly Float64Array[];

/** Copies the cotangents that the taps need out of a run. */
export const tapCotangents = (run: ReferenceRun): TapCotangents =>
  run.graph.taps.map((tap) => run.value(tap.cotangent));

/**
 * Gram matrix of gradients, by taps. Row (p, i) = p n + i is the gradient of sample i in pass p; with `summed` a row is a
 * pass, its gradient summed over the samples (samples depend on each other through batch statistics).
 * `use` receives the Gram matrix of each tap, rows x rows; it is overwritten by the next.
 */
export function eachTapGram(
  run: ReferenceRun,
  passes: readonly TapCotangents[],
  summed: boolean,
  use: (tap: Tap, gram: Float64Array) => void,
): void {
  const rows = summed ? passes.length : passes.length * run.n;
  run.graph.taps.forEach((tap, index) => {
    const cotangents = passes.map((pass) => pass[index]);
    if (tap.kind === "dense" && !summed) {
      use(tap, denseGram(run, tap, cotangents, rows));
      return;
    }
    const gram = new Float64Array(rows * rows);
    for (const { gradients, size } of gradientBlocks(run, tap, cotangents, summed)) {
      gramMatrix(gradients, rows, size).forEach((value, at) => (gram[at] += value));
    }
    use(tap, gram);
  });
}

/** (X X') o (D D'): the gradient of a dense weight is an outer product, so it is never formed. */
function denseGram(
  run: ReferenceRun,
  tap: Tap & { readonly kind: "dense" },
  cotangents: readonly Float64Array[],
  rows: number,
): Float64Array {
  const { inputs, backs } = denseFactors(run, tap, cotangents);
  const n = run.n;
  return backs.map((value, at) => value * inputs[(Math.floor(at / rows) % n) * n + ((at % rows) % n)]);
}

/** X X' (n x n) and D D' (rows x rows) of a dense tap. */
export function denseFactors(
  run: ReferenceRun,
  tap: Tap & { readonly kind: "dense" },
  cotangents: readonly Float64Array[],
): { readonly inputs: Float64Array; readonly backs: Float64Array } {
  const units = cotangents[0].length / run.n;
  const all = new Float64Array(cotangents.length * run.n * units);
  cotangents.forEach((values, p) => all.set(values, p * run.n * units));
  const x = run.value(tap.x);
  return { inputs: gramMatrix(x, run.n, x.length / run.n), backs: gramMatrix(all, cotangents.length * run.n, units) };
}

/** Gradients of a parameter, rows x size, in blocks of output units so that no more than one block is in memory. */
export function* gradientBlocks(
  run: ReferenceRun,
  tap: Tap,
  cotangents: readonly Float64Array[],
  summed: boolean,
): Generator<{ readonly gradients: Float64Array; readonly size: number }> {
  const { n, graph } = run;
  const rowOf = (p: number, i: number): number => (summed ? p : p * n + i);
  const rows = summed ? cotangents.length : cotangents.length * n;
  const shape = graph.nodes[tap.cotangent].shape;
  const channels = shape[0];
  const area = sizeOf(shape) / channels;
  if (tap.kind === "bias" || tap.kind === "gain") {
    const gradients = new Float64Array(rows * channels);
    const factor = tap.kind === "gain" ? run.value(tap.x) : undefined;
    cotangents.forEach((values, p) => {
      values.forEach((value, at) => {
        const channel = Math.floor(at / area);
        gradients[rowOf(p, Math.floor(channel / channels)) * channels + (channel % channels)] +=
          value * (factor?.[at] ?? 1);
      });
    });
    yield { gradients, size: channels };
    return;
  }
  const x = run.value(tap.x);
  const input = graph.nodes[tap.x].shape;
  const all = tap.kind === "conv" ? input[0] : sizeOf(input);
  const inputArea = sizeOf(input) / all;
  const groups = tap.kind === "conv" ? tap.groups : 1;
  const inputs = all / groups;
  const taps = tap.kind === "conv" ? tap.kernel * tap.kernel : 1;
  for (let o = 0; o < channels; o++) {
    const gradients = new Float64Array(rows * inputs * taps);
    const first = Math.floor((o * groups) / channels) * inputs;
    cotangents.forEach((values, p) => {
      const add = (i: number, pixel: number, target: number, k: number): void => {
        const back = values[(i * channels + o) * area + target];
        if (back === 0) return;
        const row = rowOf(p, i) * inputs * taps;
        for (let c = 0; c < inputs; c++)
          gradients[row + c * taps + k] += back * x[(i * all + first + c) * inputArea + pixel];
      };
      if (tap.kind === "conv") eachTap(n, input, shape, tap, add);
      else for (let i = 0; i < n; i++) add(i, 0, 0, 0);
    });
    yield { gradients, size: inputs * taps };
  }
}
