import { shapedNodes, type GraphArchitecture, type ShapedNode } from "../../arch/graph.js";
import type { NetworkPass } from "../../kernels/finite/pass.js";
import { eigenvalues } from "../../spectrum/spectrum.js";
import { byPlace, dependsOnData, drawnWeights, measurePass } from "./measure-pass.js";
import type { MeasureGroup } from "./measure.js";

/** MeCo (Jiang, Wang, Bie 2023). */
export const mecoGroup: MeasureGroup = {
  id: "meco",
  measures: [
    {
      name: "meco",
      label: "MeCo",
      direction: "larger",
      needs: { labels: false, images: true, backward: false },
      card:
        "Sum over modules of the least eigenvalue of the correlation matrix of their output's channels, undefined correlations as 0; " +
        "one image, PyTorch's initialisation, batch normalisation in train mode. As in the published code every module of the " +
        "benchmark's network counts, containers too: a block's norm three times, pooling twice, a skip once; 0 for a network that does not depend on " +
        "its input (Jiang et al. 2023).",
    },
  ],
  compute(context) {
    const { architecture } = context;
    if (!dependsOnData(architecture)) return { meco: 0 };
    const modules = modulesOf(architecture);
    const { inputs } = context.batch(1);
    const pass = measurePass(context, architecture, 1, { read: [...modules.keys()] });
    pass.forward(inputs, drawnWeights(context, "pytorch")(pass.graph, 0));
    return { meco: mecoScore(pass, architecture) };
  },
};

/** The score of a pass over one image that keeps every node of `modulesOf`. */
export function mecoScore(pass: NetworkPass, architecture: GraphArchitecture): number {
  const modules = modulesOf(architecture);
  const channels = new Map(shapedNodes(architecture).map(({ node, shape }) => [node.id, shape[0]]));
  let total = 0;
  for (const ids of byPlace(pass, [...modules.keys()])) {
    const times = ids.reduce((sum, id) => sum + modules.get(id)!, 0);
    const correlations = channelCorrelations(pass.value(ids[0]), channels.get(ids[0])!);
    total += times * eigenvalues(correlations, channels.get(ids[0])!)[0];
  }
  return total;
}

/** How many modules of the benchmark's PyTorch network put out the value of each node. Outputs of one pixel have no correlations. */
export function modulesOf(architecture: GraphArchitecture): ReadonlyMap<string, number> {
  const shaped = shapedNodes(architecture);
  const byId = new Map(shaped.map((entry) => [entry.node.id, entry]));
  const times = new Map<string, number>();
  for (const { node, shape } of shaped) {
    if (shape.length < 3 || shape[1] * shape[2] === 1) continue;
    times.set(node.id, ownModules(node, byId));
    if (node.op !== "add") continue;
    for (const id of node.from) if (isSum(id, byId)) times.set(id, (times.get(id) ?? 0) + 1);
  }
  return new Map([...times].filter(([, count]) => count > 0));
}

/** A skip's module puts out what it reads: a node of the cell, or its input. */
const isSum = (id: string, byId: ReadonlyMap<string, ShapedNode>): boolean =>
  id === "stem.norm" || byId.get(id)?.node.op === "add";

function ownModules(node: ShapedNode["node"], byId: ReadonlyMap<string, ShapedNode>): number {
  switch (node.op) {
    case "conv":
      // The shortcut's convolution ends a container.
      return node.id.endsWith(".shortcut") ? 2 : 1;
    case "norm": {
      if (node.id === "last.norm") return 1;
      const before = byId.get(node.from[0])?.node;
      const start = before && byId.get(before.from[0])?.node;
      // Norm, container and block, where ReLU, convolution and norm are a block.
      return start?.op === "activation" ? 3 : 2;
    }
    case "activation":
      return node.id === "last.relu" ? 2 : 1;
    case "averagePool":
      return node.id.endsWith(".pool") ? 1 : 2;
    case "add":
      // Nodes 1 and 2 of a cell are no modules.
      return /\.[12]$/.test(node.id) ? 0 : 1;
    default:
      return 0;
  }
}

/** Correlations of the channels (rows) of values channels x pixels; 0 for a constant channel, with itself too. */
export function channelCorrelations(values: Float64Array, channels: number): Float64Array {
  const pixels = values.length / channels;
  const unit = new Float64Array(values.length);
  for (let c = 0; c < channels; c++) {
    const row = values.subarray(c * pixels, (c + 1) * pixels);
    const mean = row.reduce((sum, value) => sum + value, 0) / pixels;
    const norm = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    if (norm > 0) row.forEach((value, k) => (unit[c * pixels + k] = (value - mean) / norm));
  }
  const matrix = new Float64Array(channels * channels);
  for (let a = 0; a < channels; a++)
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let k = 0; k < pixels; k++) product += unit[a * pixels + k] * unit[b * pixels + k];
      matrix[a * channels + b] = matrix[b * channels + a] = product;
    }
  return matrix;
}
