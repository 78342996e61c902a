import { shapedNodes } from "../../arch/graph.js";
import { sizeOf } from "../../kernels/finite/ir.js";
import { crossEntropy } from "../../kernels/finite/loss.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { sumOf, zeroCost } from "./passes.js";

const samples = 64;

/** Fisher pruning's saliency of every channel that a convolution or dense layer makes. */
export const fisherGroup: MeasureGroup = {
  id: "fisher",
  measures: [
    {
      name: "fisher",
      label: "Fisher",
      direction: "larger",
      needs: { labels: true, images: true, backward: true },
      card:
        "Sum over convolutions and dense layers, channels and the weights of each of (1/2) mean over images of (sum over pixels " +
        `of a dL/da)^2, a being the layer's output and L the cross-entropy; ${zeroCost} (Turner et al. 2020, as Abdelfattah et al. 2021).`,
    },
  ],
  compute(context) {
    const { n, inputs, labels } = context.batch(samples);
    const read = shapedNodes(context.architecture)
      .filter(({ node }) => node.op === "conv" || node.op === "dense")
      .map(({ node }) => node.id);
    const pass = measurePass(context, context.architecture, n, { read });
    const outputs = pass.forward(inputs, drawnWeights(context, "pytorch")(pass.graph, 0));
    pass.backward(crossEntropy(outputs, labels, n).cotangent);
    const weights = new Map(pass.graph.parameters.map(({ name, shape }) => [name, shape]));
    let fisher = 0;
    for (const id of read) {
      const shape = weights.get(`${id}.weight`)!;
      const ofChannel = sizeOf(shape.slice(1));
      fisher += (ofChannel * sumOf(pass.saliency(id), (value) => value * value)) / (2 * n);
    }
    return { fisher };
  },
};
