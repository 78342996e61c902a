import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../../errors.js";
import { preparedWidth, rowPreparation, type Normalization } from "../../data/index.js";
import {
  exportedNetwork,
  initialTensors,
  preparationJson,
  preparationTensors,
  splitTensors,
  tensorsToNpz,
  toKeras,
  toOnnx,
  toPytorch,
  type ExportedNetwork,
  type Preparation,
} from "../../export/index.js";
import { initialisations } from "../../kernels/finite/parameters.js";
import { benchmarkSpace, canonicalGenotype, type GenotypeSizes } from "../../spaces/index.js";
import { defineCommand } from "../command.js";
import { exportedGraph, readTensors, sizesOf } from "../export-network.js";
import { grouped } from "../numbers.js";
import { outputFile } from "../output-file.js";
import {
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
  wordFlag,
} from "../options.js";
import { openSource } from "../prepare.js";
import { layeredPreparation } from "../train-data.js";
import { packageVersion } from "../version.js";
import { runName, storedRun } from "../stored-run.js";

const size = numberFlag({ integer: true, least: 1 }).optional();

const schema = z.strictObject({
  what: z.string(),
  to: wordFlag(["onnx", "pytorch", "keras", "json"]),
  rank: size,
  weights: z.string().min(1, "expected a file name").optional(),
  init: wordFlag(initialisations).optional(),
  inputDimension: size,
  width: size,
  outputs: size,
  channels: size,
  cells: size,
  imageSize: size,
  out: z.string().min(1, "expected a file name").optional(),
  ...modelShape,
  ...seedShape,
  ...storeShape,
  ...outputShape,
});

type Options = z.output<typeof schema>;

export const exportCommand = defineCommand({
  name: "export",
  summary: "a network for other tools: an ONNX file, PyTorch or Keras source with weights, JSON",
  operands: [
    {
      syntax: "<what>",
      key: "what",
      description:
        "a run (id, part of it, or latest), whose best network is taken; or a genotype, cell (or topology:INDEX) or widths",
    },
  ],
  flags: [
    { syntax: "--to <format>", description: "onnx, pytorch, keras or json" },
    { syntax: "--rank <k>", description: "of a run: its k-th best network by score (default: 1)" },
    { syntax: "--weights <file>", description: "trained weights, as eigennas train --weights writes (default: drawn)" },
    {
      syntax: "--init <name>",
      description: "how weights are drawn: ntk, paper, kaiming, pytorch or normal (default: ntk; cells: pytorch)",
    },
    {
      syntax: "--input-dimension <d>",
      description: "layered network: numbers of an input (default: the run's or the weights')",
    },
    {
      syntax: "--width <m>",
      description: "layered network: units of every hidden layer (default: the weights', or 256)",
    },
    { syntax: "--outputs <c>", description: "outputs (default: the weights' or the run's classes, or 1; cells: 10)" },
    { syntax: "--channels <c>", description: "cell: channels of the first stage (default: the weights', or 16)" },
    { syntax: "--cells <n>", description: "cell: cells a stage (default: the weights', or 5)" },
    { syntax: "--image-size <h>", description: "cell: pixels a side, a multiple of 4 (default: 32)" },
    { syntax: "--out <file>", description: "where to (default: network.onnx, network.py or network.json here)" },
    ...modelFlags,
    ...seedFlags,
    ...storeFlags,
    ...outputFlags,
  ],
  examples: [
    "eigennas export latest --to onnx --out winner.onnx",
    "eigennas export latest --to pytorch --weights winner.npz",
    "eigennas export relu+tanh-gelu --to keras --input-dimension 784 --width 512 --outputs 10",
  ],
  schema,
  run: async (options, io) => {
    const { seed, to } = options;
    const names = fileNames(to, options.out ?? `network.${defaultEnding[to]}`);
    checkWeightsStay(names, options.weights, io.cwd);
    const files = names.map((name) => outputFile(name, io.cwd));
    const from = await subjectOf(options, storePath(options.store, io.cwd));
    const stored = options.weights === undefined ? undefined : splitTensors(await readTensors(options.weights, io.cwd));
    const tensors = stored?.weights;
    if (tensors !== undefined && options.init !== undefined) {
      throw new AppError("usage", "--init: weights are given, none are drawn", { hint: "Leave out one of the two." });
    }
    const known = { ...(tensors === undefined ? from.sizes : sizesOf(tensors)) };
    const graph = exportedGraph(from.genotype, options, known, from.model, tensors !== undefined);
    const init = options.init ?? (benchmarkSpace(from.genotype) === undefined ? "ntk" : "pytorch");
    const network = exportedNetwork(graph, tensors ?? initialTensors(graph, init, seed));
    const origin =
      options.weights === undefined ? `weights drawn: ${init}, seed ${seed}` : `weights: ${options.weights}`;
    const title = `${from.genotype} (${origin}).${from.inputs ? ` Inputs: ${from.inputs}.` : ""}`;
    const metadata = { genotype: from.genotype, origin, ...(from.inputs && { inputs: from.inputs }) };
    const fitted = stored === undefined ? from.preparation : stored.preparation;
    const preparation = fitted && { ...from.names, ...fitted };
    const contents = contentsOf(network, { to, title, metadata, init, preparation });
    for (const [k, file] of files.entries()) await file.write(contents[k]);
    const parameters = [...network.tensors.values()]
      .filter(({ name }) => !name.includes(".running_"))
      .reduce((sum, { values }) => sum + values.length, 0);
    io.out(
      options.json
        ? `${JSON.stringify({ ...metadata, parameters, input: graph.input, files: names })}\n`
        : `${from.genotype}: ${grouped(parameters)} parameters, input [${graph.input.join(", ")}]; ${origin}\nWritten: ${names.join(", ")}\n`,
    );
    if (from.note !== undefined) io.err(from.note);
    return 0;
  },
});

const defaultEnding = { onnx: "onnx", pytorch: "py", keras: "py", json: "json" } as const;

/** The file of a network and, where the format has none in it, that of its weights. */
const fileNames = (to: Options["to"], out: string): readonly string[] =>
  defaultEnding[to] === "py" ? [out, `${out.replace(/\.py$/, "")}.npz`] : [out];

/** Throws AppError `usage` when one of the files is the one that the weights are read from. */
function checkWeightsStay(names: readonly string[], weights: string | undefined, cwd: string): void {
  const over = names.find((name) => weights !== undefined && resolve(cwd, name) === resolve(cwd, weights));
  if (over === undefined) return;
  throw new AppError("usage", `--out: ${over} would be written over --weights`, { hint: "Choose another --out." });
}

/** What is to be written in each of the files. */
function contentsOf(
  network: ExportedNetwork,
  about: {
    readonly to: Options["to"];
    readonly title: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly init: NonNullable<Options["init"]>;
    readonly preparation: Preparation | undefined;
  },
): readonly (string | Uint8Array)[] {
  const { to, title, metadata, init, preparation } = about;
  const told = preparation && preparationJson(preparation);
  const rows = preparation === undefined ? [] : preparationTensors(preparation);
  switch (to) {
    case "onnx":
      return [
        toOnnx(network, {
          version: packageVersion(),
          description: title,
          metadata: { ...metadata, ...(told && { preparation: JSON.stringify(told) }) },
        }),
      ];
    case "pytorch": {
      const { source, tensors } = toPytorch(network, { title, init, preparation });
      return [source, tensorsToNpz([...tensors, ...rows])];
    }
    case "keras":
      return [toKeras(network, { title, preparation }), tensorsToNpz([...network.tensors.values(), ...rows])];
    case "json": {
      const tensors = [...network.tensors.values()].map(({ name, shape, values }) => ({
        name,
        shape,
        values: [...values],
      }));
      return [
        `${JSON.stringify({ version: packageVersion(), ...metadata, ...(told && { preparation: told }), network: network.graph, tensors })}\n`,
      ];
    }
  }
}

const prepared: Readonly<Record<Normalization, string>> = {
  none: "rows as they are",
  unit: "every row divided by its norm",
  standard: "columns standardised, then every row divided by its norm",
  affine: "columns standardised, a coordinate of 1 appended, then every row divided by its norm",
};

/** What has to be done to a row of data before the network reads it; training works with inputs of variance 1. */
const preparation = (normalize: Normalization, d: number, trained: boolean): string =>
  `${prepared[normalize]}${trained && normalize !== "none" ? `, times sqrt(${d})` : ""}`;

interface Subject {
  readonly genotype: string;
  readonly model: ReturnType<typeof modelOf>;
  readonly sizes: GenotypeSizes;
  /** How a run prepares its inputs. */
  readonly inputs?: string;
  /** The same in numbers, for weights that are drawn now. */
  readonly preparation?: Preparation;
  /** What columns and outputs are called. */
  readonly names?: Pick<Preparation, "columns" | "classes">;
  /** That training prefers another network of the run. */
  readonly note?: string | undefined;
}

/** The genotype that is meant, with what its run knows: the model, numbers of an input, classes. */
async function subjectOf(options: Options, path: string): Promise<Subject> {
  const { what, rank } = options;
  try {
    const genotype = canonicalGenotype(what);
    if (rank !== undefined) throw new AppError("usage", "--rank: it belongs to runs; a genotype was given");
    return { genotype, model: modelOf(options), sizes: {} };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "genotype") throw error;
    if (!runName.test(what)) {
      throw new AppError("genotype", error.message, {
        hint: `${error.hint ?? ""} A run is named by its id, a part of it, or latest (eigennas runs).`.trim(),
        details: error.details,
        cause: error,
      });
    }
  }
  const run = storedRun(what, path);
  const top = run.artifacts?.top ?? [];
  const chosen = top.at((rank ?? 1) - 1);
  if (chosen === undefined) {
    throw new AppError("usage", `run ${run.id}: expected --rank from 1 to ${top.length}, got ${rank ?? 1}`, {
      hint: "eigennas runs shows what it found.",
    });
  }
  const choice = run.artifacts?.choice;
  const place = choice?.networks[0].place ?? 1;
  const note =
    rank === undefined && choice !== undefined && place > 1
      ? `note: the best by score; training chose number ${place}, ${choice.chosen}: --rank ${place}\n`
      : undefined;
  const { source, model } = run.protocol;
  if (source === undefined || (options.inputDimension !== undefined && options.outputs !== undefined)) {
    return { genotype: chosen.genotype, model, sizes: {}, note };
  }
  const rows = await openSource(source);
  const { d, labels, classNames, preprocessing } = rows;
  const { normalize } = run.protocol.batch;
  const inputDimension = preparedWidth(d, normalize);
  const outputs = labels === undefined ? 1 : new Set(labels).size;
  return {
    genotype: chosen.genotype,
    model,
    inputs: preparation(normalize, inputDimension, options.weights !== undefined),
    preparation: layeredPreparation(rowPreparation(rows, normalize), 1),
    names: {
      ...(preprocessing && { columns: preprocessing.inputNames }),
      ...(classNames && { classes: classNames }),
    },
    sizes: { inputDimension, outputs },
    note,
  };
}
