import { z } from "zod";
import type { ModelParameters } from "../arch/architecture.js";
import { AppError } from "../errors.js";
import type { Normalization } from "../data/index.js";
import type { Choice, ChoiceNetwork, RunSource } from "../store/index.js";
import { overSeeds } from "../train/contest.js";
import type { Io } from "./io.js";
import { counted, grouped, shown } from "./numbers.js";
import { folderBeside } from "./options.js";
import { openSource } from "./prepare.js";
import { statusLine } from "./progress.js";
import { textTable, wrapped } from "./table.js";
import { prepareTraining } from "./train-data.js";
import { networkFor } from "./train-networks.js";
import { recipeOf, recipeShape, recipeText } from "./train-options.js";
import { runTrainings } from "./train-run.js";
import { figureText } from "./train-text.js";

/** What the last step of a search needs: the best by score, in their order. */
export interface ChoicePlan {
  readonly run: string;
  readonly source: RunSource;
  readonly genotypes: readonly string[];
  readonly model: ModelParameters;
  readonly normalize: Normalization;
  readonly epochs: number;
  readonly width: number;
  readonly seed: number;
  readonly threads: number;
  /** The store's file, beside which trainings are kept. */
  readonly store: string;
  readonly quiet: boolean;
}

/** Trainings of each network; share of the rows that is held out to choose by; rows to learn from at most. */
const [seeds, heldOut, mostRows] = [3, 0.25, 10_000];

/**
 * The last step of the paper's search: trains the best by score for a few epochs on at most 10,000 rows and orders them by their
 * figure on a quarter of these, which is held out (another one for each of three seeds); of equal ones the better by score first. Every
 * training is stored, so that the same choice again takes none. Undefined after Ctrl-C.
 * Throws AppError `numeric` when every training failed.
 */
export async function chooseByTraining(plan: ChoicePlan, io: Io): Promise<Choice | undefined> {
  const source = await openSource(plan.source);
  const { model, normalize, width, seed, threads } = plan;
  const recipe = recipeOf(z.object(recipeShape).parse({ epochs: String(plan.epochs) }), false);
  const status = statusLine(io, plan.quiet);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  try {
    status.note(
      `Training the best ${plan.genotypes.length} for ${counted(plan.epochs, "epoch")} each, to choose among them.`,
    );
    const records = await runTrainings(
      {
        protocol: { purpose: "choice", data: source.hash, seed, recipe, width, model, normalize, version: 1 },
        folder: folderBeside(plan.store, io.cwd, "training"),
        networks: plan.genotypes,
        seeds: Array.from({ length: seeds }, (_, k) => seed + k),
        recipe,
        init: "ntk",
        threads,
        prepare: (split) => {
          const options = { rows: mostRows, validation: heldOut, normalize, images: false, seed: `${seed} ${split}` };
          return prepareTraining({ source, test: undefined }, options);
        },
        build: (network, prepared) => networkFor(network, prepared, { width, channels: 16, cells: 5, model }),
      },
      {
        signal: abort.signal,
        now: () => io.now(),
        onProgress: ({ network, done, total, epoch, loss }) =>
          status.update(
            () =>
              `training ${done} of ${total} · ${network} · epoch ${epoch} of ${plan.epochs} · loss ${shown(loss, 4)}`,
          ),
      },
    );
    if (abort.signal.aborted) return undefined;
    const networks = plan.genotypes
      .map((genotype, k): ChoiceNetwork => {
        const figures = records
          .filter(({ network }) => network === genotype)
          .map(({ validation }) => validation?.score ?? NaN);
        return { genotype, place: k + 1, ...overSeeds(figures) };
      })
      .sort(byFigure);
    if (networks.every(({ mean }) => Number.isNaN(mean))) {
      throw new AppError(
        "numeric",
        `every training failed, there is nothing to choose by: ${records[0].failure ?? ""}`,
      );
    }
    return {
      chosen: networks[0].genotype,
      changed: networks[0].place !== 1,
      figure: source.labels === undefined ? "R2" : "accuracy",
      recipe: `${recipeText(recipe)}; width ${width}; ${seeds} seeds, each holds out another ${100 * heldOut} % of the rows, ${grouped(mostRows)} at most`,
      networks,
    };
  } finally {
    stopListening();
    status.end();
  }
}

/** Best first, failed ones last, of equal ones the better by score first. R² may be far below 0. */
export function byFigure(a: ChoiceNetwork, b: ChoiceNetwork): number {
  const [failedA, failedB] = [Number.isNaN(a.mean), Number.isNaN(b.mean)];
  if (failedA !== failedB) return failedA ? 1 : -1;
  return failedA || a.mean === b.mean ? a.place - b.place : b.mean - a.mean;
}

/** The choice as a table and a sentence that says what it changed. */
export function choiceText({ chosen, changed, figure, recipe, networks }: Choice, width: number): string {
  const classes = figure === "accuracy";
  const first = networks.find(({ place }) => place === 1)!;
  return (
    `\n${wrapped(`Chosen by a short training of the best ${networks.length} (${recipe}):`, width)}` +
    textTable(
      [
        { title: "network", align: "left" },
        { title: "by score" },
        { title: classes ? "held out %" : "held out R²" },
        { title: "s.e." },
      ],
      networks.map((item) => [
        item.genotype,
        String(item.place),
        figureText(classes, item.mean),
        figureText(classes, item.standardError),
      ]),
    ) +
    wrapped(
      changed
        ? `Training prefers ${chosen} (number ${networks[0].place} by score) to ${first.genotype}: ${figureText(classes, networks[0].mean)} against ${figureText(classes, first.mean)} on rows held out.`
        : `Training keeps the choice of the score: ${chosen}.`,
      width,
    )
  );
}
