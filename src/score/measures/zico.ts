import { crossEntropy } from "../../kernels/finite/loss.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { layerWeights, slice, sumOf } from "./passes.js";

const samples = 64;
const batches = 2;

/** Mean over deviation of gradients from batch to batch. */
export const zicoGroup: MeasureGroup = {
  id: "zico",
  measures: [
    {
      name: "zico",
      label: "ZiCo",
      direction: "larger",
      needs: { labels: true, images: true, backward: true },
      card:
        "Sum over convolutions and dense layers of log(sum over weights of mean|g| / std(g)), g the gradients of the cross-entropy " +
        "of 2 batches of 64 images; weights whose gradients do not differ are left out; PyTorch's default weights, batch " +
        "normalisation in train mode (Li et al. 2023 and its code).",
    },
  ],
  compute(context) {
    const images = context.batch(samples * batches);
    const n = images.n / batches;
    const pass = measurePass(context, context.architecture, n);
    const parameters = drawnWeights(context, "pytorch")(pass.graph, 0);
    const weights = layerWeights(pass.graph);
    const gradients = Array.from({ length: batches }, (_, b) => {
      const { inputs, labels } = slice(images, b * n, n);
      pass.backward(crossEntropy(pass.forward(inputs, parameters), labels, n).cotangent);
      return weights.map((index) => pass.gradient(index));
    });
    return { zico: weights.reduce((sum, _, k) => sum + layerTerm(gradients.map((batch) => batch[k])), 0) };
  },
};

/** log of the sum over weights of mean|g| / std(g); 0 for a layer without varying gradients. */
function layerTerm(gradients: readonly Float64Array[]): number {
  const count = gradients.length;
  const total = sumOf(gradients[0], (_, at) => {
    const values = gradients.map((gradient) => gradient[at]);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    return deviation === 0 ? 0 : values.reduce((sum, value) => sum + Math.abs(value), 0) / count / deviation;
  });
  return total === 0 ? 0 : Math.log(total);
}
