/** Runs in a Web Worker of a page and in Node: the same numbers are asked of both. */
import { layeredGraph } from "../../src/arch/graph.js";
import { infiniteKernel, lambdaMin, modelPresets, parseGenotype } from "../../src/index.js";
import { CompiledNtk } from "../../src/kernels/finite/compiled-ntk.js";
import { wasmEngine } from "../../src/kernels/finite/engine/wasm.js";
import { spherePoints } from "../support/points.js";

export function numbers(): number[] {
  const rows = spherePoints(12, 5, "browser");
  const genotypes = ["relu+tanh-gelu", "sigmoid+elu+sin", "silu-softplus+erf"];
  return genotypes.flatMap((genotype) => {
    const infinite = infiniteKernel(parseGenotype(genotype), rows, modelPresets.he).data;
    const network = layeredGraph(parseGenotype(genotype), modelPresets.he, 5, 40);
    const { kernels } = new CompiledNtk(network, 12, wasmEngine).kernel(rows, { seed: 4 });
    return [infinite[1], lambdaMin(infinite, 12).value, kernels[0][1], lambdaMin(kernels[0], 12).value];
  });
}
