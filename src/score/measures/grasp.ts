import { crossEntropy } from "../../kernels/finite/loss.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { layerWeights, sumOf, zeroCost } from "./passes.js";

const samples = 64;
/** Relative steps of the weights, for float64 and float32: where rounding and the next term of the series balance. */
const steps = { reference: 1e-3, compiled: 1e-2 };

/** Gradient signal preservation. */
export const graspGroup: MeasureGroup = {
  id: "grasp",
  measures: [
    {
      name: "grasp",
      label: "GraSP",
      direction: "larger",
      needs: { labels: true, images: true, backward: true },
      card:
        "-w'Hg, g and H gradient and Hessian of the cross-entropy, ReLUs' slopes held: by central differences of g'dL/dw along " +
        `w, twice (Richardson); ${zeroCost} (Wang et al. 2020, with the sign of Abdelfattah et al. 2021).`,
    },
  ],
  compute(context) {
    const { n, inputs, labels } = context.batch(samples);
    const pass = measurePass(context, context.architecture, n, { hold: true });
    const { parameters: all } = pass.graph;
    const own = all.length / 2;
    const parameters = drawnWeights(context, "pytorch")({ ...pass.graph, parameters: all.slice(0, own) }, 0);
    const weights = layerWeights(pass.graph).filter((index) => index < own);
    const gradientAt = (factor: number): Float64Array[] => {
      const moved = parameters.map((values, index) =>
        weights.includes(index) ? values.map((value) => value * factor) : values,
      );
      pass.backward(crossEntropy(pass.forward(inputs, [...moved, ...parameters]), labels, n).cotangent);
      return weights.map((index) => pass.gradient(index));
    };
    const gradient = gradientAt(1);
    const along = (factor: number): number =>
      gradientAt(factor).reduce((sum, moved, k) => sum + sumOf(moved, (value, at) => value * gradient[k][at]), 0);
    const difference = (step: number): number => (along(1 + step) - along(1 - step)) / (2 * step);
    const step = context.engine === undefined ? steps.reference : steps.compiled;
    return { grasp: (difference(2 * step) - 4 * difference(step)) / 3 };
  },
};
