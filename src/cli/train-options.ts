import { z } from "zod";
import type { OptimizerOptions, TrainOptions } from "../train/index.js";
import type { Flag } from "./command.js";
import { counted } from "./numbers.js";
import { numberFlag, wordFlag } from "./options.js";

/** Flags of a recipe: how networks are trained. */
export const recipeFlags: readonly Flag[] = [
  { syntax: "--epochs <n>", description: "passes over the rows (default: 10)" },
  { syntax: "--batch <n>", description: "rows a step (default: 128; an epoch has batches of equal size)" },
  { syntax: "--optimizer <name>", description: "sgd, nesterov, adam or adamw (default: adam; cells: nesterov)" },
  { syntax: "--lr <rate>", description: "largest learning rate (default: 0.001; sgd and nesterov 0.05)" },
  { syntax: "--momentum <m>", description: "of sgd and nesterov (default: 0.9)" },
  { syntax: "--weight-decay <w>", description: "(default: 0; cells: 0.0005)" },
  { syntax: "--schedule <name>", description: "cosine or constant (default: cosine)" },
  { syntax: "--warmup <epochs>", description: "epochs in which the rate rises (default: 0)" },
  { syntax: "--loss <name>", description: "cross-entropy or squared (default: by the target)" },
  { syntax: "--augment <list>", description: "images: flip, crop=PIXELS, separated by commas (default: none)" },
  {
    syntax: "--patience <n>",
    description: "stop after n epochs without a smaller loss on a tenth of the rows, which is held out",
  },
];

const augmentFlag = z.string().transform((text, context) => {
  const augment: { flip?: boolean; crop?: number } = {};
  for (const part of text.split(",").map((word) => word.trim())) {
    const crop = /^crop=(\d+)$/.exec(part);
    if (part === "flip") augment.flip = true;
    else if (crop !== null) augment.crop = Number(crop[1]);
    else {
      context.addIssue({ code: "custom", message: `expected flip or crop=PIXELS, got "${part}"` });
      return z.NEVER;
    }
  }
  return augment;
});

export const recipeShape = {
  epochs: numberFlag({ integer: true, least: 1 }).default(10),
  batch: numberFlag({ integer: true, least: 1 }).default(128),
  optimizer: wordFlag(["sgd", "nesterov", "adam", "adamw"]).optional(),
  lr: numberFlag({ above: 0 }).optional(),
  momentum: numberFlag({ least: 0 }).optional(),
  weightDecay: numberFlag({ least: 0 }).optional(),
  schedule: wordFlag(["cosine", "constant"]).default("cosine"),
  warmup: numberFlag({ least: 0 }).default(0),
  loss: wordFlag(["cross-entropy", "squared"]).optional(),
  augment: augmentFlag.optional(),
  patience: numberFlag({ integer: true, least: 1 }).optional(),
};

export type RecipeOptions = z.output<z.ZodObject<typeof recipeShape>>;

/** What a training depends on besides the network, the data and the seed; plain JSON, part of the protocol. */
export type Recipe = Pick<
  TrainOptions,
  | "epochs"
  | "batch"
  | "optimizer"
  | "learningRate"
  | "weightDecay"
  | "schedule"
  | "warmup"
  | "loss"
  | "augment"
  | "patience"
>;

/** The recipe that the flags name; networks of images have other defaults. */
export function recipeOf(options: RecipeOptions, images: boolean): Recipe {
  const { optimizer: name = images ? "nesterov" : "adam", momentum = 0.9, lr, weightDecay } = options;
  const descent = name === "sgd" || name === "nesterov";
  const optimizer: OptimizerOptions = descent
    ? { kind: "sgd", momentum, nesterov: name === "nesterov" }
    : { kind: name };
  const { epochs, batch, schedule, warmup, loss, augment, patience } = options;
  return {
    epochs,
    batch,
    optimizer,
    learningRate: lr ?? (descent ? 0.05 : 0.001),
    weightDecay: weightDecay ?? (images ? 0.0005 : 0),
    schedule,
    warmup,
    ...(loss && { loss }),
    ...(augment && { augment }),
    ...(patience && { patience }),
  };
}

/** `adam, rate 0.001, cosine, 10 epochs of batches of 128`. */
export function recipeText({
  optimizer,
  learningRate,
  schedule,
  warmup,
  epochs,
  batch,
  weightDecay,
  augment,
  patience,
}: Recipe): string {
  const name =
    optimizer?.kind === "sgd"
      ? `sgd${optimizer.nesterov === true ? " (Nesterov)" : ""}, momentum ${optimizer.momentum ?? 0.9}`
      : optimizer?.kind;
  return [
    name,
    `rate ${learningRate}`,
    schedule,
    ...(warmup ? [`warm-up ${warmup}`] : []),
    ...(weightDecay ? [`decay ${weightDecay}`] : []),
    ...(augment
      ? [
          `augmented (${[augment.flip === true ? "flip" : "", augment.crop ? `crop ${augment.crop}` : ""].filter(Boolean).join(", ")})`,
        ]
      : []),
    `${counted(epochs, "epoch")} of batches of ${batch}`,
    ...(patience ? [`patience ${patience}`] : []),
  ].join(", ");
}
