/** The exact top-10 of 5,000 networks without solving every eigenproblem. Run: npx tsx examples/exact-search.ts */
import { makeBatch, openDataset } from "../src/data/index.js";
import { exactTopK, fcnSpace, modelPresets, rng } from "../src/index.js";
import { inlineBackend, scannerOn } from "../src/queue/index.js";

const top = 10;
const space = fcnSpace({ depth: 5, activations: ["relu", "leaky_relu(0.2)", "sigmoid", "tanh", "silu"] });
const batch = makeBatch(await openDataset("sphere:n=64,d=32"));
const backend = inlineBackend({ batch, model: modelPresets.he, metric: "lambda_min", space: space.spec });
const scanner = scannerOn(backend, space.spec, space.size, top);

for await (const event of exactTopK(space, scanner, { top, better: "higher", rng: rng(0) })) {
  if (event.type !== "done") continue;
  const { result } = event;
  result.top.forEach(({ genotype, lambdaMin }, i) => console.log(`${i + 1}. ${lambdaMin.toFixed(6)} ${genotype}`));
  console.log(`${result.evaluated} solved, ${result.skippedByBound} skipped with proof of ${space.size.toString()}`);
  console.log(`exact top-${top}: ${result.exactTopK}`);
}
await backend.close();
