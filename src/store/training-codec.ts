import { z } from "zod";
import { number } from "./explanation-codec.js";
import { recordSchema } from "./trainings.js";

const text = z.string();
const test = z.looseObject({ value: number, p: number });
const group = z.enum(["top", "random", "plain"]);

/** The best by score, ordered by training, among a run's artifacts. */
export const choiceSchema = z.looseObject({
  chosen: text,
  changed: z.boolean(),
  figure: z.enum(["accuracy", "R2"]),
  recipe: text,
  networks: z.array(z.looseObject({ genotype: text, place: z.number(), mean: number, standardError: number })),
});

/** What trained networks say of a score, among a run's artifacts. */
export const trainingSchema = z.looseObject({
  version: text,
  command: text,
  about: text,
  score: z.exactOptional(z.looseObject({ label: text, better: z.enum(["higher", "lower"]) })),
  classes: z.boolean(),
  records: z.array(recordSchema),
  verdict: z.looseObject({
    networks: z.array(
      z.looseObject({
        name: text,
        group,
        score: number,
        figures: z.array(number),
        mean: number,
        standardError: number,
      }),
    ),
    ranked: z.number(),
    rho: test,
    tau: test,
    topAgainstRandom: test,
    means: z.looseObject({ top: number, random: number, plain: number }),
    first: z.exactOptional(z.looseObject({ mean: number, place: z.number() })),
  }),
  judgement: z.array(text),
});
