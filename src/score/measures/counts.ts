import { shapedNodes, type GraphArchitecture } from "../../arch/graph.js";
import type { NetworkCost } from "../../spaces/topology-cost.js";
import type { MeasureGroup, MeasureInfo } from "./measure.js";

const counted = "Counted on the network without operations that cannot be reached";

const info = (name: keyof NetworkCost, label: string, what: string): MeasureInfo => ({
  name,
  label,
  direction: "larger",
  needs: { labels: false, images: false, backward: false },
  card: `${counted}: ${what}.`,
});

/** Sizes of the network: what every other measure must beat. */
export const countsGroup: MeasureGroup = {
  id: "counts",
  measures: [
    info("flops", "FLOPs", "millions of multiply-adds of convolutions and dense layers for one image"),
    info("params", "parameters", "weights, gains, shifts and biases"),
    info("layers", "trainable layers", "convolutions and dense layers"),
    info("skips", "skips", "inputs of a sum that are a sum, or the stem, themselves"),
  ],
  compute: ({ architecture }) => ({ ...graphCost(architecture) }),
};

/** Size of any graph network, counted as NATS-Bench counts (see `topologyCost`). */
export function graphCost(architecture: GraphArchitecture): NetworkCost {
  let [params, multiplyAdds, layers, skips] = [0, 0, 0, 0];
  const sums = new Set<string>(["stem.norm"]);
  for (const { node, inputs, shape } of shapedNodes(architecture)) {
    const [from] = inputs;
    if (node.op === "norm" || node.op === "layerNorm") params += 2 * shape[0];
    else if (node.op === "add") {
      sums.add(node.id);
      skips += node.from.filter((id) => sums.has(id)).length;
    } else if (node.op === "conv" || node.op === "dense") {
      const weights = shape[0] * from[0] * (node.op === "conv" ? node.kernel ** 2 / (node.groups ?? 1) : 1);
      const biases = node.bias ? shape[0] : 0;
      params += weights + biases;
      multiplyAdds += (weights + biases) * (shape.length === 3 ? shape[1] * shape[2] : 1);
      layers++;
    }
  }
  return { params, flops: multiplyAdds / 1e6, layers, skips };
}
