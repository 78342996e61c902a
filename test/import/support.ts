import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as Ort from "onnxruntime-node";
import { fromOnnx, parametersOf, withRunningStatistics, type ImportedNetwork } from "../../src/import/index.js";
import { lower } from "../../src/kernels/finite/lower.js";
import { NetworkPass } from "../../src/kernels/finite/pass.js";
import { inputsOf } from "../export/support.js";

const ort = createRequire(import.meta.url)("onnxruntime-node") as typeof Ort;

/** A file that test/golden/onnx.py made with PyTorch 1.13. */
export const fileOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../golden/onnx/${name}.onnx`, import.meta.url)));

/** What the float64 reference computes with the file's weights and running statistics. */
export function outputsOf(
  network: Pick<ImportedNetwork, "graph" | "tensors">,
  n: number,
  inputs: Float64Array,
): Float64Array {
  const { graph, tensors } = network;
  const pass = new NetworkPass(withRunningStatistics(graph, tensors), n, { bn: "eval" });
  return pass.forward(inputs, lower(graph).parameters.map(parametersOf(tensors)));
}

/** What onnxruntime computes from a file. */
export async function runOnnx(
  bytes: Uint8Array,
  shape: readonly number[],
  inputs: Float64Array,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const input = new ort.Tensor("float32", Float32Array.from(inputs), [...shape]);
  const results = await session.run({ [session.inputNames[0]]: input });
  await session.release();
  return results[session.outputNames[0]].data as Float32Array;
}

/** Largest difference of two rows of numbers, relative to the largest of the second. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let [worst, scale] = [0, 1e-30];
  for (let k = 0; k < expected.length; k++) {
    worst = Math.max(worst, Math.abs(found[k] - expected[k]));
    scale = Math.max(scale, Math.abs(expected[k]));
  }
  return worst / scale;
}

/** An imported file's outputs on n normal inputs, and how far onnxruntime's are from them. */
export async function againstRuntime(
  bytes: Uint8Array,
  n: number,
  last: (logits: Float64Array, n: number) => Float64Array = (logits) => logits,
): Promise<{ readonly network: ImportedNetwork; readonly difference: number }> {
  const network = fromOnnx(bytes);
  const inputs = inputsOf(network.graph, n, "onnx");
  const found = await runOnnx(bytes, [n, ...network.graph.input], inputs);
  return { network, difference: difference(found, last(outputsOf(network, n, inputs), n)) };
}
