import { CellChain } from "../../arch/cell-chain.js";
import type { CellOperation } from "../../arch/cells.js";
import type { GraphArchitecture } from "../../arch/graph.js";
import { AppError } from "../../errors.js";
import { NetworkPass } from "../../kernels/finite/pass.js";
import { rng } from "../../rng.js";
import { distinctCodes, type ActivationCodes } from "./activation-codes.js";
import { dependsOnData, drawnWeights, relusOf } from "./measure-pass.js";
import type { MeasureContext, MeasureGroup } from "./measure.js";
import { ntkGroup } from "./ntk.js";

const source = "TE-NAS (Chen, Gong, Wang 2021)";

/**
 * Condition number of the NTK as TE-NAS has it, of one network: gradients of the sum of an image's outputs by all weights and
 * norm gains, through batch statistics that couple the images. One reverse pass for every image: slow.
 */
export function teNasKappaGroup(batch = 64): MeasureGroup {
  const kernel = ntkGroup("kappa", { batch, bn: "coupled", output: "sum", init: "pytorch", params: "weights" });
  return {
    id: "te_nas_kappa",
    measures: [
      {
        name: "te_nas_kappa",
        label: "TE-NAS condition number",
        direction: "smaller",
        needs: { labels: false, images: true, backward: true },
        card:
          `lambda_max / lambda_min of the kernel of gradients of the sum of logits by weights and norm gains; ${batch} images, ` +
          `PyTorch's initialisation, batch normalisation in train mode, differentiated through; infinity when lambda_min is ` +
          `not positive. ${source}, for one network instead of its supernet, as AZ-NAS ports it.`,
      },
    ],
    compute: (context) => ({ te_nas_kappa: kernel.compute(context).kappa_cond }),
  };
}

/** What linear regions are counted on. */
export interface RegionOptions {
  /** Batches, each with statistics of its own. */
  readonly batches: number;
  /** Crops a batch. */
  readonly samples: number;
  /** Images that crops are taken from. */
  readonly images: number;
}

const side = 3;

/** Number of linear regions that crops of 3 x 3 pixels fall into, of a cell's one-channel network. */
export function teNasRegionsGroup(options: Partial<RegionOptions> = {}): MeasureGroup {
  const { batches, samples, images } = { batches: 3, samples: 1000, images: 128, ...options };
  return {
    id: "te_nas_regions",
    measures: [
      {
        name: "te_nas_regions",
        label: "TE-NAS linear regions",
        direction: "larger",
        needs: { labels: false, images: true, backward: false },
        card:
          `Number of different on/off patterns of all ReLUs over ${batches} batches of ${samples} random 3 x 3 crops of one channel of ` +
          `${images} images; one cell of one channel without stem, norm, ReLU; PyTorch's initialisation, batch normalisation ` +
          `in train mode, float64. ${source}.`,
      },
    ],
    compute(context) {
      if (context.operations === undefined) {
        throw new AppError("space", "Linear regions of TE-NAS are of a cell; this network is not made of one.", {
          hint: "Use the topology space, or another measure.",
        });
      }
      const thin = thinNetwork(context.operations, context.classes);
      if (!dependsOnData(thin)) return { te_nas_regions: 1 };
      const crops = Array.from({ length: batches }, (_, k) => randomCrops(context, samples, images, k));
      const relus = [...relusOf(thin).keys()];
      const pass = new NetworkPass(thin, samples, { read: relus });
      return {
        te_nas_regions: linearRegions(pass, relus, crops, drawnWeights(context, "pytorch")(pass.graph, 0)),
      };
    },
  };
}

/** TE-NAS's thin network of a cell: the cell with one channel on 3 x 3 pixels, then norm, ReLU, mean, dense layer. */
export function thinNetwork(operations: readonly CellOperation[], classes: number): GraphArchitecture {
  const chain = new CellChain();
  const output = chain.head(chain.cell("cell", operations, "input", 1), classes);
  return { kind: "graph", input: [1, side, side], nodes: chain.nodes, output };
}

/** Different patterns of these ReLUs over all batches. */
export function linearRegions(
  pass: NetworkPass,
  relus: readonly string[],
  batches: readonly Float64Array[],
  parameters: readonly Float64Array[],
): number {
  const codes = batches.map((inputs) => {
    pass.forward(inputs, parameters);
    return relus.map((id) => pass.positive(id));
  });
  return distinctCodes(
    relus.map((_, layer) => together(codes.map((batch) => batch[layer]))),
    pass.n * batches.length,
  );
}

const together = (parts: readonly ActivationCodes[]): ActivationCodes => {
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.forEach((part, k) => {
    words.set(part, k * part.length);
  });
  return words;
};

/** `count` crops of random images at random places, all of one random channel. */
function randomCrops(context: MeasureContext, count: number, images: number, part: number): Float64Array {
  const { seed, draw } = context;
  const [channels, height, width] = context.shape;
  const { n, inputs } = context.batch(images);
  const channel = rng(seed, "crops", draw).integer(channels);
  const generator = rng(seed, "crops", draw, part);
  const crops = new Float64Array(count * side * side);
  for (let k = 0, at = 0; k < count; k++) {
    const plane = (generator.integer(n) * channels + channel) * height * width;
    const [top, left] = [generator.integer(height - side + 1), generator.integer(width - side + 1)];
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) crops[at++] = inputs[plane + (top + y) * width + left + x];
  }
  return crops;
}
