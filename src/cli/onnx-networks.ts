import { resolve } from "node:path";
import { shapedNodes, type GraphArchitecture, type Shape } from "../arch/graph.js";
import type { Batch, RowSource } from "../data/index.js";
import { AppError } from "../errors.js";
import { readOnnx, type ImportedNetwork } from "../import/index.js";
import type { BatchNormMode } from "../kernels/finite/reference.js";
import type { DataOptions } from "./options.js";
import { checkMatrix, loadSourceAndBatch } from "./prepare.js";

/** Whether a word of the command line names an ONNX file. */
export const isOnnx = (text: string): boolean => /\.onnx$/i.test(text);

/** Networks of files and the batch that they are scored on. */
export interface OnnxNetworks {
  readonly networks: readonly (ImportedNetwork & { readonly path: string })[];
  readonly batch: Batch;
  readonly source: RowSource;
}

/**
 * Reads the files and draws the batch.
 * @throws AppError "data" for data of another shape than a network reads, and what reading throws.
 */
export async function loadNetworks(paths: readonly string[], options: DataOptions, cwd: string): Promise<OnnxNetworks> {
  const { batch, source } = await loadSourceAndBatch(options, cwd, { everyRow: true });
  checkMatrix(batch.n);
  const shape = shapeOf(source, batch);
  const networks: (ImportedNetwork & { readonly path: string })[] = [];
  for (const path of paths) {
    const network = await readOnnx(resolve(cwd, path), { input: shape });
    checkShape(path, network.graph.input, shape, batch);
    networks.push({ ...network, path });
  }
  return { networks, batch, source };
}

function shapeOf({ imageShape }: RowSource, { d }: Batch): Shape {
  if (imageShape === undefined) return [d];
  const { channels, height, width } = imageShape;
  return [channels, height, width];
}

function checkShape(path: string, reads: Shape, has: Shape, { d, report }: Batch): void {
  const size = reads.reduce((product, side) => product * side, 1);
  const images = reads.length === 3 && has.length === 3;
  if (size === d && (!images || reads.join() === has.join())) return;
  const bias = reads.length === 1 && has.length === 1 && size === d + 1 && report.normalize !== "affine";
  throw new AppError(
    "data",
    `${path}: the network reads [${reads.join(", ")}], the data ${report.dataSpec} has [${has.join(", ")}]`,
    {
      hint: bias
        ? "Was it trained on rows with a last coordinate of 1, as search --target prepares them? Then add --normalize affine."
        : `Name data of the network's shape${has.length === 3 ? "; images may be resized by the data (see eigennas data --help)" : ""}.`,
    },
  );
}

/** Statistics of batch norms: those that were asked for, or each image's own where every norm reads images. */
export function normMode(
  networks: readonly { readonly graph: GraphArchitecture }[],
  asked: BatchNormMode | undefined,
): BatchNormMode {
  if (asked !== undefined) return asked;
  const norms = networks.flatMap(({ graph }) => shapedNodes(graph).filter(({ node }) => node.op === "norm"));
  return norms.every(({ shape }) => shape.length === 3 && shape[1] * shape[2] > 1) ? "instance" : "frozen";
}

/** How many parameters a network has, and layers that learn. */
export function sizeText({ graph, tensors }: ImportedNetwork): string {
  const learnt = tensors.filter(({ name }) => !/\.running_(mean|var)$/.test(name));
  const count = learnt.reduce((sum, { values }) => sum + values.length, 0);
  const layers = graph.nodes.filter(({ op }) => op === "dense" || op === "conv").length;
  return `${count.toLocaleString("en-US")} parameters in ${layers} layers, ${graph.nodes.length} nodes`;
}
