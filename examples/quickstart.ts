/** A kernel, its least eigenvalue with bounds, and a search, in one go. Run: npx tsx examples/quickstart.ts */
import { bounds, evaluator, exhaustive, lambdaMin, ntk, rng, search, spaces } from "../src/index.js";

const rows = Array.from({ length: 8 }, (_, i) => [Math.cos(i * 0.35), Math.sin(i * 0.35)]);

const { value } = lambdaMin(ntk("relu+tanh-gelu", rows));
const { LB, UBpair } = bounds("relu+tanh-gelu", rows).numbers;
console.log(
  `relu+tanh-gelu: ${LB.toExponential(3)} <= lambda_min ${value.toExponential(6)} <= ${UBpair.toExponential(3)}`,
);

const space = spaces.fcn({ depth: [2, 4], activations: ["relu", "tanh", "gelu"] });
for await (const event of search(space, evaluator(rows), exhaustive(), { top: 3, better: "higher", rng: rng(0) })) {
  if (event.type !== "done") continue;
  console.log(`best of ${event.result.evaluated} networks:`);
  for (const { genotype, score } of event.result.top) console.log(genotype.padEnd(20), score.toExponential(6));
}
