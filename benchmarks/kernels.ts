/**
 * `npx tsx benchmarks/kernels.ts`: rates of the finite-width kernels, one thread, in GFLOP/s and as a share of the
 * machine's multiply-adds in registers only, for the three stage shapes of NAS-Bench-201 (channels, image side).
 */
import { fileURLToPath } from "node:url";
import type { FiniteEngine } from "../src/kernels/finite/engine/engine.js";
import { nativeKernels, nativePeak } from "../src/kernels/finite/engine/native.js";
import { conv, dense, program, weightArguments } from "../src/kernels/finite/engine/program.js";
import { wasmEngine } from "../src/kernels/finite/engine/wasm.js";

/** Channels and image side of the three stages. */
export const stageShapes = [
  [16, 32],
  [32, 16],
  [64, 8],
] as const;
const samples = 64;

/** Best rate of several runs in GFLOP/s; `operations` a run. */
function rate(operations: number, run: () => void): number {
  run();
  let best = Infinity;
  for (const start = performance.now(); performance.now() - start < 600;) {
    const before = performance.now();
    run();
    best = Math.min(best, performance.now() - before);
  }
  return operations / best / 1e6;
}

/** Rates in GFLOP/s of convolution, weight gradient (alone, and with its Gram matrix), and Gram matrix for one shape. */
export function stageRates(engine: FiniteEngine, channels: number, side: number): Record<string, number> {
  const row = (side + 2) * channels;
  const image = row * (side + 2);
  const interior = row + channels;
  const weights = 9 * channels * channels;
  const stride = 2 * image;
  const arena = engine.allocate(weights + samples * stride);
  for (let k = 0; k < arena.values.length; k++) arena.values[k] = ((k * 7919) % 1000) / 1000 - 0.5;
  const taps = Array.from({ length: 9 }, (_, t) => (Math.floor(t / 3) - 1) * row + ((t % 3) - 1) * channels);
  const extent = { height: side, width: side, channels, inputs: channels };
  const words = program([
    conv({
      ...extent,
      xRow: row,
      xPixel: channels,
      out: { at: image + interior, row },
      segments: taps.map((tap, t) => ({ x: interior + tap, weight: t * channels * channels })),
    }),
  ]);
  const args = weightArguments({
    ...extent,
    rRow: row,
    rPixel: channels,
    back: { at: image + interior, row },
    taps: taps.map((tap) => interior + tap),
  });
  const products = 2 * samples * side * side * weights;
  const kernel = new Float64Array(samples * samples);
  const scratch = arena.values.length >= samples * weights ? weights : Math.floor(arena.values.length / samples);
  return {
    convolution: rate(products, () => engine.run(words, arena, weights, stride, 0, samples, false, 1)),
    "weight gradient": rate(products, () => engine.weightSum(args, arena, weights, stride, samples, 0, 1)),
    "gradient and Gram": rate(products + samples * (samples + 1) * weights, () =>
      engine.weightGram(args, arena, weights, stride, samples, kernel, 1),
    ),
    Gram: rate(samples * (samples + 1) * scratch, () => engine.gram(arena, 0, samples, scratch, scratch, kernel, 1, 1)),
  };
}

/** Rate of a dense layer of 1,024 units on 256 samples. */
function denseRate(engine: FiniteEngine): number {
  const [width, n] = [1024, 256];
  const arena = engine.allocate(width * width + n * 2 * width);
  arena.values.fill(0.01);
  const words = program([dense({ inputs: width, channels: width, x: 0, out: width, weight: 0 })]);
  return rate(2 * n * width * width, () => engine.run(words, arena, width * width, 2 * width, 0, n, true, 1));
}

function print(): void {
  const engines = [...(nativeKernels().engines ?? []), wasmEngine];
  for (const engine of engines) {
    const peak = nativePeak(engine.name);
    const show = (value: number): string =>
      peak === undefined ? value.toFixed(1) : `${value.toFixed(1)} (${((100 * value) / (peak / 1e9)).toFixed(0)} %)`;
    console.log(
      `${engine.name}: ${peak === undefined ? "no peak measured" : `peak ${(peak / 1e9).toFixed(0)} GFLOP/s`}`,
    );
    for (const [channels, side] of stageShapes) {
      const rates = Object.entries(stageRates(engine, channels, side)).map(([name, value]) => `${name} ${show(value)}`);
      console.log(`  C ${channels}, H ${side}: ${rates.join(", ")}`);
    }
    console.log(`  dense 1024, n 256: ${show(denseRate(engine))}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) print();
