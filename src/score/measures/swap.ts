import type { NetworkPass } from "../../kernels/finite/pass.js";
import { addUnitPatterns } from "./activation-codes.js";
import { dependsOnData, drawnWeights, measurePass, relusOf, unitsOf, type Weights } from "./measure-pass.js";
import type { MeasureGroup } from "./measure.js";

/** How the expectation of SWAP is sampled; at most 32 images. */
export interface SwapOptions {
  readonly batch: number;
  readonly repeats: number;
}

/** SWAP-score without its size term (Peng et al. 2024): how many different on/off patterns over the images units have. */
export function swapGroup(options: Partial<SwapOptions> = {}): MeasureGroup {
  const { batch, repeats } = { batch: 16, repeats: 32, ...options };
  return {
    id: "swap",
    measures: [
      {
        name: "swap",
        label: "SWAP-score",
        direction: "larger",
        needs: { labels: false, images: true, backward: false },
        card:
          `Number of different patterns (which of ${batch} images turn a ReLU unit on) over all units of ReLUs on images; weights ` +
          `N(0,1), batch normalisation in train mode; mean of ${repeats} draws of the weights; without the size term (Peng et al. 2024).`,
      },
    ],
    compute(context) {
      if (!dependsOnData(context.architecture)) return { swap: 1 };
      const relus = [...relusOf(context.architecture).keys()];
      const { n, inputs } = context.batch(batch);
      const pass = measurePass(context, context.architecture, n, { read: relus });
      return { swap: swapScore(pass, relus, inputs, drawnWeights(context, "normal"), repeats) };
    },
  };
}

/** Mean number of different patterns over draws of the weights. */
export function swapScore(
  pass: NetworkPass,
  relus: readonly string[],
  inputs: Float64Array,
  weights: Weights,
  repeats: number,
): number {
  let total = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    pass.forward(inputs, weights(pass.graph, repeat));
    const patterns = new Set<number>();
    for (const id of relus) addUnitPatterns(pass.positive(id), unitsOf(pass, id), pass.n, patterns);
    total += patterns.size;
  }
  return total / repeats;
}
