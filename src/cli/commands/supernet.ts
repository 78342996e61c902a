import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { makeBatch } from "../../data/index.js";
import { evaluateOn } from "../../queue/evaluate.js";
import { inlineBackend, poolBackend } from "../../queue/local.js";
import { renderSupernetPage } from "../../report/supernet-page.js";
import { metricOf } from "../../score/metrics.js";
import { formatGenotype, makeSpace, parseGenotype } from "../../spaces/index.js";
import { rng } from "../../rng.js";
import { heaviestLayers, judgeSupernet, type ScoredLayers } from "../../train/supernet-check.js";
import { trainSupernet, type SupernetChoice } from "../../train/supernet.js";
import { defineCommand } from "../command.js";
import { interruptedExit } from "../io.js";
import { grouped, shown } from "../numbers.js";
import {
  dataFlags,
  dataShape,
  flag,
  modelFlags,
  modelOf,
  modelShape,
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
import { openSource, sourceOptions, usualNormalization } from "../prepare.js";
import { statusLine } from "../progress.js";
import { paperActivations, splitOutsideBrackets } from "../space-option.js";
import { textTable, wrapped } from "../table.js";
import { prepareTraining } from "../train-data.js";
import { packageVersion } from "../version.js";

/** Networks of the space that are scored at most, and inputs that they are scored on. */
const [mostNetworks, defaultSamples] = [1000, 128];

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
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: [
    "eigennas supernet --data mnist --depth 4 --out supernet.html",
    "eigennas supernet --data csv:iris.csv --target species --depth 3 --mode joint --epochs 60",
  ],
  schema: z.strictObject({
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
    quiet: flag,
    ...outputShape,
  }),
  run: async (options, io) => {
    const pageFile = outputFile(options.out, io.cwd);
    const { seed, depth, mode, skips, threads, rows, epochs, batch: batchRows, width, seeds } = options;
    const metric = metricOf(options.score);
    const space = makeSpace("fcn", {
      depth: [depth, depth],
      activations: options.activations ?? paperActivations,
      ...(skips === "off" && { skips: "off" }),
    });
    const activations = space.spec.depths[0].choices[0].map(({ activation }) => activation);
    const source = await openSource(sourceOptions(options, io.cwd));
    const { normalize = usualNormalization(options) } = options;
    const status = statusLine(io, options.quiet);
    const abort = new AbortController();
    const stopListening = io.onInterrupt(() => abort.abort());
    try {
      const found: SupernetChoice[][] = [];
      let learnt = 0;
      for (let k = 0; k < seeds; k++) {
        const { data, outputs } = prepareTraining(
          { source, test: undefined },
          { rows, validation: mode === "joint" ? 0 : 0.5, normalize, images: false, seed: `${seed} ${seed + k}` },
        );
        learnt = data.train.n;
        const rates = { weightRate: options.lr, choiceRate: options.choiceLr };
        const net = { activations, depth, width, outputs, epochs, batch: batchRows, mode, skips: skips !== "off" };
        for (const { epoch, loss, layers } of trainSupernet(data, { ...net, ...rates, seed: seed + k })) {
          await setImmediate();
          if (abort.signal.aborted) return interruptedExit;
          status.update(() => `supernet ${k + 1} of ${seeds} · epoch ${epoch} of ${epochs} · loss ${shown(loss, 4)}`);
          if (epoch === epochs) found.push([...layers]);
        }
      }
      const batch = makeBatch(source, {
        samples: options.samples ?? Math.min(defaultSamples, source.n),
        seed,
        normalize,
      });
      const context = { batch, model: modelOf(options), metric: metric.name, space: space.spec };
      const backend = threads > 1 ? poolBackend(context, threads) : inlineBackend(context);
      const random = rng(seed, "supernet networks");
      const names =
        space.size <= BigInt(mostNetworks)
          ? [...space.enumerate()]
          : [...new Set(Array.from({ length: mostNetworks }, () => space.sample(random)))];
      const sign = metric.better === "higher" ? 1 : -1;
      try {
        const evaluate = evaluateOn(backend);
        const scored = async (genotypes: readonly string[]): Promise<ScoredLayers[]> =>
          (await evaluate(genotypes, abort.signal))
            .filter(({ score }) => Number.isFinite(score))
            .map(({ genotype, score }) => ({ layers: parseGenotype(genotype).layers, score: sign * score }));
        const networks = await scored(names);
        if (networks.length === 0) throw new AppError("numeric", `No network of the space has a ${metric.label}.`);
        const derived = formatGenotype({ kind: "layered", layers: [...heaviestLayers(activations, found)] });
        const own = (await scored([derived])).at(0)?.score ?? NaN;
        const verdict = judgeSupernet(activations, found, networks, () => own, rng(seed, "supernet permutations"));
        const about = `${source.spec}: ${grouped(learnt)} rows to learn from, ${mode} steps, ${epochs} epochs, width ${width}, depth ${depth}, ${seeds} seeds; ${metric.label} of ${grouped(networks.length)} networks on ${batch.n} inputs.`;
        const { rho } = verdict;
        const judgement = [
          `Weight against mean ${metric.label} within layers: Spearman ${rho.value.toFixed(3)} (p = ${shown(rho.p, 2)}, permutations within layers). ` +
            (rho.p >= 0.05
              ? "Not decided: this could be chance."
              : rho.value > 0
                ? "Descent prefers the choices with the larger score."
                : "Descent prefers the choices with the smaller score."),
          `The network of the heaviest choices, ${derived}, has ${metric.label} ${shown(sign * own, 5)}: better than ${(100 * verdict.derived.betterThan).toFixed(1)} % of the space.`,
        ];
        const page = {
          version: packageVersion(),
          command: io.commandLine,
          about,
          label: metric.label,
          derived,
          verdict,
          judgement,
        };
        const file = await pageFile?.write(renderSupernetPage(page));
        status.end();
        io.out(
          options.json
            ? `${JSON.stringify({ about, ...verdict, derived: { genotype: derived, ...verdict.derived }, seeds: found, ...(file && { file }) })}\n`
            : wrapped(about, io.width) +
                "\n" +
                textTable(
                  [
                    { title: "layer" },
                    { title: "choice", align: "left" },
                    { title: "weight" },
                    { title: `mean ${metric.label}` },
                  ],
                  verdict.choices.map(({ layer, choice, weight, meanScore }) => [
                    String(layer),
                    choice,
                    weight.toFixed(3),
                    shown(sign * meanScore, 5),
                  ]),
                ) +
                "\n" +
                judgement.map((line) => wrapped(line, io.width)).join("") +
                (file === undefined ? "" : `Open ${file} in a browser.\n`),
        );
        return 0;
      } finally {
        await backend.close();
      }
    } finally {
      stopListening();
      status.end();
    }
  },
});
