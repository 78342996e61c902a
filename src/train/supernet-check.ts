import { defaultPermutations, permuted, type PermutationTest } from "../math/permutation.js";
import { rankVariable, spearmanRho } from "../math/rank.js";
import type { Rng } from "../rng.js";
import type { SupernetChoice } from "./supernet.js";

/** Layers of a network of the space, with its score. */
export interface ScoredLayers {
  readonly layers: readonly { readonly activation: string; readonly skip: boolean }[];
  readonly score: number;
}

/** Scores of a space, as the metric gives them. */
export interface ScoredSpace {
  /** All of its networks, or a sample. */
  readonly networks: readonly ScoredLayers[];
  /** Score of the network that takes the heaviest choice everywhere; NaN when it has none. */
  readonly derived: number;
  readonly better: "higher" | "lower";
}

/** A choice in a layer: its weight after training, and the mean score of the networks of the space that have it. */
export interface WeighedChoice {
  readonly layer: number;
  readonly choice: string;
  readonly weight: number;
  readonly meanScore: number;
}

/** Whether gradient descent put its weight on the choices with the larger score. */
export interface SupernetVerdict {
  readonly choices: readonly WeighedChoice[];
  /** Spearman's correlation of weight and mean score over all choices, both as ranks within their group; weights are shuffled within groups. */
  readonly rho: PermutationTest;
  /** The network that takes the heaviest choice everywhere, and the share of the networks whose score is worse. */
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

/** Holds the weights against the scores. `weights`: of every seed; they are averaged. */
export function judgeSupernet(
  activations: readonly string[],
  weights: readonly (readonly SupernetChoice[])[],
  { networks, derived, better }: ScoredSpace,
  rng: Rng,
): SupernetVerdict {
  const groups = weighedChoices(activations, weights, networks);
  const scores = rankVariable(groups.flatMap((group) => shareBelow(group.map(({ meanScore }) => meanScore))));
  const shares = groups.map((group) => shareBelow(group.map(({ weight }) => weight)));
  const statistic = (): number => spearmanRho(scores, rankVariable(shares.flat()));
  const rho = permuted(statistic(), defaultPermutations, () => {
    for (const group of shares) rng.shuffle(group);
    return statistic();
  });
  const worse = networks.filter(({ score }) => (better === "higher" ? score < derived : score > derived));
  return {
    choices: groups.flat(),
    rho,
    derived: {
      layers: heaviestLayers(activations, weights),
      score: derived,
      betterThan: worse.length / networks.length,
    },
  };
}

/** The choices by what excludes each other: activations of a layer, then its skip where it may have one. */
function weighedChoices(
  activations: readonly string[],
  weights: readonly (readonly SupernetChoice[])[],
  networks: readonly ScoredLayers[],
): WeighedChoice[][] {
  const meanScore = (has: (network: ScoredLayers) => boolean): number =>
    mean(networks.filter(has).map(({ score }) => score));
  return averaged(activations, weights).flatMap(({ shares, skip }, layer) => {
    const own = activations.map((choice, a) => ({
      ...{ layer: layer + 1, choice, weight: shares[a] },
      meanScore: meanScore((network) => network.layers[layer].activation === choice),
    }));
    if (skip === undefined) return [own];
    const skips = [true, false].map((on) => ({
      ...{ layer: layer + 1, choice: on ? "skip" : "no skip", weight: on ? skip : 1 - skip },
      meanScore: meanScore((network) => network.layers[layer].skip === on),
    }));
    return [own, skips];
  });
}

/** Rank of each value within its group, as the share of the others that are smaller. */
const shareBelow = (values: readonly number[]): number[] =>
  values.map((value) => values.filter((other) => other < value).length / (values.length - 1));
