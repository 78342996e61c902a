import { availableParallelism } from "node:os";
import { parametersOf, withRunningStatistics, type ImportedNetwork } from "../import/index.js";
import type { BatchNormMode } from "../kernels/finite/reference.js";
import type { Batch } from "../data/index.js";
import { finiteCompute } from "../queue/finite-compute.js";
import type { FiniteCompute } from "../score/finite-draws.js";
import { networkScore, type NetworkScore } from "../score/network.js";
import type { FiniteFlags } from "./finite-options.js";
import { computedText, meanText } from "./finite-text.js";
import type { Io } from "./io.js";
import { batchText } from "./model-text.js";
import { counted } from "./numbers.js";
import { loadNetworks, normMode, sizeText } from "./onnx-networks.js";
import { normWords, onnxSettings, withMemory, type OnnxSettings } from "./onnx-options.js";
import type { DataOptions } from "./options.js";
import { fields, textTable, wrapped } from "./table.js";

export type ScoreOnnxOptions = DataOptions &
  FiniteFlags & {
    readonly genotype: readonly string[];
    readonly weights?: "draw" | "keep" | undefined;
    readonly bn?: BatchNormMode | undefined;
    readonly json: boolean;
    readonly kernel: boolean;
    readonly spectrum: boolean;
  };

/** Layers of the table at most; the rest is summed up. */
const mostLayers = 16;

/** `eigennas score model.onnx`: prints a card of each network, or JSON. */
export async function scoreOnnx(options: ScoreOnnxOptions, io: Io): Promise<number> {
  const { networks, batch } = await loadNetworks(options.genotype, options, io.cwd);
  const settings = onnxSettings(options, batch);
  const compute = withMemory(finiteCompute(options, availableParallelism()), options);
  const results = networks.map((network) => {
    const bn = options.bn ?? (settings.keep ? "eval" : normMode([network], undefined));
    return { network, bn, score: scoreOf(network, bn, batch, settings, options.seed, compute) };
  });
  if (options.json) {
    const items = results.map(({ network: { path, producer, opset, notes, graph }, bn, score }) => {
      const { kernel, spectrum, ...rest } = score;
      const { n } = batch;
      return {
        file: path,
        producer,
        opset,
        graph,
        settings: { ...settings, bn, seed: options.seed },
        ...rest,
        notes: [...notes, ...score.notes],
        batch: batch.report,
        ...(options.spectrum && { spectrum: [...spectrum] }),
        ...(options.kernel && {
          kernel: Array.from({ length: n }, (_, i) => [...kernel.subarray(i * n, (i + 1) * n)]),
        }),
      };
    });
    io.out(`${JSON.stringify(items.length === 1 ? items[0] : { results: items })}\n`);
    return 0;
  }
  io.out(results.map(({ network, bn, score }) => card(network, bn, score, settings, batch, io.width)).join("\n"));
  return 0;
}

function scoreOf(
  { graph, tensors }: ImportedNetwork,
  bn: BatchNormMode,
  { n, inputs, labels }: Batch,
  { keep, ...settings }: OnnxSettings,
  seed: number,
  compute: FiniteCompute,
): NetworkScore {
  return networkScore(
    keep ? withRunningStatistics(graph, tensors) : graph,
    { n, inputs, ...(labels && { labels }) },
    { ...settings, bn, seed, ...(keep && { parameters: parametersOf(tensors) }) },
    compute,
  );
}

function card(
  network: ImportedNetwork & { readonly path: string },
  bn: BatchNormMode,
  score: NetworkScore,
  settings: OnnxSettings,
  batch: Batch,
  columns: number,
): string {
  const { path, graph, notes, producer, opset } = network;
  const norms = graph.nodes.some(({ op }) => op === "norm");
  const weights = settings.keep ? "the file's weights" : `${counted(score.draws, "draw")} by ${settings.init}`;
  return [
    `${path}\n`,
    fields([
      ["network", sizeText(network)],
      ["written by", `${producer === "" ? "?" : producer}, opset ${opset}`],
      ["data", batchText(batch)],
      ["kernel", `${weights}, ${settings.parameterisation} parameterisation, ${settings.output} of the outputs`],
      ...(norms ? [["batch norms", `${bn}: ${normWords[bn]}`] as const] : []),
      ["computed by", computedText([score])],
      ["λmin", meanText(score.lambdaMin)],
      ["λmin/(tr/n)", meanText(score.lambdaMinNormalized)],
      ["λmax", meanText(score.lambdaMax)],
      ["condition", meanText(score.conditionNumber)],
      ["trace", meanText(score.trace)],
      ["log det", meanText(score.logDet)],
      ["effective rank", `${meanText(score.effectiveRank)} of ${batch.n}`],
    ]),
    "\n",
    layerTable(score),
    ...[...notes, ...score.notes].map((note) => wrapped(`note: ${note}`, columns)),
  ].join("");
}

/** Each layer's parts of the trace and of lambda_min; the smallest of a deep network are summed up. */
function layerTable({ layers, lambdaMin }: NetworkScore): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const singular = lambdaMin.mean === 0;
  const shownOnes = new Set(
    [...layers].sort((a, b) => b.trace - a.trace).slice(0, layers.length > mostLayers ? mostLayers - 1 : mostLayers),
  );
  const rest = layers.filter((part) => !shownOnes.has(part));
  const row = (layer: string, trace: number, least: number): string[] => [
    layer,
    percent(trace),
    singular ? "-" : percent(least),
  ];
  const total = (of: "trace" | "lambdaMin"): number => rest.reduce((sum, part) => sum + part[of], 0);
  return textTable(
    [{ title: "layer", align: "left" }, { title: "of the trace" }, { title: "of λmin" }],
    [
      ...layers.filter((part) => shownOnes.has(part)).map((part) => row(part.layer, part.trace, part.lambdaMin)),
      ...(rest.length === 0 ? [] : [row(`${rest.length} others`, total("trace"), total("lambdaMin"))]),
    ],
  );
}
