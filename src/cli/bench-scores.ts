import { AppError, nearestName } from "../errors.js";
import { isBaseline, measuredColumn, type Measurement } from "../bench/columns.js";
import { rankSum, type ScoreColumn } from "../bench/score-column.js";
import type { BenchSpace } from "../bench/space.js";
import { chooseEngine } from "../kernels/finite/index.js";
import { measureBackend } from "../queue/measure-pool.js";
import { groupOf, type GroupChoice, type MeasureSetup } from "../queue/measure.js";
import { groupOn, measureGroups } from "../score/measures/index.js";
import type { NtkProtocol } from "../score/measures/ntk.js";
import { openScores } from "../store/scores.js";
import type { BenchImages } from "./bench-images.js";
import type { Io } from "./io.js";
import { duration, grouped } from "./numbers.js";
import type { StatusLine } from "./progress.js";
import { packageVersion } from "./version.js";

/** Combinations that are made of the columns that they name. */
export const rankSums: Readonly<Record<string, readonly string[]>> = {
  ntk_rank_sum: ["ntk_layer_lmin", "ntk_layer_logdet", "flops"],
};

/** Scores that are computed unless others are asked for. */
export const defaultScores = ["ntk_layer_lmin", "ntk_layer_logdet", "ntk_lnorm_lmin", "ntk_rank_sum"] as const;

const measureNames = measureGroups
  .flatMap(({ measures }) => measures.map(({ name }) => name))
  .filter((name) => !isBaseline(name));

/** Every score that can be asked for. */
export const scoreNames: readonly string[] = [...measureNames, ...Object.keys(rankSums)];

/** Names of `eigennas search` and of papers for the same thing. */
const otherNames: Readonly<Record<string, string>> = {
  lambda_min: "ntk_lmin",
  lambda_min_normalized: "ntk_lmin_norm",
};

/**
 * Names of a list, or all; `a+b` is the rank sum of two or more. Throws AppError `usage` with the nearest name.
 *
 * @example wantedScores("lambda_min,naswot+flops") // ["ntk_lmin", "naswot+flops"]
 */
export function wantedScores(text: string): string[] {
  if (text === "all") return [...scoreNames];
  const names = text.split(",").map((name) =>
    name
      .split("+")
      .map((part) => knownScore(part.trim()))
      .join("+"),
  );
  return [...new Set(names)];
}

function knownScore(typed: string): string {
  const name = otherNames[typed] ?? typed;
  if (scoreNames.includes(name) || isBaseline(name)) return name;
  const near = nearestName(name, scoreNames);
  throw new AppError("usage", `--scores: expected names of scores, got "${typed}"`, {
    hint: near === undefined ? `Known are ${scoreNames.join(", ")}.` : `Did you mean ${near}?`,
  });
}

/** The columns whose ranks a score adds up; the score itself when it is no sum. */
function membersOf(name: string): readonly string[] {
  return name.split("+").flatMap((part) => rankSums[part] ?? [part]);
}

const isSum = (name: string): boolean => name in rankSums || name.includes("+");

export interface ScoringRequest {
  readonly space: BenchSpace;
  readonly setup: Omit<MeasureSetup, "images">;
  readonly images: Pick<BenchImages, "hash" | "pools">;
  /** Equal numbers of every class for all scores, not only for those that ask for it. */
  readonly balanced: boolean;
  readonly names: readonly string[];
  /** The NTK's protocol when it is not the default one. */
  readonly ntk: NtkProtocol | undefined;
  /** Images of every group of NTK measures when it is not the default number. */
  readonly batch: number | undefined;
  readonly cells: Int32Array;
  readonly draws: number;
  readonly threads: number;
  /** Folder of the scores that are kept. */
  readonly folder: string;
}

const cellsATask = 4;

/**
 * Measures what is not in the store yet, and gives the columns asked for. What was measured is stored a few cells at a time,
 * so a run that is stopped goes on where it was.
 */
export async function scoreCells(
  request: ScoringRequest,
  baselines: readonly ScoreColumn[],
  io: Io,
  line: StatusLine,
): Promise<{ readonly columns: ScoreColumn[]; readonly stopped: boolean }> {
  const { space, names, draws } = request;
  const parts = names.flatMap(membersOf).filter((name) => !isBaseline(name));
  const groups = measureGroups.filter(({ measures }) => measures.some(({ name }) => parts.includes(name)));
  const measured: ScoreColumn[] = [];
  let stopped = false;
  for (const { id } of groups) {
    const choice = choiceOf(id, request);
    const found = await measureGroup(request, choice, io, line);
    stopped ||= found.stopped;
    for (const info of groupOf(choice).measures)
      if (parts.includes(info.name)) measured.push(measuredColumn(space, info, found.measurements, draws));
    if (stopped) break;
  }
  const known = new Map([...baselines, ...measured].map((column) => [column.name, column]));
  const combined = names.flatMap((name) => {
    if (!isSum(name)) return [];
    const wanted = membersOf(name);
    const members = wanted.flatMap((part) => known.get(part) ?? []);
    return members.length < wanted.length ? [] : [rankSum(name, members)];
  });
  return { columns: [...measured, ...combined], stopped };
}

/** A group under this request's protocol. */
function choiceOf(id: string, { ntk, batch }: ScoringRequest): GroupChoice {
  if (id === "ntk" && ntk !== undefined) return { id, ntk };
  return batch !== undefined && groupOn(id, batch) !== undefined ? { id, batch } : { id };
}

async function measureGroup(
  { space, setup, images, balanced, cells, draws, threads, folder }: ScoringRequest,
  choice: GroupChoice,
  io: Io,
  line: StatusLine,
): Promise<{ readonly measurements: Measurement[]; readonly stopped: boolean }> {
  const { engine } = chooseEngine();
  const { sizes, shape, seed } = setup;
  const version = packageVersion();
  const group = groupOf(choice);
  const byClass = balanced || group.balanced === true;
  const protocol = {
    ...{ version, space: space.id, sizes, shape, imagesHash: images.hash, seed, choice, engine: engine.name },
    cards: group.measures.map(({ name, card }) => ({ name, card })),
    ...(byClass && { images: "classes take turns" }),
  };
  const file = openScores(folder, protocol);
  // Others may be kept from earlier runs: ranks would depend on them.
  const wanted = new Set(cells);
  const measurements: Measurement[] = file.records.filter(({ cell }) => wanted.has(cell));
  const done = new Set(measurements.map(({ cell, draw }) => `${draw}/${cell}`));
  const tasks: { cells: number[]; draw: number }[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const missing = Array.from(cells).filter((cell) => !done.has(`${draw}/${cell}`));
    for (let at = 0; at < missing.length; at += cellsATask)
      tasks.push({ cells: missing.slice(at, at + cellsATask), draw });
  }
  if (tasks.length === 0) return { measurements, stopped: false };
  const total = tasks.reduce((sum, task) => sum + task.cells.length, 0);
  const backend = measureBackend({ ...setup, images: images.pools(byClass) }, threads);
  let stopped = false;
  const release = io.onInterrupt(() => (stopped = true));
  const begun = io.now();
  let [next, finished] = [0, 0];
  const work = async (): Promise<void> => {
    while (!stopped && next < tasks.length) {
      const task = tasks[next++];
      const before = io.now();
      const values = await backend.run({ group: choice, ...task });
      const seconds = (io.now() - before) / 1000 / values.length;
      const records = values.map((one) => ({ ...one, draw: task.draw, seconds }));
      file.append(records);
      measurements.push(...records);
      finished += values.length;
      line.update(() => {
        const left = ((io.now() - begun) / 1000 / finished) * (total - finished);
        return `${choice.id}: ${grouped(finished)} of ${grouped(total)} networks, ${duration(left)} left`;
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    release();
    await backend.close();
  }
  return { measurements, stopped };
}
