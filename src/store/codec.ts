import { z } from "zod";
import { AppError } from "../errors.js";
import { explanationSchema, number, numberOrNull } from "./explanation-codec.js";
import { choiceSchema, trainingSchema } from "./training-codec.js";
import type { RunArtifacts, RunProtocol } from "./types.js";

const text = z.string();
const texts = z.array(text);
const flag = z.boolean();

const spaceSchema = z.looseObject({
  id: text,
  size: text,
  description: text,
  depths: z.array(
    z.looseObject({
      depth: z.number(),
      choices: z.array(z.array(z.looseObject({ activation: text, skip: flag }))),
      maxSkips: z.number(),
    }),
  ),
});

const batchSchema = z.looseObject({
  dataSpec: text,
  dataHash: text,
  batchHash: text,
  rowsInData: number,
  samples: number,
  seed: number,
  normalize: z.enum(["unit", "none", "standard", "affine"]),
  classBalanced: flag,
  duplicatesRemoved: number,
  antipodalPairs: number,
  zeroRowsRemoved: number,
  norms: z.tuple([number, number]),
  nearestPair: z.exactOptional(z.looseObject({ rows: z.tuple([z.number(), z.number()]), correlation: number })),
  notes: texts,
});

const protocolSchema = z.looseObject({
  version: text,
  command: text,
  request: z.exactOptional(
    z.looseObject({ folder: text, options: z.record(text, z.union([text, flag, z.array(text)])) }),
  ),
  source: z.exactOptional(
    z.looseObject({
      folder: text,
      data: text,
      target: z.exactOptional(text),
      task: z.exactOptional(z.enum(["classification", "regression"])),
      drop: z.exactOptional(z.array(z.union([text, z.number()]))),
      missing: z.exactOptional(z.enum(["impute", "indicate", "drop", "refuse"])),
      header: z.exactOptional(flag),
    }),
  ),
  space: spaceSchema,
  batch: batchSchema,
  model: z.looseObject({
    c1: number,
    c: number,
    co: number,
    tau: z.union([z.number(), z.literal("1/L"), z.literal("1/sqrt(L)")]),
    crossTerms: flag,
  }),
  strategy: z.looseObject({ name: text, budget: numberOrNull, seconds: numberOrNull, top: z.number() }),
  score: z.looseObject({ name: text, better: z.enum(["higher", "lower"]), usesLabels: flag }),
  seed: z.number(),
  parameterisation: z.literal("ntk"),
  initialisation: z.literal("gaussian"),
  batchNorm: z.literal("none"),
  output: z.literal("scalar"),
  precision: z.literal("float64"),
  engine: text,
  solver: text,
  threads: number,
});

const scoredSchema = z.looseObject({
  genotype: text,
  depth: z.number(),
  lambdaMin: number,
  lambdaMinNormalized: number,
  trace: number,
  bounds: z.looseObject({
    LB: number,
    LB1: number,
    LBmat: number,
    LBlay: numberOrNull,
    NNGP: numberOrNull,
    UBdiag: number,
    UBpair: number,
  }),
  metrics: z.record(text, numberOrNull),
  solver: z.looseObject({
    method: z.enum(["inverse-lanczos", "tridiagonal-sturm"]),
    residual: number,
    below: number,
    slack: number,
    certified: flag,
  }),
  warnings: texts,
});

const estimateSchema = z.looseObject({ values: z.array(number), mean: number, standardError: number });

/** One finite-width score. The keys are in the order of computed ones, so that a kept one is printed as the same text. */
export const finiteSchema = z.looseObject({
  draws: z.number(),
  lambdaMin: estimateSchema,
  lambdaMinNormalized: estimateSchema,
  trace: estimateSchema,
  certificate: estimateSchema.nullable(),
  shares: z.array(z.looseObject({ parameter: text, share: number })),
  certified: flag,
  engine: text,
  precision: z.enum(["float32", "float64"]).default("float64"),
  notes: texts.default([]),
  genotype: text,
  width: z.number(),
  options: z.looseObject({
    seed: z.number(),
    init: z.enum(["ntk", "paper", "kaiming", "pytorch", "normal"]),
    params: z.enum(["weights", "all"]),
    parameterisation: z.enum(["ntk", "standard"]),
    output: z.enum(["sum", "label", "trace", "each"]),
    outputs: z.number(),
  }),
  infinite: numberOrNull,
  ratio: numberOrNull,
  warnings: texts,
});

const fiveNumbers = z.tuple([number, number, number, number, number]);

const artifactsSchema = z.looseObject({
  top: z.array(scoredSchema),
  winner: z
    .looseObject({
      genotype: text,
      spectrum: z.array(number),
      kernel: z
        .looseObject({ size: z.number(), values: z.array(number), classes: texts.nullable() })
        .refine((kernel) => kernel.values.length === kernel.size ** 2, "expected size x size values"),
      layers: z.array(z.looseObject({ activation: text, skip: flag, variance: number, diagonalShare: number })),
    })
    .nullable(),
  baselines: z.array(
    z.looseObject({
      activation: text,
      skips: flag,
      depth: z.number(),
      genotype: text,
      score: z.exactOptional(number),
      lambdaMin: number,
      lambdaMinNormalized: number,
      LB: number,
      UBpair: number,
    }),
  ),
  randomChoice: z
    .looseObject({
      count: number,
      lambdaMin: fiveNumbers,
      score: z.exactOptional(fiveNumbers),
      mean: z.exactOptional(z.looseObject({ lambdaMin: number, score: number })),
    })
    .nullable(),
  finite: z.exactOptional(z.array(finiteSchema)),
  crossValidation: z.exactOptional(
    z.looseObject({
      measure: z.enum(["accuracy", "R2"]),
      value: number,
      interval: z.tuple([number, number]),
      folds: z.number(),
      rows: z.number(),
      candidates: z.number(),
    }),
  ),
  explanation: z.exactOptional(explanationSchema),
  choice: z.exactOptional(choiceSchema),
  training: z.exactOptional(trainingSchema),
});

/** Protocol or artifacts as the text of a JSON column; numbers that are not finite become null. */
export const encodeJson = (value: RunProtocol | RunArtifacts): string => JSON.stringify(value);

/**
 * The protocol in a stored JSON column, checked against its schema.
 *
 * @throws AppError `store` naming the run and the first field that is not as expected
 */
export const decodeProtocol = (runId: string, json: unknown): RunProtocol =>
  decode(runId, "protocol", json, protocolSchema);

/** The artifacts in a stored JSON column (see {@link decodeProtocol}); null while a run has none. */
export const decodeArtifacts = (runId: string, json: unknown): RunArtifacts | null =>
  json === null ? null : decode(runId, "artifacts", json, artifactsSchema);

function decode<T>(runId: string, column: string, json: unknown, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(String(json));
  } catch (cause) {
    throw damaged(runId, column, "expected JSON, the text cannot be read as such", cause);
  }
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const place = [column, ...issue.path.map(String)].join(".");
  throw damaged(runId, column, `${place}: ${issue.message}`, checked.error);
}

function damaged(runId: string, column: string, what: string, cause: unknown): AppError {
  return new AppError("store", `run ${runId}: its stored ${column} is damaged: ${what}`, {
    hint: "Repeat the search to get this run again; other runs of the store can still be loaded by their ids.",
    details: { run: runId, column },
    cause,
  });
}
