import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { baselineColumns, publishedColumns } from "../../bench/columns.js";
import { benchSpace } from "../../bench/space.js";
import { validations } from "../../bench/types.js";
import { initialisations } from "../../kernels/finite/parameters.js";
import { defaultNtk, ntkGroup } from "../../score/measures/ntk.js";
import { joinTable, readTable } from "../../tables/index.js";
import { answersOf } from "../../bench/answers.js";
import { renderBenchPage } from "../../report/index.js";
import { allowedCells, cellsToScore } from "../bench-cells.js";
import { scoresCsv } from "../bench-csv.js";
import { benchImages, withoutImages } from "../bench-images.js";
import { benchJson, benchText, judgeAll } from "../bench-output.js";
import { frontJson, frontOf, frontText } from "../bench-pareto.js";
import { benchStudy } from "../bench-report.js";
import { defaultScores, scoreCells, scoreNames, wantedScores } from "../bench-scores.js";
import { defineCommand } from "../command.js";
import { interruptedExit } from "../io.js";
import {
  flag,
  numberFlag,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  threadFlags,
  threadShape,
  wordFlag,
} from "../options.js";
import { outputFile } from "../output-file.js";
import { statusLine } from "../progress.js";
import { wrapped } from "../table.js";

/** Images that the peers with the largest batches need. */
const poolSize = 256;

/** The benchmark's network, and enough images for all eigenvalues. */
const fullSetting = { channels: 16, cells: 5, batch: defaultNtk.batch } as const;

/** Ranks cells nearly as the full setting does (docs/nats-bench.md has how nearly, for every score). */
const fastSetting = { channels: 8, cells: 3, batch: 16 } as const;

const ntkNames = ntkGroup("ntk")
  .measures.map(({ name }) => name)
  .join(", ");

const count = (byDefault: number) => numberFlag({ integer: true, least: 1 }).default(byDefault);

export const benchCommand = defineCommand({
  name: "bench",
  summary: "scores of untrained networks against a benchmark's answers, and Eigen-NAS with each of them",
  flags: [
    {
      syntax: "--space <id>",
      description: "topology (15,625 cells) or size (32,768 widths) of NATS-Bench (default: topology)",
    },
    {
      syntax: "--table <file>",
      description:
        "answers: a CSV with columns index, c10_test, c10v_valid, c100_test, ... or what `eigennas data import nats` wrote (default: none; scores of --images only)",
    },
    { syntax: "--join <file>", description: "further columns by index, such as latencies" },
    { syntax: "--published <file>", description: "columns of scores to be judged beside ours" },
    {
      syntax: "--images <spec>",
      description:
        "cifar10:FILE, cifar100:FILE, imagenet16-bin:FILE, a folder; a bare .bin file is CIFAR-10 (default: none; then sizes and published scores only)",
    },
    {
      syntax: "--scores <names>",
      description: `separated by commas, or all; a+b is a sum of ranks (default: ${defaultScores.join(",")})`,
    },
    { syntax: "--score <name>", description: "one score only, such as lambda_min; shorthand of --scores" },
    {
      syntax: "--space-wide",
      description: "score every function of the space once (6,466 in topology), not only the cells drawn",
    },
    { syntax: "--limit <n>", description: "score and judge a random n of the cells only" },
    { syntax: "--draws <M>", description: "Eigen-NAS: cells drawn (default: 1000)" },
    { syntax: "--top <k>", description: "Eigen-NAS: cells kept for validation (default: 40)" },
    {
      syntax: "--validate <with>",
      description:
        "e12 or e200: validation accuracy of the table after 12 or 200 epochs; none: k = 1, nothing is trained (default: e200)",
    },
    { syntax: "--repeats <R>", description: "Eigen-NAS: searches (default: 100)" },
    { syntax: "--seeds <S>", description: "draws of weights and images, averaged (default: 1)" },
    {
      syntax: "--fast",
      description: `a third of the time or less: --channels ${fastSetting.channels} --cells ${fastSetting.cells} --batch ${fastSetting.batch} unless they are given; sizes such as flops stay those of the full network`,
    },
    { syntax: "--balanced", description: "equal numbers of images of every class (default: of ntk_class only)" },
    { syntax: "--channels <C>", description: `channels of the first stage (default: ${fullSetting.channels})` },
    { syntax: "--cells <N>", description: `cells a stage (default: ${fullSetting.cells})` },
    { syntax: "--classes <n>", description: "outputs of the network (default: classes of the images)" },
    {
      syntax: "--batch <n>",
      description: `images of every ntk score but ntk_class (default: ${fullSetting.batch})`,
    },
    {
      syntax: "--bn <mode>",
      description: `instance, frozen, coupled or eval, of lambda_min and the other ${ntkNames} (default: ${defaultNtk.bn})`,
    },
    {
      syntax: "--init <name>",
      description: `${initialisations.join(", ")}, of the same scores (default: ${defaultNtk.init})`,
    },
    {
      syntax: "--output <name>",
      description: `sum, label, each or trace, of the same scores (default: ${defaultNtk.output})`,
    },
    { syntax: "--params <set>", description: `weights or all, of the same scores (default: ${defaultNtk.params})` },
    { syntax: "--max-params <millions>", description: "draw only cells with at most so many parameters" },
    { syntax: "--max-flops <millions>", description: "draw only cells with at most so many FLOPs" },
    {
      syntax: "--latency <column>",
      description: "column of --table or --join that --max-latency limits and the report draws",
    },
    { syntax: "--max-latency <value>", description: "draw only cells with at most this latency" },
    {
      syntax: "--pareto <names>",
      description:
        "front of several objectives, separated by commas: scores, params, flops, columns of --table or --join (these and sizes: the smaller the better)",
    },
    { syntax: "--bootstrap <B>", description: "resamplings for 95 % intervals (default: 0, none)" },
    {
      syntax: "--scores-csv <file>",
      description: "one row a cell: index, arch, a column for every score (and every seed: NAME_s0)",
    },
    {
      syntax: "--report <file>",
      description: "HTML page with tables and figures: score against accuracy, ranks, front, spread over seeds",
    },
    { syntax: "--scores-folder <dir>", description: "where measured scores are kept (default: .eigennas/scores)" },
    ...seedFlags,
    ...threadFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas bench --table nasbench201.csv.gz",
    "eigennas bench --table nasbench201.csv.gz --images cifar10:data_batch_1.bin --limit 200 --cells 1 --report bench.html",
    "eigennas bench --table nasbench201.csv.gz --images cifar10:data_batch_1.bin --space-wide --scores-csv scores.csv",
    "eigennas bench --table nasbench201.csv.gz --images cifar10:data_batch_1.bin --score ntk_lmin --draws 1000 --top 40 --validate e200 --repeats 100 --json",
    "eigennas bench --table nasbench201.csv.gz --join hwnasbench.csv.gz --images cifar10:data_batch_1.bin --limit 200 --scores naswot --pareto naswot,raspi4_latency_c10",
  ],
  schema: z
    .strictObject({
      space: wordFlag(["topology", "size"]).default("topology"),
      table: z.string().min(1, "expected a file").optional(),
      join: z.string().optional(),
      published: z.string().optional(),
      images: z
        .string()
        .min(1, "expected images: cifar10:FILE, cifar100:FILE, imagenet16-bin:FILE or a folder")
        .optional(),
      scores: z.string().optional(),
      score: z.string().optional(),
      spaceWide: flag,
      limit: numberFlag({ integer: true, least: 2 }).optional(),
      draws: count(1000),
      top: count(40),
      validate: wordFlag(validations).default("e200"),
      repeats: count(100),
      seeds: count(1),
      fast: flag,
      balanced: flag,
      channels: numberFlag({ integer: true, least: 1 }).optional(),
      cells: numberFlag({ integer: true, least: 1 }).optional(),
      classes: numberFlag({ integer: true, least: 1 }).optional(),
      batch: numberFlag({ integer: true, least: 2 }).optional(),
      bn: wordFlag(["instance", "frozen", "coupled", "eval"]).default(defaultNtk.bn),
      init: wordFlag(initialisations).default(defaultNtk.init),
      output: wordFlag(["sum", "label", "each", "trace"]).default(defaultNtk.output),
      params: wordFlag(["weights", "all"]).default(defaultNtk.params),
      maxParams: numberFlag({ least: 0 }).optional(),
      maxFlops: numberFlag({ least: 0 }).optional(),
      latency: z.string().optional(),
      maxLatency: numberFlag({ least: 0 }).optional(),
      pareto: z
        .string()
        .transform((text) => text.split(",").map((name) => name.trim()))
        .refine((names) => names.length >= 2, { error: "expected two names or more, separated by commas" })
        .optional(),
      report: z.string().min(1, "expected a file name").optional(),
      bootstrap: numberFlag({ integer: true, least: 0 }).default(0),
      scoresCsv: z.string().min(1, "expected a file name").optional(),
      scoresFolder: z.string().min(1, "expected a folder").default(".eigennas/scores"),
      ...seedShape,
      ...threadShape,
      quiet: flag,
      ...outputShape,
    })
    .refine(({ scores, score }) => scores === undefined || score === undefined, {
      path: ["score"],
      error: "give --score or --scores, not both",
    })
    .refine(({ latency, maxLatency }) => latency !== undefined || maxLatency === undefined, {
      path: ["latency"],
      error: "--max-latency needs the column that it limits: give --latency too",
    })
    .refine(({ table, report }) => table !== undefined || report === undefined, {
      path: ["report"],
      error: "a report needs answers: give --table too",
    }),
  run: async (options, io) => {
    const scoresFile = outputFile(options.scoresCsv, io.cwd, "--scores-csv");
    const page = outputFile(options.report, io.cwd, "--report");
    const { seed, seeds: draws, threads } = options;
    const byDefault = options.images === undefined ? "flops" : defaultScores.join(",");
    const names = wantedScores(options.score ?? options.scores ?? byDefault);
    const space = benchSpace(options.space);
    const file = { cwd: io.cwd, space: options.space };
    const own = options.table === undefined ? undefined : await readTable(options.table, file);
    if (own !== undefined && own.space !== options.space) {
      throw new AppError("usage", `--table: expected answers of the ${options.space} space, got ${own.space}`);
    }
    const joined = options.join === undefined ? undefined : await readTable(options.join, file);
    const table = own && joined ? joinTable(own, joined) : (own ?? joined);
    const answers = table === undefined ? [] : answersOf(table, space.count);
    if (answers.length === 0) checkUse(options);
    const setting = options.fast ? fastSetting : fullSetting;
    const { batch = setting.batch, bn, init, output, params } = options;
    const images =
      options.images === undefined
        ? withoutImages(names)
        : await benchImages(options.images, { cwd: io.cwd, count: poolSize, least: batch, draws, seed });
    const ntk = { batch, bn, init, output, params, perClass: false };
    const [, side] = images.shape;
    const network = { imageSize: side, classes: options.classes ?? images.classes };
    const sizes = { channels: options.channels ?? setting.channels, cells: options.cells ?? setting.cells, ...network };
    const { channels = fullSetting.channels, cells: counted = fullSetting.cells } = options;
    const baselines = baselineColumns(space, { channels, cells: counted, ...network });
    const allowed = allowedCells(space, options, { baselines, table });
    const cells = cellsToScore(space, allowed, options, table);
    const line = statusLine(io, options.quiet);
    const begun = io.now();
    const { columns: measured, stopped } = await scoreCells(
      {
        space,
        setup: { space: options.space, sizes, shape: images.shape, seed },
        images,
        balanced: options.balanced,
        names,
        ntk: Object.entries(defaultNtk).every(([key, value]) => ntk[key as keyof typeof ntk] === value)
          ? undefined
          : ntk,
        batch: batch === defaultNtk.batch ? undefined : batch,
        cells,
        draws,
        threads,
        folder: resolve(io.cwd, options.scoresFolder),
      },
      baselines,
      io,
      line,
    );
    line.end();
    if (stopped) {
      io.err("Stopped. What was measured is kept; the same command goes on from there.\n");
      return interruptedExit;
    }
    const published =
      options.published === undefined
        ? []
        : publishedColumns(await readTable(options.published, file), space.count, new Set([...scoreNames, ...names]));
    const columns = [...measured, ...published, ...baselines];
    const seconds = (io.now() - begun) / 1000;
    await scoresFile?.write(scoresCsv(space, [...measured, ...baselines], allowed));
    const front = options.pareto && frontOf(options.pareto, { space, columns, table, allowed });
    const judged = judgeAll({ space, table, columns, allowed, options });
    const protocol = {
      space: space.id,
      ...sizes,
      images: images.spec,
      imagesHash: images.hash,
      table: table?.hash ?? null,
      seed,
      seeds: draws,
      balanced: options.balanced,
      ntk,
    };
    const context = { columns, allowed, protocol, seconds, options };
    const written: string[] = options.scoresCsv === undefined ? [] : [`Scores of every cell: ${options.scoresCsv}`];
    if (page !== undefined && table !== undefined) {
      const study = benchStudy({ ...context, space, table, judged, command: io.commandLine });
      await page.write(renderBenchPage(study));
      written.push(`Open ${options.report} in a browser.`);
    }
    if (options.json) {
      const pareto = front && { pareto: frontJson(front, space, answers) };
      io.out(`${JSON.stringify({ ...benchJson(judged, context), ...pareto })}\n`);
      return 0;
    }
    if (front) io.out(frontText(front, space, answers.at(0)));
    io.out(benchText(judged, { ...context, width: io.width }));
    for (const text of written) io.out(wrapped(text, io.width));
    return 0;
  },
});

/** Throws AppError `usage` for a bench without answers that would tell nothing, or could not draw its page. */
function checkUse(options: Readonly<Partial<Record<"images" | "scoresCsv" | "pareto" | "report", unknown>>>): void {
  const { images, scoresCsv, pareto, report } = options;
  if (report !== undefined) {
    throw new AppError("usage", "--report: a page needs answers, the table has no test accuracies", {
      hint: "Name a --table with a column such as c10_test.",
    });
  }
  if (images !== undefined || scoresCsv !== undefined || pareto !== undefined) return;
  throw new AppError(
    "usage",
    "--table: expected answers to judge scores by, with a column such as c10_test, or --images to measure scores on; got neither",
    { hint: "For sizes alone, which need neither, add --scores-csv FILE or --pareto flops,params." },
  );
}
