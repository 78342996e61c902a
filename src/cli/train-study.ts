import { rng } from "../rng.js";
import type { TrainingRecord } from "../store/trainings.js";
import { judgeContest, type Contestant, type Verdict } from "../train/contest.js";

/** A score by which networks were chosen. */
export interface StudiedScore {
  readonly name: string;
  readonly label: string;
  readonly better: "higher" | "lower";
}

/** Networks trained under one budget, with what that says. */
export interface TrainStudy {
  readonly about: string;
  readonly score: StudiedScore | undefined;
  /** Figures are shares of right classes, else R². */
  readonly classes: boolean;
  readonly seeds: readonly number[];
  readonly records: readonly TrainingRecord[];
  readonly verdict: Verdict;
}

/** Test figure of a record: NaN when its training failed. */
export const testFigure = ({ test }: TrainingRecord): number => test?.score ?? NaN;

export function studyOf(
  contestants: readonly Contestant[],
  records: readonly TrainingRecord[],
  rest: Omit<TrainStudy, "records" | "verdict">,
): TrainStudy {
  const figures = (name: string): number[] => records.filter(({ network }) => network === name).map(testFigure);
  const contested = contestants
    .map((item) => ({ ...item, figures: figures(item.name) }))
    .filter((item) => item.figures.length > 0);
  return { ...rest, records, verdict: judgeContest(contested, rng("eigennas", "contest")) };
}

/** NaN and infinities as null, in a form that can be printed as JSON. */
export const studyJson = ({ about, score, classes, seeds, records, verdict }: TrainStudy) => ({
  about,
  score: score ?? null,
  figure: classes ? "accuracy" : "R2",
  seeds,
  networks: verdict.networks,
  verdict: {
    networks: verdict.ranked,
    spearman: verdict.rho,
    kendall: verdict.tau,
    topAgainstRandom: verdict.topAgainstRandom,
    means: verdict.means,
    first: verdict.first ?? null,
  },
  trainings: records,
});
