import type { Explanation, InputEntry } from "../../src/explain/types.js";
import { makeRun } from "./fixture.js";

const run = makeRun();
const best = run.artifacts!.top[0];
const layers = best.genotype.split(/[-+]/);
const input = (row: number, entry: number, target = "7"): InputEntry => ({ row, entry, target });

/** A made explanation of the winner of `makeRun`. */
export const explanation: Explanation = {
  genotype: best.genotype,
  score: { name: "lambda_min", better: "higher", value: best.lambdaMin },
  lambdaMin: best.lambdaMin,
  terms: [...layers, null].map((activation, l) => ({
    layer: activation === null ? null : l + 1,
    activation,
    skip: l > 0 && activation !== null,
    value: [0.4, 0.3, 0.2, 0.1][l] * best.lambdaMin,
    share: [0.4, 0.3, 0.2, 0.1][l],
    traceShare: 0.25,
  })),
  inputs: {
    n: 64,
    participation: 2.1,
    entries: [input(12, 0.72), input(45, -0.68)],
    pairs: [
      { inputs: [input(12, 0.72), input(45, -0.68)], correlation: 0.98765, weight: 0.98, bound: 1.1 * best.lambdaMin },
    ],
  },
  neighbours: [1.25, 0.75, 0.5, 0.25].map((factor, i) => ({
    genotype: run.rows[i].genotype,
    change: `layer ${i + 1}: change ${i}`,
    score: factor * best.lambdaMin,
    lambdaMin: factor * best.lambdaMin,
    lambdaMinNormalized: 0.1,
    better: factor > 1,
  })),
  neighboursLeftOut: 3,
};
