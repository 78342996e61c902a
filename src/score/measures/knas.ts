import type { GraphArchitecture } from "../../arch/graph.js";
import { sizeOf, type GradientGraph } from "../../kernels/finite/ir.js";
import { crossEntropy } from "../../kernels/finite/loss.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { slice, sumOf } from "./passes.js";

const samples = 50;
/** What KNAS's code keeps of the gradients: tensors, and entries of each. */
const keptTensors = 11;
const keptEntries = 50;

const needs = { labels: true, images: true, backward: true };
const protocol =
  "50 images one by one, PyTorch's default weights, batch normalisation by each image's own statistics, cross-entropy";

/** KNAS's mean of gradients, as the paper defines it and as its code computes it. */
export const knasGroup: MeasureGroup = {
  id: "knas",
  measures: [
    {
      name: "knas",
      label: "KNAS (paper)",
      direction: "larger",
      needs,
      card: `Mean of the Gram matrix of the images' gradients by all parameters, |mean gradient|^2; ${protocol} (Xu et al. 2021).`,
    },
    {
      name: "knas_code",
      label: "KNAS (code)",
      direction: "larger",
      needs,
      card:
        "Sum over the first 11 tensors of at least 50 parameters and their first 50 entries of the covariance of the gradients of " +
        `images 1-25 with those of images 26-50, times 25/2500; ${protocol} (Xu et al. 2021, its published code).`,
    },
  ],
  compute(context) {
    const images = context.batch(samples);
    const pass = measurePass(context, context.architecture, 1, { bn: "instance" });
    const parameters = drawnWeights(context, "pytorch")(pass.graph, 0);
    const mean = pass.graph.parameters.map(({ shape }) => new Float64Array(sizeOf(shape)));
    const tensors = inOrder(pass.graph, context.architecture).filter((index) => mean[index].length >= keptEntries);
    const entries: Float64Array[][] = [];
    for (let i = 0; i < samples; i++) {
      const { inputs, labels } = slice(images, i, 1);
      pass.backward(crossEntropy(pass.forward(inputs, parameters), labels, 1).cotangent);
      const gradients = mean.map((_, index) => pass.gradient(index));
      gradients.forEach((gradient, index) => {
        const target = mean[index];
        for (let at = 0; at < target.length; at++) target[at] += gradient[at] / samples;
      });
      entries.push(tensors.slice(0, keptTensors).map((index) => gradients[index].slice(0, keptEntries)));
    }
    return {
      knas: mean.reduce((sum, gradient) => sum + sumOf(gradient, (value) => value * value), 0),
      knas_code: halvesProduct(entries),
    };
  },
};

/** Parameters in the order of the architecture's nodes, which is the order of the modules in PyTorch. */
function inOrder({ parameters }: GradientGraph, { nodes }: GraphArchitecture): number[] {
  const position = new Map(nodes.map(({ id }, index) => [id, index]));
  const of = (index: number): number => position.get(parameters[index].name.replace(/\.[a-z]+$/, ""))!;
  return parameters.map((_, index) => index).sort((a, b) => of(a) - of(b) || a - b);
}

/** Sum over tensors and entries of <a - mean(a), b - mean(b)> / 2500, a over the first half of the images, b over the second. */
function halvesProduct(entries: readonly (readonly Float64Array[])[]): number {
  const half = samples / 2;
  let total = 0;
  entries[0].forEach((first, tensor) => {
    for (let e = 0; e < first.length; e++) {
      const value = (i: number): number => entries[i][tensor][e];
      let [left, right, product] = [0, 0, 0];
      for (let i = 0; i < half; i++) {
        left += value(i);
        right += value(half + i);
        product += value(i) * value(half + i);
      }
      total += (product - (left * right) / half) / samples ** 2;
    }
  });
  return total;
}
