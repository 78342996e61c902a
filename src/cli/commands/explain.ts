import { z } from "zod";
import { depthOf } from "../../arch/architecture.js";
import { AppError } from "../../errors.js";
import { effectsOf, explain, sampleOf, type Effects, type Explanation } from "../../explain/index.js";
import { renderExplanation } from "../../report/index.js";
import { metricOf, metrics } from "../../score/metrics.js";
import { Scorer, type ScoringContext } from "../../score/scorer.js";
import { fcnSpace, formatGenotype, layeredSpace, parseGenotype, type LayeredSpace } from "../../spaces/index.js";
import type { Run } from "../../store/index.js";
import { defineCommand, flagName } from "../command.js";
import { explanationText, whyText } from "../explain-text.js";
import {
  dataFlags,
  dataShape,
  modelFlags,
  modelOf,
  modelShape,
  outputFlags,
  outputShape,
  seedFlags,
  seedShape,
  storeFlags,
  storePath,
  storeShape,
} from "../options.js";
import { outputFile } from "../output-file.js";
import { loadSourceAndBatch } from "../prepare.js";
import { batchOfRun } from "../run-batch.js";
import { paperActivations, splitOutsideBrackets } from "../space-option.js";
import { checkLabels } from "../strategy-choice.js";
import { packageVersion } from "../version.js";
import { runName, storedRun } from "../stored-run.js";

const schema = z.strictObject({
  subject: z.string(),
  network: z.string().optional(),
  ...dataShape,
  data: z.string().optional(),
  ...modelShape,
  score: z.string().optional(),
  activations: z.string().transform(splitOutsideBrackets).optional(),
  report: z.string().min(1, "expected a file name").optional(),
  ...seedShape,
  ...storeShape,
  ...outputShape,
});

type Options = z.output<typeof schema>;

/** Flags that say something about a run, which the run says itself. */
const ownToGenotypes = [
  ...["data", "target", "task", "drop", "missing", "header", "samples", "normalize", "keepDuplicates"],
  ...["preset", "c1", "c", "co", "tau", "paperStyle", "score", "activations", "seed"],
] as const;

/** What was explained, ready to be printed. */
interface Explained {
  readonly explanation: Explanation;
  readonly run: Run | null;
  readonly effects: Effects | null;
  readonly sample: "all" | "random" | "chosen";
}

export const explainCommand = defineCommand({
  name: "explain",
  summary: "why a network has its score: layers, inputs, one-step changes, effects of choices over a run",
  operands: [
    {
      syntax: "<subject>",
      key: "subject",
      description: "a run (id, part of it, or latest), whose best network is explained; or a genotype, with --data",
    },
  ],
  flags: [
    { syntax: "--network <genotype>", description: "with a run: another network than its best, on its data" },
    ...dataFlags.map((one) => ({ ...one, description: `genotype: ${one.description}` })),
    ...modelFlags,
    { syntax: "--score <metric>", description: "genotype: score that changes are sorted by (default: lambda_min)" },
    {
      syntax: "--activations <list>",
      description: `genotype: activations to change to, separated by commas (default: its own and ${paperActivations.join(",")})`,
    },
    { syntax: "--report <file>", description: "write the explanation as one HTML page too" },
    ...seedFlags,
    ...storeFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas explain latest",
    "eigennas explain 2026-11-24 --network relu-relu-relu --report why.html",
    "eigennas explain relu-tanh+relu --data csv:iris.csv --target species --activations relu,tanh,silu",
  ],
  schema,
  run: async (options, io, typed) => {
    const file = outputFile(options.report, io.cwd, "--report");
    const explained = runName.test(options.subject)
      ? await explainRun(options, io.cwd, typed)
      : await explainGenotype(options, io.cwd);
    const { explanation, run, effects, sample } = explained;
    const why = whyText(explanation, effects, sample);
    const page = await file?.write(
      renderExplanation({ explanation, rows: run?.rows ?? [], sample, version: packageVersion() }, { metrics }),
    );
    if (options.json) {
      io.out(
        `${JSON.stringify({ run: run?.id ?? null, ...explanation, effects, sample, why, report: page ?? null })}\n`,
      );
    } else {
      io.out(explanationText(explanation, effects, { why, sample, run: run?.id, width: io.width }));
      if (page !== undefined) io.out(`\n${page}\n`);
    }
    return 0;
  },
});

async function explainRun(
  { subject, network, store: path }: Options,
  cwd: string,
  typed: Readonly<Record<string, unknown>>,
): Promise<Explained> {
  const extra = ownToGenotypes.find((key) => typed[key] !== undefined && typed[key] !== false);
  if (extra !== undefined) {
    throw new AppError("usage", `${flagName(extra)}: a run says this itself, got both`, {
      hint: `Leave ${flagName(extra)} out, or name a genotype such as relu-relu+tanh instead of the run.`,
    });
  }
  const run = storedRun(subject, storePath(path, cwd));
  const genotype = network ?? bestOf(run);
  const { batch, source } = await batchOfRun(run);
  const { space: spec, model, score, strategy } = run.protocol;
  const context: ScoringContext = { batch, model, metric: score.name, space: spec };
  const space = layeredSpace(spec);
  return {
    explanation: await explain({ genotype, batch, context, space, source, evaluate: evaluateHere(context) }),
    run,
    effects: effectsOf(
      run.rows,
      spec.depths.flatMap(({ choices }) => choices.flat().map(({ activation }) => activation)),
    ),
    sample: sampleOf(strategy.name, run.status === "complete" && run.exactTopK),
  };
}

function bestOf({ id, rows, artifacts, protocol }: Run): string {
  const sign = protocol.score.better === "higher" ? 1 : -1;
  const scored = rows.flatMap(({ genotype, score }) => (score === null ? [] : [{ genotype, score: sign * score }]));
  const best = artifacts?.top.at(0)?.genotype ?? scored.sort((a, b) => b.score - a.score).at(0)?.genotype;
  if (best !== undefined) return best;
  throw new AppError("data", `run ${id}: expected a best network, this run found none`, {
    hint: "Name one with --network, or search again.",
  });
}

async function explainGenotype(options: Options, cwd: string): Promise<Explained> {
  const { subject, data, score = "lambda_min", network } = options;
  const architecture = parseGenotype(subject);
  if (data === undefined || network !== undefined) {
    throw new AppError(
      "usage",
      data === undefined
        ? `--data: a genotype is explained on data, got none`
        : `--network: ${subject} is a genotype already, got both`,
      { hint: data === undefined ? "Name it, for example --data mnist, or explain a run." : "Leave --network out." },
    );
  }
  const { batch, source } = await loadSourceAndBatch({ ...options, data }, cwd, { everyRow: true });
  const metric = metricOf(score);
  checkLabels(metric, batch);
  const own = architecture.layers.map(({ activation }) => activation);
  const space: LayeredSpace = fcnSpace({
    depth: depthOf(architecture),
    activations: [...own, ...(options.activations ?? paperActivations)],
  });
  const context: ScoringContext = { batch, model: modelOf(options), metric: metric.name, space: space.spec };
  const genotype = formatGenotype(architecture);
  return {
    explanation: await explain({ genotype, batch, context, space, source, evaluate: evaluateHere(context) }),
    run: null,
    effects: null,
    sample: "chosen",
  };
}

function evaluateHere(
  context: ScoringContext,
): (genotypes: readonly string[]) => Promise<ReturnType<Scorer["row"]>["row"][]> {
  const scorer = new Scorer(context);
  return (genotypes) => Promise.resolve(genotypes.map((genotype) => scorer.row(genotype).row));
}
