import { z } from "zod";
import { modelPresets } from "../../arch/architecture.js";
import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { explainProgram } from "../../kernels/finite/compile/explain.js";
import { benchmarkSpace, canonicalGenotype, genotypeNetwork } from "../../spaces/index.js";
import { defineCommand, flagName, type Flag } from "../command.js";
import { counted } from "../numbers.js";
import { numberFlag, outputFlags, outputShape, wordFlag } from "../options.js";
import { programParts, programText } from "../program-text.js";

const count = numberFlag({ integer: true, least: 1 });
/** Sizes beyond these are slips: programs address floats by 32-bit offsets. */
const upTo = (most: number) =>
  count
    .refine((value) => value <= most, {
      error: ({ input }) => `expected at most ${most.toLocaleString("en-US")}, got ${String(input)}`,
    })
    .optional();

const layeredShape = { inputDimension: upTo(100_000), width: upTo(16_384), outputs: upTo(10_000) };
const cellShape = { channels: upTo(256), cells: upTo(20) };
const imageShape = { imageSize: upTo(256), classes: upTo(10_000) };

const layeredFlags: readonly Flag[] = [
  { syntax: "--input-dimension <d>", description: "layered network: numbers of an input (default: 16)" },
  { syntax: "--width <m>", description: "layered network: units of every hidden layer (default: 128)" },
  { syntax: "--outputs <c>", description: "layered network: output units (default: 1)" },
];
const cellFlags: readonly Flag[] = [
  { syntax: "--channels <c>", description: "cell: channels of the first stage (default: 16)" },
  { syntax: "--cells <n>", description: "cell: cells a stage (default: 5)" },
  { syntax: "--image-size <h>", description: "cell or widths: pixels a side, a multiple of 4 (default: 32)" },
  { syntax: "--classes <k>", description: "cell or widths: outputs (default: 10)" },
];

const schema = z.strictObject({
  network: z.string(),
  ...layeredShape,
  ...cellShape,
  ...imageShape,
  images: upTo(100_000),
  bn: wordFlag(["instance", "frozen", "coupled", "eval"]).default("instance"),
  output: wordFlag(["sum", "label", "trace", "each", "full"]).default("sum"),
  params: wordFlag(["weights", "all"]).default("weights"),
  only: wordFlag(programParts).optional(),
  ...outputShape,
});

export const programCommand = defineCommand({
  name: "program",
  summary: "what a network of finite width compiles to: graph, program, memory, FLOPs and bytes",
  operands: [
    {
      syntax: "<network>",
      key: "network",
      description: "genotype (relu-relu+tanh), a NATS-Bench cell, five widths, or topology:INDEX of the benchmark",
    },
  ],
  flags: [
    ...layeredFlags,
    ...cellFlags,
    { syntax: "--images <n>", description: "inputs of the kernel (default: 64)" },
    { syntax: "--bn <mode>", description: "instance, frozen, coupled or eval (default: instance)" },
    { syntax: "--output <what>", description: "sum, label, trace, each or full (default: sum)" },
    { syntax: "--params <which>", description: "weights or all (default: weights)" },
    { syntax: "--only <part>", description: `${programParts.join(", ")} (default: all of them)` },
    ...outputFlags,
  ],
  examples: [
    "eigennas program relu-relu+tanh --width 256 --images 128",
    "eigennas program topology:9930 --cells 1 --only totals",
  ],
  schema,
  run: async (options, io) => {
    const { network, images = 64, bn, output, params, only } = options;
    const { architecture, name } = networkOf(network, options);
    const explained = explainProgram(architecture, images, { bn, output, params });
    if (options.json) io.out(`${JSON.stringify({ network: name, ...explained })}\n`);
    else {
      io.out(`${name}; ${counted(images, "input")}, batch norm ${bn}, output ${output}, parameters ${params}\n\n`);
      io.out(programText(explained, only === undefined ? programParts : [only], io.width));
    }
    return Promise.resolve(0);
  },
});

type Sizes = Partial<
  Record<keyof typeof layeredShape | keyof typeof cellShape | keyof typeof imageShape, number | undefined>
>;

/** The graph of a genotype of any kind; cells lose what cannot be reached, as when they are scored. */
function networkOf(text: string, sizes: Sizes): { readonly architecture: GraphArchitecture; readonly name: string } {
  const genotype = canonicalGenotype(text);
  const space = benchmarkSpace(genotype);
  if (space === undefined) {
    refuse(sizes, { ...cellShape, ...imageShape }, "cells");
    const { inputDimension = 16, width = 128, outputs = 1 } = sizes;
    return {
      architecture: genotypeNetwork(genotype, modelPresets.he, { inputDimension, width, outputs }),
      name: `${genotype}: ${inputDimension} inputs, width ${width}, ${counted(outputs, "output")}`,
    };
  }
  refuse(sizes, layeredShape, "layered networks");
  if (space.id === "size") refuse(sizes, cellShape, "cells");
  const { channels = 16, cells = 5, imageSize = 32, classes = 10 } = sizes;
  const stages = space.id === "size" ? "" : `${channels} channels, ${counted(cells, "cell")} a stage, `;
  return {
    architecture: genotypeNetwork(genotype, modelPresets.he, { channels, cells, imageSize, outputs: classes }),
    name: `${genotype}: ${stages}${imageSize} x ${imageSize} pixels, ${classes} classes`,
  };
}

function refuse(sizes: Sizes, shape: object, whose: string): void {
  const wrong = Object.keys(shape).find((key) => sizes[key as keyof Sizes] !== undefined);
  if (wrong === undefined) return;
  throw new AppError("usage", `${flagName(wrong)}: it belongs to ${whose}, which the network is not`, {
    hint: "See eigennas program --help.",
  });
}
