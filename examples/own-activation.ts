/** An activation of one's own, from its value and derivative alone. Run: npx tsx examples/own-activation.ts */
import { makeBatch, openDataset } from "../src/data/index.js";
import { activation, defineActivation, evaluateFully, modelPresets, registerActivation, Scorer } from "../src/index.js";

registerActivation(
  defineActivation({
    name: "hard_tanh",
    value: (x) => Math.max(-1, Math.min(1, x)),
    derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
    kinks: [-1, 1],
    lipschitz: 1,
  }),
);

const { second, derivativeSecond } = activation("hard_tanh").moments(1);
console.log(`hard_tanh at q = 1: S ${second.toFixed(10)}, d2 ${derivativeSecond.toFixed(10)}`);

const batch = makeBatch(await openDataset("sphere:n=48,d=24"));
const scorer = new Scorer({ batch, model: modelPresets.he, metric: "lambda_min" });
for (const genotype of ["hard_tanh+hard_tanh", "tanh+tanh", "relu+hard_tanh"]) {
  console.log(genotype.padEnd(20), evaluateFully(scorer, genotype).lambdaMin.toFixed(8));
}
