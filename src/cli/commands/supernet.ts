import { z } from "zod";
import { renderSupernetPage } from "../../report/supernet-page.js";
import { metricOf } from "../../score/metrics.js";
import { unlessAborted } from "../../search/index.js";
import { makeSpace } from "../../spaces/index.js";
import type { SupernetRecord } from "../../store/supernets.js";
import { defineCommand } from "../command.js";
import { interruptedExit, type Io } from "../io.js";
import { shown } from "../numbers.js";
import {
  dataFlags,
  dataShape,
  flag,
  folderBeside,
  modelFlags,
  modelOf,
  modelShape,
  numberFlag,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  storeFlags,
  storePath,
  storeShape,
  threadFlags,
  threadShape,
  wordFlag,
} from "../options.js";
import { outputFile, type OutputFile } from "../output-file.js";
import { openSource, sourceOptions, usualNormalization } from "../prepare.js";
import { statusLine } from "../progress.js";
import { paperActivations, splitOutsideBrackets } from "../space-option.js";
import { judgeChoices, trainSupernets, type SupernetFindings, type SupernetPlan } from "../supernet-study.js";
import { aboutText, judgementLines, supernetText } from "../supernet-text.js";
import { packageVersion } from "../version.js";

/** Inputs that networks are scored on. */
const defaultSamples = 128;

const schema = z.strictObject({
  ...dataShape,
  score: z.string().default("lambda_min"),
  depth: numberFlag({ integer: true, least: 2 }).default(4),
  activations: z.string().transform(splitOutsideBrackets).optional(),
  skips: wordFlag(["both", "off"]).default("both"),
  mode: wordFlag(["joint", "alternating"]).default("alternating"),
  rows: numberFlag({ integer: true, least: 2 }).default(2000),
  epochs: numberFlag({ integer: true, least: 1 }).default(30),
  batch: numberFlag({ integer: true, least: 1 }).default(64),
  width: numberFlag({ integer: true, least: 1 }).default(64),
  lr: numberFlag({ above: 0 }).default(0.003),
  choiceLr: numberFlag({ above: 0 }).default(0.03),
  seeds: numberFlag({ integer: true, least: 1 }).default(3),
  ...modelShape,
  out: z.string().min(1, "expected a file name").optional(),
  ...seedShape,
  ...threadShape,
  ...storeShape,
  quiet: flag,
  ...outputShape,
});

type SupernetFlags = z.output<typeof schema>;

export const supernetCommand = defineCommand({
  name: "supernet",
  summary: "train a relaxed supernet (DARTS): does descent put its weight on the choices with the larger score?",
  flags: [
    ...dataFlags,
    { syntax: "--score <metric>", description: "score of untrained networks (default: lambda_min)" },
    { syntax: "--depth <n>", description: "depth of the networks; the output layer counts (default: 4)" },
    { syntax: "--activations <list>", description: `separated by commas (default: ${paperActivations.join(",")})` },
    { syntax: "--skips <which>", description: "both or off (default: both)" },
    { syntax: "--mode <how>", description: "joint, or alternating: choices by rows held out (default: alternating)" },
    { syntax: "--rows <n>", description: "rows to learn from at most (default: 2,000)" },
    { syntax: "--epochs <n>", description: "passes over the rows (default: 30)" },
    { syntax: "--batch <n>", description: "rows a step (default: 64)" },
    { syntax: "--width <m>", description: "width of the supernet (default: 64)" },
    { syntax: "--lr <rate>", description: "Adam's rate of the weights (default: 0.003)" },
    { syntax: "--choice-lr <rate>", description: "Adam's rate of the choices (default: 0.03)" },
    { syntax: "--seeds <n>", description: "supernets to train; their weights are averaged (default: 3)" },
    ...modelFlags,
    { syntax: "--out <file>", description: "HTML page with the plot (default: none)" },
    ...seedFlags,
    ...threadFlags,
    ...storeFlags,
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas supernet --data mnist --depth 4 --out supernet.html",
    "eigennas supernet --data csv:iris.csv --target species --depth 3 --mode joint --epochs 60",
  ],
  schema,
  run: async (options, io) => {
    const page = outputFile(options.out, io.cwd);
    const plan = await planOf(options, io.cwd);
    const { epochs } = plan.recipe;
    const status = statusLine(io, options.quiet);
    const abort = new AbortController();
    const { signal } = abort;
    const stopListening = io.onInterrupt(() => {
      status.note("Interrupted: what was trained is stored; the same command goes on from there.");
      abort.abort();
    });
    try {
      const trained = await trainSupernets(plan, {
        folder: folderBeside(storePath(options.store, io.cwd), io.cwd, "training"),
        signal,
        now: () => io.now(),
        onProgress: ({ number, epoch, loss }) =>
          status.update(
            () => `supernet ${number} of ${options.seeds} · epoch ${epoch} of ${epochs} · loss ${shown(loss, 4)}`,
          ),
      });
      if (trained === undefined) return interruptedExit;
      status.update(() => "scoring networks of the space");
      const findings = await unlessAborted(() => judgeChoices(plan, trained, signal), signal);
      if (findings === undefined) return interruptedExit;
      status.end();
      await printFindings(plan, trained, findings, { page, json: options.json }, io);
      return 0;
    } finally {
      stopListening();
      status.end();
    }
  },
});

async function planOf(options: SupernetFlags, cwd: string): Promise<SupernetPlan> {
  const { seed, seeds, rows, depth, width, epochs, batch, mode, threads, skips } = options;
  const metric = metricOf(options.score);
  const space = makeSpace("fcn", {
    depth: [depth, depth],
    activations: options.activations ?? paperActivations,
    ...(skips === "off" && { skips }),
  });
  const activations = space.spec.depths[0].choices[0].map(({ activation }) => activation);
  const source = await openSource(sourceOptions(options, cwd));
  const rates = { weightRate: options.lr, choiceRate: options.choiceLr };
  return {
    ...{ source, space, metric, rows, seed, threads, model: modelOf(options) },
    normalize: options.normalize ?? usualNormalization(options),
    recipe: { activations, depth, width, epochs, batch, mode, skips: skips !== "off", ...rates },
    seeds: Array.from({ length: seeds }, (_, k) => seed + k),
    samples: options.samples ?? Math.min(defaultSamples, source.n),
  };
}

/** Writes the page, if one was asked for, and prints all as text or JSON. */
async function printFindings(
  plan: SupernetPlan,
  trained: readonly SupernetRecord[],
  findings: SupernetFindings,
  { page, json }: { readonly page: OutputFile | undefined; readonly json: boolean },
  io: Io,
): Promise<void> {
  const { verdict, derived } = findings;
  const about = aboutText(plan, trained, findings);
  const judgement = judgementLines(plan, findings);
  const { label, better } = plan.metric;
  const html = {
    version: packageVersion(),
    command: io.commandLine,
    about,
    label,
    better,
    derived,
    verdict,
    judgement,
  };
  const file = await page?.write(renderSupernetPage(html));
  if (json) {
    const own = { genotype: derived, ...verdict.derived };
    const seeds = trained.map(({ layers }) => layers);
    io.out(`${JSON.stringify({ about, ...verdict, derived: own, seeds, ...(file && { file }) })}\n`);
    return;
  }
  io.out(supernetText(plan, findings, about, judgement, io.width));
  if (file !== undefined) io.out(`Open ${file} in a browser.\n`);
}
