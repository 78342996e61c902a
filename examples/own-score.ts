/**
 * A score of one's own: whatever function of genotypes `evaluate` is. Here the share of the kernel's trace that lies in the
 * span of the labels. Run: npx tsx examples/own-score.ts
 */
import { exhaustive, ntk, rng, search, spaces, type Evaluate, type Evaluated } from "../src/index.js";

const rows = Array.from({ length: 24 }, (_, i) => [Math.cos(i * 0.26), Math.sin(i * 0.26)]);
const y = rows.map(([x]) => Math.sign(x));

/** y' Theta y / (|y|^2 trace): between 0 and 1, 1 when every function of the kernel's span is the target itself. */
function alignment(genotype: string): number {
  const { rows: n, data } = ntk(genotype, rows);
  let [quadratic, trace] = [0, 0];
  for (let i = 0; i < n; i++) {
    trace += data[i * n + i];
    for (let j = 0; j < n; j++) quadratic += y[i] * data[i * n + j] * y[j];
  }
  return quadratic / (n * trace);
}

const evaluate: Evaluate<Evaluated> = (genotypes) =>
  Promise.resolve(genotypes.map((genotype) => ({ genotype, score: alignment(genotype) })));

const space = spaces.fcn({ depth: 3, activations: ["relu", "tanh", "sin", "linear"] });
for await (const event of search(space, evaluate, exhaustive(), { top: 5, better: "higher", rng: rng(0) })) {
  if (event.type !== "done") continue;
  for (const { genotype, score } of event.result.top) console.log(genotype.padEnd(16), score.toFixed(6));
}
