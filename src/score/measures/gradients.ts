import { crossEntropy } from "../../kernels/finite/loss.js";
import { gramMatrix } from "../../math/linalg.js";
import type { MeasureGroup } from "./measure.js";
import { drawnWeights, measurePass } from "./measure-pass.js";
import { isLayerWeight, layerWeights, sumOf, zeroCost } from "./passes.js";
import { solverOf } from "./solver.js";

const samples = 64;
/** What HNAS's code gives a network whose condition number is not a number. */
const noCondition = 1e5;
/** Least eigenvalues below this part of the greatest are rounding. */
const singular = 1e-12;

const labelled = { labels: true, images: true, backward: true };

/** Everything that one forward pass of 64 images and three reverse passes tell. */
export const gradientGroup: MeasureGroup = {
  id: "gradients",
  measures: [
    {
      name: "grad_norm",
      label: "grad norm",
      direction: "larger",
      needs: labelled,
      card: `Sum over layers of the norm of the gradient of the cross-entropy; ${zeroCost} (Abdelfattah et al. 2021).`,
    },
    {
      name: "snip",
      label: "SNIP",
      direction: "larger",
      needs: labelled,
      card: `Sum of |w dL/dw| of the cross-entropy; ${zeroCost} (Lee et al. 2019, as Abdelfattah et al. 2021).`,
    },
    {
      name: "plain",
      label: "plain",
      direction: "larger",
      needs: labelled,
      card: `Sum of w dL/dw of the cross-entropy, with its sign; ${zeroCost} (Abdelfattah et al. 2021).`,
    },
    {
      name: "l2_norm",
      label: "L2 norm",
      direction: "larger",
      needs: { labels: false, images: false, backward: false },
      card: `Sum over layers of the norm of the weights; ${zeroCost} (Abdelfattah et al. 2021).`,
    },
    {
      name: "jacob_cov",
      label: "jacob_cov",
      direction: "larger",
      needs: { labels: false, images: true, backward: true },
      card:
        "-sum(log(v + 1e-5) + 1/(v + 1e-5)) over the eigenvalues v of the correlation matrix of the images' gradients of the " +
        `sum of all outputs by the data; ${zeroCost.replace(/, weights.*/, "")} (Mellor et al. 2020, as NASLib's jacov). ` +
        "Images without a gradient count as equal to each other.",
    },
    {
      name: "nasi_trace",
      label: "NASI / HNAS trace",
      direction: "larger",
      needs: labelled,
      card:
        "sqrt(trace / n) of the kernel of what each image adds to the gradient of the sum of the true classes' outputs; " +
        `${zeroCost} (Shu et al. 2022, HNAS's code).`,
    },
    {
      name: "hnas_kappa",
      label: "HNAS condition number",
      direction: "smaller",
      needs: labelled,
      card:
        `Condition number of the kernel of nasi_trace; ${zeroCost} (Shu et al. 2022, HNAS's code). 1e5 for a kernel of zeros, ` +
        "as there; at most 1e12.",
    },
  ],
  compute(context) {
    const { n, inputs, labels } = context.batch(samples);
    const pass = measurePass(context, context.architecture, n, { read: ["input"] });
    const parameters = drawnWeights(context, "pytorch")(pass.graph, 0);
    const weights = layerWeights(pass.graph);
    const outputs = pass.forward(inputs, parameters);
    const total = (of: (index: number) => number): number => weights.reduce((sum, index) => sum + of(index), 0);
    const norm = (values: Float64Array): number => Math.sqrt(sumOf(values, (value) => value * value));

    pass.backward(crossEntropy(outputs, labels, n).cotangent);
    const gradients = new Map(weights.map((index) => [index, pass.gradient(index)]));
    const product = (index: number, of: (value: number) => number): number =>
      sumOf(gradients.get(index)!, (value, at) => of(value * parameters[index][at]));

    pass.backward(new Float64Array(outputs.length).fill(1));
    const jacobian = pass.inputGradient();

    const classes = outputs.length / n;
    const trueOutputs = outputs.map((_, at) => (at % classes === labels[Math.floor(at / classes)] ? 1 : 0));
    const { trace, kappa } = kernelTerms(pass.sampleGram(trueOutputs, isLayerWeight), n);
    return {
      grad_norm: total((index) => norm(gradients.get(index)!)),
      snip: total((index) => product(index, Math.abs)),
      plain: total((index) => product(index, (value) => value)),
      l2_norm: total((index) => norm(parameters[index])),
      jacob_cov: jacobianCorrelation(jacobian, n),
      nasi_trace: trace,
      hnas_kappa: kappa,
    };
  },
};

/** HNAS's two terms of a kernel: sqrt(trace / n) and the condition number. */
function kernelTerms(kernel: Float64Array, n: number): { readonly trace: number; readonly kappa: number } {
  const solver = solverOf(n);
  solver.matrix.set(kernel);
  const trace = Math.sqrt(Math.max(0, solver.trace()) / n);
  if (trace === 0) return { trace, kappa: noCondition };
  const values = solver.eigenvalues();
  return { trace, kappa: values[n - 1] / Math.max(values[0], singular * values[n - 1]) };
}

/**
 * -sum(log(v + k) + 1/(v + k)), k = 1e-5, over the eigenvalues v of the rows' correlation matrix. Rows that do not vary are
 * taken as equal to each other and uncorrelated with the rest, where a correlation is not defined.
 */
export function jacobianCorrelation(rows: Float64Array, n: number): number {
  const size = rows.length / n;
  const centred = rows.slice();
  const constant: number[] = [];
  for (let i = 0; i < n; i++) {
    const row = centred.subarray(i * size, (i + 1) * size);
    const mean = sumOf(row, (value) => value) / size;
    const norm = Math.sqrt(sumOf(row, (value) => (value - mean) ** 2));
    if (norm === 0) constant.push(i);
    for (let at = 0; at < size; at++) row[at] = norm === 0 ? 0 : (row[at] - mean) / norm;
  }
  const solver = solverOf(n);
  solver.matrix.set(gramMatrix(centred, n, size));
  for (const i of constant) for (const j of constant) solver.matrix[i * n + j] = 1;
  const k = 1e-5;
  return -sumOf(solver.eigenvalues(), (value) => {
    const moved = Math.max(value, 0) + k;
    return Math.log(moved) + 1 / moved;
  });
}
