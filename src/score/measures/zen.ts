import { shapedNodes, type GraphArchitecture } from "../../arch/graph.js";
import type { NetworkPass } from "../../kernels/finite/pass.js";
import { dependsOnData, drawnWeights, measurePass, noiseImages, type Weights } from "./measure-pass.js";
import type { MeasureGroup } from "./measure.js";

/** How Zen's expectation is sampled. */
export interface ZenOptions {
  /** Noise images. */
  readonly batch: number;
  /** Draws of weights and noise that are averaged. */
  readonly repeats: number;
}

const perturbation = 0.01;
const momentum = 0.1;

/** Zen-score (Lin et al. 2021). */
export function zenGroup(options: Partial<ZenOptions> = {}): MeasureGroup {
  const { batch, repeats } = { batch: 16, repeats: 32, ...options };
  return {
    id: "zen",
    measures: [
      {
        name: "zen",
        label: "Zen-score",
        direction: "larger",
        needs: { labels: false, images: false, backward: false },
        card:
          `log mean_i ||phi(x_i) - phi(x_i + 0.01 x'_i)||_1 + sum over norms of log sqrt(mean running variance); phi the features before ` +
          `the mean over pixels, x and x' ${batch} images of N(0,1) noise, weights N(0,1), batch normalisation in train mode with ` +
          `running variances of momentum 0.1 that start at 1 and go on over repeats; mean of ${repeats} repeats; -infinity for a ` +
          `network that does not depend on its input (Lin et al. 2021).`,
      },
    ],
    compute(context) {
      if (!dependsOnData(context.architecture)) return { zen: -Infinity };
      const pass = measurePass(context, context.architecture, batch, { read: zenReads(context.architecture) });
      const noise = (name: string) => noiseImages(context, batch, name);
      const pairs = Array.from({ length: repeats }, (_, k) => [noise(`zen${k}`), noise(`zen${k}'`)] as const);
      return { zen: zenScore(pass, context.architecture, pairs, drawnWeights(context, "normal")) };
    },
  };
}

/** Nodes that a pass must keep: the features, and what the norms read. */
export const zenReads = (architecture: GraphArchitecture): string[] => [
  featuresOf(architecture),
  ...normInputs(architecture),
];

/** The mean over pairs (x, x') of noise; repeat k has the weights of `weights(graph, k)`. */
export function zenScore(
  pass: NetworkPass,
  architecture: GraphArchitecture,
  pairs: readonly (readonly [Float64Array, Float64Array])[],
  weights: Weights,
): number {
  const features = featuresOf(architecture);
  const channels = new Map(shapedNodes(architecture).map(({ node, shape }) => [node.id, shape[0]]));
  const running = new Map(normInputs(architecture).map((id) => [id, new Float64Array(channels.get(id)!).fill(1)]));
  const scores = pairs.map(([x, other], repeat) => {
    const parameters = weights(pass.graph, repeat);
    const ahead = (inputs: Float64Array): Float64Array => {
      pass.forward(inputs, parameters);
      for (const [id, variances] of running) update(variances, pass.value(id), pass.n);
      return pass.value(features);
    };
    const clean = ahead(x);
    const moved = ahead(x.map((value, at) => value + perturbation * other[at]));
    let distance = 0;
    for (let at = 0; at < clean.length; at++) distance += Math.abs(clean[at] - moved[at]);
    let scaling = 0;
    for (const variances of running.values()) scaling += Math.log(mean(variances)) / 2;
    return Math.log(distance / pass.n) + scaling;
  });
  return mean(Float64Array.from(scores));
}

/** The node that is averaged over pixels. */
function featuresOf(architecture: GraphArchitecture): string {
  const pool = shapedNodes(architecture).findLast(({ node }) => node.op === "globalAverage");
  return pool?.node.from[0] ?? architecture.output;
}

const normInputs = (architecture: GraphArchitecture): string[] =>
  shapedNodes(architecture).flatMap(({ node }) => (node.op === "norm" ? [node.from[0]] : []));

/** Moves running variances towards the unbiased ones of values n x channels x pixels. */
function update(variances: Float64Array, values: Float64Array, n: number): void {
  const channels = variances.length;
  const area = values.length / (n * channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      for (let k = 0, at = (i * channels + c) * area; k < area; k++, at++) {
        sum += values[at];
        squares += values[at] * values[at];
      }
    }
    const count = n * area;
    const unbiased = (squares - (sum * sum) / count) / (count - 1);
    variances[c] += momentum * (unbiased - variances[c]);
  }
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
