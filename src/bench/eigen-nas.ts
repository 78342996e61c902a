import { rng } from "../rng.js";
import type { ValidationAnswers } from "./answers.js";
import { spreadOf } from "./spread.js";

/** Draw M cells, keep the k best by score, take the one of best validation accuracy. */
export interface EigenNasProtocol {
  readonly draws: number;
  readonly top: number;
  readonly repeats: number;
  readonly seed: number | string;
}

/** Accuracies over repeats in percent, and what a search costs. */
export interface SearchOutcome {
  readonly mean: number;
  /** Standard deviation over repeats (n - 1 below); 0 for one. */
  readonly std: number;
  readonly accuracies: readonly number[];
  /** Cells trained for validation, mean over repeats. */
  readonly trained: number;
  /** Seconds of scoring here, one thread, a search. */
  readonly scoringSeconds: number;
  /** Seconds of training that the table tells, mean over repeats; NaN when it does not. */
  readonly trainingSeconds: number;
}

export interface SearchTask {
  /** Larger is better; NaN is last. */
  readonly score: Float64Array;
  /** Cells that may be drawn. */
  readonly allowed: Int32Array;
  /** Test accuracy in percent; cells without one are never drawn. */
  readonly test: Float64Array;
  /** Undefined: the best by score is taken. */
  readonly validation: ValidationAnswers | undefined;
  readonly secondsPerCell: number;
}

/** Draws of cells without replacement, the same for every score of one seed: `draw(repeat)` gives indices of `from`. */
export function cellDraws(from: Int32Array, { draws, seed }: EigenNasProtocol): (repeat: number) => Int32Array {
  return (repeat) => {
    const count = Math.min(draws, from.length);
    return rng(seed, "eigen-nas", repeat).drawToFront(from.slice(), count).subarray(0, count);
  };
}

/**
 * Eigen-NAS with a score, against a benchmark's answers. Without validation k = 1: nothing is trained. Ties break by the
 * smaller index.
 */
export function eigenNas(task: SearchTask, protocol: EigenNasProtocol): SearchOutcome {
  const { score, test, validation, secondsPerCell } = task;
  const draw = cellDraws(known(task), protocol);
  const better = descending(score);
  const keep = validation === undefined ? 1 : protocol.top;
  return repeated(protocol, (repeat) => {
    const drawn = draw(repeat);
    const finalists = Array.from(drawn).sort(better).slice(0, keep);
    return {
      accuracy: test[winner(finalists, validation)],
      trained: validation === undefined ? 0 : finalists.length,
      scoringSeconds: drawn.length * secondsPerCell,
      trainingSeconds: validation === undefined ? 0 : secondsOf(finalists, validation),
    };
  });
}

/**
 * Random search: trains cells in the order of the draw as long as the seconds of `budget` last (at least one), and takes
 * the best by validation; without validation, or where the table has no seconds, the first `otherwise` cells.
 */
export function randomSearch(
  task: Pick<SearchTask, "allowed" | "test" | "validation">,
  protocol: EigenNasProtocol,
  budget: number,
  otherwise: number,
): SearchOutcome {
  const { test, validation } = task;
  const draw = cellDraws(known(task), protocol);
  return repeated(protocol, (repeat) => {
    const drawn = Array.from(draw(repeat));
    let count = validation === undefined ? 1 : Math.min(otherwise, drawn.length);
    if (validation !== undefined && Number.isFinite(budget)) {
      count = 1;
      let spent = validation.seconds[drawn[0]];
      while (count < drawn.length && spent + validation.seconds[drawn[count]] <= budget)
        spent += validation.seconds[drawn[count++]];
    }
    const trained = drawn.slice(0, count);
    return {
      accuracy: test[winner(trained, validation)],
      trained: validation === undefined ? 0 : trained.length,
      scoringSeconds: 0,
      trainingSeconds: validation === undefined ? 0 : secondsOf(trained, validation),
    };
  });
}

/** The best test accuracy among the cells of each draw: what no method can pass. */
export function oracleSearch(task: Pick<SearchTask, "allowed" | "test">, protocol: EigenNasProtocol): SearchOutcome {
  const draw = cellDraws(known(task), protocol);
  return repeated(protocol, (repeat) => ({
    accuracy: draw(repeat).reduce((best, index) => Math.max(best, task.test[index]), -Infinity),
    trained: 0,
    scoringSeconds: 0,
    trainingSeconds: 0,
  }));
}

const known = ({ allowed, test }: Pick<SearchTask, "allowed" | "test">): Int32Array =>
  allowed.filter((index) => !Number.isNaN(test[index]));

/** Orders indices by descending value, NaN last, equal ones by ascending index. */
export function descending(values: Float64Array): (i: number, j: number) => number {
  const of = (index: number): number => (Number.isNaN(values[index]) ? -Infinity : values[index]);
  return (i, j) => (of(i) > of(j) ? -1 : of(i) < of(j) ? 1 : i - j);
}

const winner = (finalists: readonly number[], validation: ValidationAnswers | undefined): number =>
  validation === undefined ? finalists[0] : finalists.toSorted(descending(validation.accuracy))[0];

const secondsOf = (cells: readonly number[], { seconds }: ValidationAnswers): number =>
  cells.reduce((sum, index) => sum + seconds[index], 0);

interface OneSearch {
  readonly accuracy: number;
  readonly trained: number;
  readonly scoringSeconds: number;
  readonly trainingSeconds: number;
}

function repeated({ repeats }: EigenNasProtocol, run: (repeat: number) => OneSearch): SearchOutcome {
  const all = Array.from({ length: repeats }, (_, repeat) => run(repeat));
  const mean = (of: (one: OneSearch) => number): number => all.reduce((sum, one) => sum + of(one), 0) / repeats;
  const accuracies = all.map(({ accuracy }) => accuracy);
  const spread = spreadOf(accuracies);
  return {
    mean: spread.mean,
    std: spread.deviation,
    accuracies,
    trained: mean((one) => one.trained),
    scoringSeconds: mean((one) => one.scoringSeconds),
    trainingSeconds: mean((one) => one.trainingSeconds),
  };
}
