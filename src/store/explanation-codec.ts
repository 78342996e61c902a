import { z } from "zod";

/** JSON has no NaN and no infinities: they are written as null and come back as NaN where a number is required. */
export const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
export const numberOrNull = z.number().nullable();

const text = z.string();

const inputSchema = z.looseObject({ row: z.number(), entry: number, target: z.exactOptional(text) });

const pictureSchema = z
  .looseObject({ height: z.number(), width: z.number(), channels: z.number(), values: z.array(z.number()) })
  .refine(
    ({ height, width, channels, values }) => values.length === height * width * channels,
    "expected height x width x channels values",
  );

/** The explanation among a run's artifacts. */
export const explanationSchema = z.looseObject({
  genotype: text,
  score: z.looseObject({ name: text, better: z.enum(["higher", "lower"]), value: numberOrNull }),
  lambdaMin: number,
  terms: z.array(
    z.looseObject({
      layer: numberOrNull,
      activation: text.nullable(),
      skip: z.boolean(),
      value: number,
      share: numberOrNull,
      traceShare: number,
    }),
  ),
  inputs: z.looseObject({
    n: z.number(),
    participation: number,
    entries: z.array(inputSchema),
    pairs: z.array(
      z.looseObject({
        inputs: z.tuple([inputSchema, inputSchema]),
        correlation: number,
        weight: number,
        bound: number,
        differences: z.exactOptional(z.array(z.looseObject({ name: text, values: z.tuple([number, number]) }))),
        pictures: z.exactOptional(z.tuple([pictureSchema, pictureSchema])),
      }),
    ),
  }),
  neighbours: z.array(
    z.looseObject({
      genotype: text,
      change: text,
      score: numberOrNull,
      lambdaMin: numberOrNull,
      lambdaMinNormalized: numberOrNull,
      better: z.boolean().nullable(),
    }),
  ),
  neighboursLeftOut: z.number(),
});
