import { finiteWidthScore } from "../score/finite-width.js";
import { evaluateFully } from "../score/full.js";
import { chunksOf } from "../score/scan.js";
import { Scorer, type ScoringContext } from "../score/scorer.js";
import type { Task, TaskResults } from "./backend.js";
import { finiteCompute } from "./finite-compute.js";

/** Eigenvectors that one chunk may add to the bank of the search. */
const keptVectors = 4;

/** A function that runs tasks in this thread, with one scorer for all of them. */
export function taskRunner(context: ScoringContext): (task: Task) => TaskResults[keyof TaskResults] {
  const scorer = new Scorer(context);
  const chunks = context.space === undefined ? [] : chunksOf(context.space);
  return (task) => {
    switch (task.kind) {
      case "rows": {
        let start: Float64Array | undefined;
        return task.genotypes.map((genotype) => {
          const { row, vector } = scorer.row(genotype, start);
          start = vector ?? start;
          return row;
        });
      }
      case "prime":
        return task.genotypes.map((genotype) => {
          const { row, vector } = scorer.row(genotype);
          const weights = vector && scorer.loader.angles?.nodeWeights(vector);
          return { row, entry: vector && weights ? { vector, weights } : undefined };
        });
      case "scan": {
        const outcome = scorer.scan(chunks[task.chunk], task.threshold, task.top, task.bank, keptVectors);
        return { chunk: task.chunk, ...outcome };
      }
      case "full":
        return task.genotypes.map((genotype) => evaluateFully(scorer, genotype));
      case "finite":
        return task.genotypes.map((genotype) =>
          finiteWidthScore(scorer, genotype, task.settings, finiteCompute(task.settings)),
        );
    }
  };
}
