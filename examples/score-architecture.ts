/** Scores three networks on labelled points, bounds included. Run: npx tsx examples/score-architecture.ts */
import { makeBatch, openDataset } from "../src/data/index.js";
import { evaluateFully, modelPresets, Scorer } from "../src/index.js";

const source = await openDataset("teacher:n=400,d=20");
const batch = makeBatch(source, { samples: 64, seed: 1 });
const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min" });

for (const genotype of ["relu+relu+relu", "relu-relu-relu", "sigmoid-sigmoid-sigmoid"]) {
  const { lambdaMin, bounds, metrics } = evaluateFully(scorer, genotype);
  console.log(
    genotype.padEnd(24),
    `${bounds.LB.toPrecision(4)} <= lambda_min ${lambdaMin.toPrecision(6)} <= ${bounds.UBpair.toPrecision(4)}`,
    `leave-one-out accuracy ${String(metrics.loo_accuracy)}`,
  );
}
