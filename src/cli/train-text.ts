import type { TrainingRecord } from "../store/trainings.js";
import { verdictText, type Trained, type Verdict } from "../train/contest.js";
import { counted, duration, shown } from "./numbers.js";
import { textTable, wrapped } from "./table.js";
import type { TrainStudy } from "./train-study.js";

/** Groups in words. */
export const groupWords = { top: "best by score", random: "random choice", plain: "plain ReLU" } as const;

const percent = (value: number): string => (Number.isNaN(value) ? "-" : (100 * value).toFixed(2));

/** Share of right classes in percent, or R² as it is. */
export const figureText = (classes: boolean, value: number): string =>
  Number.isNaN(value) ? "-" : classes ? percent(value) : value.toFixed(4);

/** The table of the networks, best first, and whether the score was right. */
export function trainText(study: TrainStudy, width: number): string {
  const { verdict, score, classes, records, about } = study;
  const scored = verdict.networks.some((item) => !Number.isNaN(item.score));
  const table = textTable(
    [
      { title: "network", align: "left" },
      ...(scored ? [{ title: "chosen as", align: "left" } as const, { title: score?.label ?? "score" }] : []),
      { title: classes ? "test %" : "test R²" },
      { title: "s.e." },
      { title: classes ? "train %" : "train R²" },
      { title: "train loss" },
      { title: "s" },
    ],
    verdict.networks.map((item) => [
      item.name,
      ...(scored ? [groupWords[item.group], shown(score?.better === "lower" ? -item.score : item.score)] : []),
      figureText(classes, item.mean),
      figureText(classes, item.standardError),
      ...ofNetwork(records, item, classes),
    ]),
  );
  const failures = records.filter(({ failure }) => failure !== undefined);
  return [
    wrapped(about, width),
    "\n",
    table,
    "\n",
    ...(scored ? judgementLines(study).map((line) => wrapped(line, width)) : []),
    ...failures
      .slice(0, 3)
      .map(({ network, seed, failure }) => wrapped(`failed: ${network}, seed ${seed}: ${failure!}`, width)),
    ...(failures.length > 3 ? [`${counted(failures.length - 3, "training")} more failed.\n`] : []),
  ].join("");
}

function ofNetwork(records: readonly TrainingRecord[], { name }: Trained, classes: boolean): string[] {
  const own = records.filter(({ network, train }) => network === name && train !== undefined);
  const mean = (value: (record: TrainingRecord) => number): number =>
    own.length === 0 ? NaN : own.reduce((sum, record) => sum + value(record), 0) / own.length;
  return [
    figureText(
      classes,
      mean(({ train }) => train!.score ?? NaN),
    ),
    shown(
      mean(({ train }) => train!.loss ?? NaN),
      3,
    ),
    shown(
      mean(({ seconds }) => seconds),
      3,
    ),
  ];
}

/** What the trainings say of the score, a sentence or two a line. */
export function judgementLines({ verdict, score, classes }: TrainStudy): string[] {
  const { rho, tau, topAgainstRandom, means, first, networks } = verdict;
  const name = score?.label ?? "the score";
  const figure = (value: number): string => figureText(classes, value);
  const lines: string[] = [];
  if (!Number.isNaN(rho.value)) {
    lines.push(
      `Score against test figure: Spearman ${rho.value.toFixed(3)} (p = ${pText(rho.p)}), Kendall ${tau.value.toFixed(3)} (p = ${pText(tau.p)}); permutation tests, two-sided.`,
    );
  }
  const parts: string[] = [];
  if (!Number.isNaN(means.top)) parts.push(`best by score ${figure(means.top)}`);
  if (!Number.isNaN(means.random)) parts.push(`random choice ${figure(means.random)}`);
  if (!Number.isNaN(means.plain)) parts.push(`plain ReLU ${figure(means.plain)}`);
  if (parts.length > 1) {
    const difference = Number.isNaN(topAgainstRandom.value)
      ? ""
      : `; best less random ${signed(topAgainstRandom.value, classes)} (p = ${pText(topAgainstRandom.p)})`;
    lines.push(`Means: ${parts.join(", ")}${difference}.`);
  }
  if (first !== undefined)
    lines.push(`The first by score came ${place(first.place)} of ${networks.length} by test figure.`);
  lines.push(verdictText(verdict, name));
  return lines;
}

const signed = (value: number, classes: boolean): string => `${value >= 0 ? "+" : ""}${figureText(classes, value)}`;
const pText = (p: number): string => (Number.isNaN(p) ? "-" : p < 0.001 ? p.toFixed(4) : p.toFixed(3));

function place(k: number): string {
  const ending = k % 100 >= 11 && k % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"].at(k % 10) ?? "th");
  return `${k}${ending}`;
}

export type { Verdict };
export const secondsText = (records: readonly TrainingRecord[]): string =>
  duration(records.reduce((sum, { seconds }) => sum + seconds, 0));
