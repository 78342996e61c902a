import { permuted, type PermutationTest } from "../math/permutation.js";
import { rankVariable, spearmanRho } from "../math/rank.js";
import type { Rng } from "../rng.js";
import type { SupernetChoice, WeighedChoice } from "./supernet.js";

/** Layers of a network of the space, with its score (larger is better). */
export interface ScoredLayers {
  readonly layers: readonly { readonly activation: string; readonly skip: boolean }[];
  readonly score: number;
}

/** Whether gradient descent put its weight on the choices with the larger score. */
export interface SupernetVerdict {
  readonly choices: readonly WeighedChoice[];
  /** Spearman's correlation of weight and mean score over all choices, both as ranks within their group; weights are shuffled within groups. */
  readonly rho: PermutationTest;
  /** The network that takes the heaviest choice everywhere. */
  readonly derived: { readonly layers: ScoredLayers["layers"]; readonly score: number; readonly betterThan: number };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Weights of a layer's activations and of its skip (where it may have one), averaged over the seeds. */
function averaged(
  activations: readonly string[],
  weights: readonly (readonly SupernetChoice[])[],
): readonly { readonly shares: readonly number[]; readonly skip: number | undefined }[] {
  return weights[0].map((first, layer) => ({
    shares: activations.map((_, a) => mean(weights.map((seed) => seed[layer].activations[a]))),
    skip: first.skip === undefined ? undefined : mean(weights.map((seed) => seed[layer].skip!)),
  }));
}

/** The network that takes the heaviest choice everywhere. `weights`: of every seed; they are averaged. */
export const heaviestLayers = (
  activations: readonly string[],
  weights: readonly (readonly SupernetChoice[])[],
): ScoredLayers["layers"] =>
  averaged(activations, weights).map(({ shares, skip = 0 }) => ({
    activation: activations[shares.indexOf(Math.max(...shares))],
    skip: skip > 0.5,
  }));

/** `weights`: of every seed; they are averaged. `networks`: all of the space, or a sample. `scoreOf` scores the derived network. */
export function judgeSupernet(
  activations: readonly string[],
  weights: readonly (readonly SupernetChoice[])[],
  networks: readonly ScoredLayers[],
  scoreOf: (layers: ScoredLayers["layers"]) => number,
  rng: Rng,
): SupernetVerdict {
  const meanScore = (has: (network: ScoredLayers) => boolean): number =>
    mean(networks.filter(has).map(({ score }) => score));
  const groups: WeighedChoice[][] = [];
  averaged(activations, weights).forEach(({ shares, skip }, layer) => {
    groups.push(
      activations.map((choice, a) => ({
        ...{ layer: layer + 1, choice, weight: shares[a] },
        meanScore: meanScore((network) => network.layers[layer].activation === choice),
      })),
    );
    if (skip === undefined) return;
    groups.push(
      [true, false].map((on) => ({
        ...{ layer: layer + 1, choice: on ? "skip" : "no skip", weight: on ? skip : 1 - skip },
        meanScore: meanScore((network) => network.layers[layer].skip === on),
      })),
    );
  });
  const within = (values: readonly number[]): number[] =>
    values.map((value) => values.filter((other) => other < value).length / (values.length - 1));
  const x = groups.flatMap((group) => within(group.map(({ meanScore: score }) => score)));
  const ranked = groups.map((group) => within(group.map(({ weight }) => weight)));
  const first = rankVariable(x);
  const statistic = (): number => spearmanRho(first, rankVariable(ranked.flat()));
  const rho = permuted(statistic(), 9999, () => {
    for (const group of ranked) rng.shuffle(group);
    return statistic();
  });
  const layers = heaviestLayers(activations, weights);
  const score = scoreOf(layers);
  const betterThan = networks.filter((network) => network.score < score).length / networks.length;
  return { choices: groups.flat(), rho, derived: { layers, score, betterThan } };
}
