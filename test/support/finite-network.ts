import { activation } from "../../src/arch/activations/registry.js";
import { branchScale, depthOf, type Architecture, type ModelParameters } from "../../src/arch/architecture.js";
import type { FiniteSettings } from "../../src/score/finite-width.js";
import type { Rng } from "../../src/rng.js";

/**
 * NTK of one random network of finite width m, by plain loops over typed arrays (docs/theory.md 3.5):
 * (co/m) H H' + sum_l (c_l / fan_l) (H_{l-1} H_{l-1}') o (Q_l Q_l'), fan_1 = 1.
 */
export function finiteNtk(
  architecture: Architecture,
  rows: { readonly n: number; readonly d: number; readonly inputs: Float64Array },
  model: ModelParameters,
  width: number,
  generator: Rng,
): Float64Array {
  const { n, d, inputs } = rows;
  const tau = branchScale(model, depthOf(architecture));
  const hidden = architecture.layers.length;
  const features: Float64Array[] = [inputs];
  const slopes: Float64Array[] = [];
  const weights: Float64Array[] = [];
  architecture.layers.forEach(({ activation: name, skip }, l) => {
    const sigma = activation(name);
    const fan = l === 0 ? d : width;
    const scale = l === 0 ? Math.sqrt(model.c1) : Math.sqrt(model.c / width);
    const branch = l === 0 ? 1 : tau;
    const weight = Float64Array.from({ length: width * fan }, () => generator.normal());
    const output = new Float64Array(n * width);
    const slope = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < width; k++) {
        let g = 0;
        for (let j = 0; j < fan; j++) g += weight[k * fan + j] * features[l][i * fan + j];
        output[i * width + k] = branch * sigma.value(scale * g) + (skip && l > 0 ? features[l][i * width + k] : 0);
        slope[i * width + k] = branch * sigma.derivative(scale * g);
      }
    }
    weights.push(weight);
    features.push(output);
    slopes.push(slope);
  });
  const readout = Float64Array.from({ length: width }, () => generator.normal());
  const kernel = new Float64Array(n * n);
  addProduct(kernel, n, model.co / width, features[hidden], width);
  let delta = new Float64Array(n * width).map((_, at) => Math.sqrt(model.co / width) * readout[at % width]);
  for (let l = hidden - 1; l >= 0; l--) {
    const q = delta.map((value, at) => value * slopes[l][at]);
    const fan = l === 0 ? d : width;
    const scale = l === 0 ? model.c1 : model.c / width;
    addProduct(kernel, n, scale, features[l], fan, q, width);
    if (l === 0) break;
    const before = new Float64Array(n * width);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < width; k++) {
        const factor = Math.sqrt(model.c / width) * q[i * width + k];
        for (let j = 0; j < width; j++) before[i * width + j] += factor * weights[l][k * width + j];
      }
      if (architecture.layers[l].skip) for (let k = 0; k < width; k++) before[i * width + k] += delta[i * width + k];
    }
    delta = before;
  }
  return kernel;
}

/** kernel += scale (A A') o (B B'), or scale A A' without B. */
function addProduct(
  kernel: Float64Array,
  n: number,
  scale: number,
  a: Float64Array,
  columns: number,
  b?: Float64Array,
  width = 0,
): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let x = 0;
      for (let k = 0; k < columns; k++) x += a[i * columns + k] * a[j * columns + k];
      let y = b === undefined ? 1 : 0;
      if (b !== undefined) for (let k = 0; k < width; k++) y += b[i * width + k] * b[j * width + k];
      kernel[i * n + j] += scale * x * y;
    }
  }
}

/** Four draws at width 64 of a network with one output, in NTK parameterisation. */
export const finiteSettings: FiniteSettings = {
  width: 64,
  draws: 4,
  seed: 3,
  init: "ntk",
  params: "weights",
  parameterisation: "ntk",
  output: "sum",
  outputs: 1,
};
