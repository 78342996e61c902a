import { readLayers, weightKernels } from "./layer-reading.js";
import { measureKernel } from "./measure-kernel.js";
import type { MeasureGroup, MeasureInfo } from "./measure.js";
import { defaultNtk } from "./ntk.js";

export const layerNtkId = "ntk_layer";

const settings = { bn: "instance", output: "sum", params: "weights", init: "pytorch", parts: true } as const;

const cardOf = (batch: number): string =>
  [
    `Each weight tensor's own kernel K_l of gradients of the sum of the outputs on ${batch} images, divided by its mean eigenvalue tr(K_l)/n`,
    "batch normalisation by statistics of each image, differentiated through (instance)",
    "initialisation pytorch; dense and convolution weights; eigenvalues in float64",
  ].join("; ");

const measures = [
  { name: "ntk_layer_lmin", label: "NTK sum of layers' lambda_min / (trace / n)" },
  { name: "ntk_layer_logdet", label: "NTK mean log eigenvalue of layers, trace normalised" },
  { name: "ntk_lnorm_lmin", label: "lambda_min of the layer-normalised NTK" },
  { name: "ntk_lnorm_lmin_norm", label: "lambda_min / (trace / n) of the layer-normalised NTK" },
] as const;

/**
 * Measures of the layer-normalised NTK on `batch` images. Weights before a batch normalisation may be rescaled without
 * changing the function, which rescales their kernels alone; a plain sum of kernels weighs layers by that accident, and by
 * how much gradients explode on the way. Divided by its mean eigenvalue each layer counts once.
 */
export function layerNtkGroup(batch = defaultNtk.batch): MeasureGroup {
  const card = cardOf(batch);
  return {
    id: layerNtkId,
    measures: measures.map(({ name, label }): MeasureInfo => ({
      name,
      label,
      direction: "larger",
      needs: { labels: false, images: true, backward: true },
      card,
    })),
    compute: (context) => {
      const { parts } = measureKernel(context, context.batch(batch), settings);
      const read = readLayers(weightKernels(parts), batch);
      return {
        ntk_layer_lmin: read.lambdaMinSum,
        ntk_layer_logdet: read.logDetMean,
        ntk_lnorm_lmin: read.joint,
        ntk_lnorm_lmin_norm: read.jointNormalized,
      };
    },
  };
}
