import type { Judgement } from "../bench/judge.js";
import type { SearchOutcome } from "../bench/eigen-nas.js";
import { duration, grouped } from "./numbers.js";
import { textTable } from "./table.js";

/** One score judged by one data set. */
export interface JudgedRow {
  readonly name: string;
  readonly judgement: Judgement;
  readonly secondsPerCell: number;
}

const three = (value: number): string => (Number.isNaN(value) ? "-" : value.toFixed(3));
const two = (value: number): string => (Number.isNaN(value) ? "-" : value.toFixed(2));

const spreadText = ({ seeds: { tau, tauMean, tauDeviation } }: Judgement): string =>
  tau.length < 2 ? "-" : `${three(tauMean)} ± ${three(tauDeviation)}`;

/**
 * How scores rank cells, best first by tau; `(low to high)` where intervals were asked for. With several draws of weights and
 * images tau is of their mean, and mean and standard deviation of the single draws stand beside it.
 */
export function judgementTable(rows: readonly JudgedRow[]): string {
  const drawn = rows.some(({ judgement }) => judgement.seeds.tau.length > 1);
  const interval = (judgement: Judgement): string => {
    const found = judgement.intervals["tau"] as readonly [number, number] | undefined;
    return found === undefined ? "" : ` (${three(found[0])} to ${three(found[1])})`;
  };
  return textTable(
    [
      { title: "score", align: "left" },
      { title: "tau" },
      ...(drawn ? [{ title: "of each draw" }] : []),
      { title: "rho" },
      { title: "nDCG" },
      { title: "top 10 %" },
      { title: "regret@1" },
      { title: "@10" },
      { title: "@40" },
      { title: "tau in best fifth" },
      { title: "rho | FLOPs" },
      { title: "rho | params" },
      { title: "s a network" },
    ],
    [...rows]
      .sort((a, b) => b.judgement.tau - a.judgement.tau)
      .map(({ name, judgement, secondsPerCell }) => [
        name,
        three(judgement.tau) + interval(judgement),
        ...(drawn ? [spreadText(judgement)] : []),
        three(judgement.rho),
        three(judgement.ndcg),
        three(judgement.precision),
        two(judgement.regret["1"]),
        two(judgement.regret["10"]),
        two(judgement.regret["40"]),
        three(judgement.bestFifth.tau),
        three(judgement.partial["flops"]),
        three(judgement.partial["params"]),
        Number.isNaN(secondsPerCell) || secondsPerCell === 0 ? "-" : secondsPerCell.toFixed(3),
      ]),
  );
}

/** One way to choose a cell. */
export interface SearchRow {
  readonly name: string;
  readonly outcome: Pick<SearchOutcome, "mean" | "std"> & Partial<SearchOutcome>;
  /** Random search at equal cost. */
  readonly random?: SearchOutcome;
}

/** Test accuracy of what each search picks. */
export function searchTable(rows: readonly SearchRow[]): string {
  const seconds = (value: number | undefined): string =>
    value === undefined || Number.isNaN(value) ? "-" : value === 0 ? "0" : duration(value);
  return textTable(
    [
      { title: "search", align: "left" },
      { title: "test accuracy" },
      { title: "std" },
      { title: "trained" },
      { title: "scoring" },
      { title: "training (table)" },
      { title: "random" },
    ],
    rows.map(({ name, outcome, random }) => [
      name,
      two(outcome.mean),
      two(outcome.std),
      outcome.trained === undefined ? "-" : grouped(Math.round(outcome.trained)),
      seconds(outcome.scoringSeconds),
      seconds(outcome.trainingSeconds),
      random === undefined ? "-" : two(random.mean),
    ]),
  );
}
