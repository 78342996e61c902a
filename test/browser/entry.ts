/** Runs in a Web Worker of a page and in Node: the same numbers are asked of both. */
import {
  bounds,
  crossKernel,
  evaluator,
  exhaustive,
  generalizationOf,
  infiniteKernel,
  lambdaMin,
  layeredGraph,
  modelPresets,
  ntk,
  parseGenotype,
  random,
  rng,
  search,
  spaces,
  SymmetricSolver,
} from "../../src/index.js";
import { CompiledNtk } from "../../src/kernels/finite/compiled-ntk.js";
import { wasmEngine } from "../../src/kernels/finite/engine/wasm.js";
import { spherePoints } from "../support/points.js";

/** Kernels, bounds, searches and finite networks, as one list of numbers. */
export async function numbers(): Promise<number[]> {
  const rows = spherePoints(12, 5, "browser");
  return [...finite(), ...theory(), ...(await searches())];

  function finite(): number[] {
    const genotypes = ["relu+tanh-gelu", "sigmoid+elu+sin", "silu-softplus+erf"];
    return genotypes.flatMap((genotype) => {
      const infinite = infiniteKernel(parseGenotype(genotype), rows, modelPresets.he).data;
      const network = layeredGraph(parseGenotype(genotype), modelPresets.he, 5, 40);
      const { kernels } = new CompiledNtk(network, 12, wasmEngine).kernel(rows, { seed: 4 });
      return [infinite[1], lambdaMin(infinite, 12).value, kernels[0][1], lambdaMin(kernels[0], 12).value];
    });
  }

  function theory(): number[] {
    const { numbers: found } = bounds("relu+elu+relu", rows);
    const solver = new SymmetricSolver(12);
    solver.matrix.set(ntk("relu+elu+relu", rows).data);
    const y = Float64Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const { gamma1, complexity } = generalizationOf(solver, y);
    const cross = crossKernel(parseGenotype("relu-gelu"), spherePoints(3, 5, "other"), rows, modelPresets.lecun);
    return [
      found.LB,
      found.LB1,
      found.LBmat,
      found.LBlay,
      found.UBdiag,
      found.UBpair,
      gamma1,
      complexity,
      ...cross.data,
    ];
  }

  async function searches(): Promise<number[]> {
    const space = spaces.fcn({ depth: [2, 3], activations: ["relu", "tanh", "gelu"] });
    const found: number[] = [];
    for (const [strategy, metric] of [
      [exhaustive(), "lambda_min"],
      [random(), "loo_accuracy"],
    ] as const) {
      const labels = Int32Array.from({ length: 12 }, (_, i) => i % 3);
      const evaluate = evaluator(rows, { metric, labels });
      const options = { budget: 20, top: 5, better: "higher", rng: rng(3) } as const;
      for await (const event of search(space, evaluate, strategy, options)) {
        if (event.type !== "done") continue;
        for (const { genotype, score, lambdaMin: least } of event.result.top) {
          found.push(genotype.length, score + 1, least);
        }
      }
    }
    return found;
  }
}
