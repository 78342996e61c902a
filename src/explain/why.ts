import type { Effect, Effects } from "./effects.js";
import { layersOf } from "./layers.js";
import type { Explanation, LayerTerm, NearPair } from "./types.js";

/** Numbers as the caller prints them. */
export interface Wording {
  readonly number: (value: number) => string;
  /** How the score is called. */
  readonly score: string;
  readonly lambdaMin: string;
  /** What the evaluated architectures are; see `sampleOf`. */
  readonly sample: "all" | "random" | "chosen";
}

/**
 * Why a network is where it is, in three sentences made of the figures of its explanation and of the effects over the
 * run: what carries lambda_min and what limits it, what one change would do, and how its choices do elsewhere. The last is
 * left out when no run is given, the second when no neighbour was scored.
 */
export function whyOf(explanation: Explanation, effects: Effects | null, wording: Wording): readonly string[] {
  return [
    carried(explanation, wording),
    changed(explanation, wording),
    elsewhere(explanation, effects, wording),
  ].flatMap((sentence) => sentence ?? []);
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;

/** `layer 2 (tanh, skip)`, `the output layer`. */
export const termName = ({ layer, activation, skip }: LayerTerm): string =>
  layer === null ? "the output layer" : `layer ${layer} (${activation ?? ""}${skip ? ", with a skip" : ""})`;

function carried({ lambdaMin, terms, inputs }: Explanation, { number, lambdaMin: name }: Wording): string {
  const [first, second] = [...terms].sort((a, b) => b.value - a.value);
  const pair = inputs.pairs.at(0);
  if (!(lambdaMin > 0)) {
    return pair === undefined
      ? `Its ${name} is zero to rounding.`
      : `Its ${name} is zero to rounding: ${pairName(pair)}.`;
  }
  const share = (term: LayerTerm): string =>
    `${percent(term.share ?? 0)} comes from the weights of ${termName(term)}, which have ${percent(term.traceShare)} of the trace`;
  const layers =
    `Of its ${name} ${number(lambdaMin)}, ${share(first)}` +
    (terms.length > 1 ? `, and ${percent(second.share ?? 0)} from ${termName(second)}` : "");
  if (pair === undefined) return `${layers}.`;
  return pair.weight >= 0.5
    ? `${layers}; what limits it is one pair of inputs, ${pairName(pair)}, which alone allows at most ${number(pair.bound)}.`
    : `${layers}; what limits it is spread over about ${Math.round(inputs.participation)} of ${inputs.n} inputs, the nearest pair among the largest being ${pairName(pair)}.`;
}

const pairName = ({ inputs: [a, b], correlation, weight }: NearPair): string =>
  `rows ${a.row} and ${b.row} (correlation ${correlation.toFixed(4)}, ${percent(weight)} of the least eigenvector)`;

function changed({ neighbours, score }: Explanation, { number, score: name }: Wording): string | null {
  const scored = neighbours.flatMap((item) => (item.score === null ? [] : [{ ...item, score: item.score }]));
  if (scored.length === 0 || score.value === null) return null;
  const own = score.value;
  const [best, worst] = [scored[0], scored[scored.length - 1]];
  const improving = scored.filter(({ better }) => better === true).length;
  const head =
    improving === 0
      ? `No single change improves its ${name} ${number(own)}: the best of ${scored.length} (${best.change}) gives ${number(best.score)}`
      : `${improving} of ${scored.length} single changes would improve its ${name} ${number(own)}, most of all ${best.change} with ${number(best.score)}`;
  return scored.length === 1 ? `${head}.` : `${head}, and the most harmful (${worst.change}) ${number(worst.score)}.`;
}

const samples = {
  all: "Over the whole space",
  random: "Over the random sample that was evaluated",
  chosen: "Over the architectures that the search chose to evaluate, which are no random sample",
} as const;

function elsewhere(
  { genotype, score }: Explanation,
  effects: Effects | null,
  { number, score: name, sample }: Wording,
): string | null {
  const layers = layersOf(genotype);
  if (effects === null || layers === null || effects.count < 2) return null;
  const sign = score.better === "higher" ? 1 : -1;
  const choices = layers.flatMap(({ activation }, l) => {
    const options = effects.layers.at(l)?.activations ?? [];
    const own = options.find((option) => option.activation === activation);
    if (own === undefined || options.length < 2) return [];
    const rank = 1 + options.filter((option) => sign * (option.mean - own.mean) > 0).length;
    const sorted = options.filter((option) => option !== own).sort((x, y) => sign * (x.mean - y.mean));
    return [{ layer: l + 1, activation, own, rank, of: options.length, last: sorted[0] }];
  });
  const skips = layers.filter(({ skip }) => skip).length;
  const skipped = effects.skipCounts.find((item) => item.skips === skips);
  const average = `${effects.scale === "log" ? "geometric " : ""}mean`;
  const skipText =
    skipped === undefined || effects.skipCounts.length < 2
      ? null
      : `networks with ${skips} ${skips === 1 ? "skip" : "skips"} have the ${average} ${name} ${withInterval(skipped, number)} against ${number(effects.overall.mean)} of all`;
  if (choices.length === 0) return skipText === null ? null : `${samples[sample]}, ${skipText}.`;
  const right = choices.filter(({ rank }) => rank === 1).length;
  const strongest = [...choices].sort((a, b) => gap(b, effects, sign) - gap(a, effects, sign))[0];
  const choiceText =
    `its activation is the best on average at ${right} of ${choices.length} ${choices.length === 1 ? "layer" : "layers"}; it matters most on layer ${strongest.layer}, where ` +
    `${strongest.activation} has the ${average} ${withInterval(strongest.own, number)} (${ordinal(strongest.rank)} of ${strongest.of}) and ${strongest.last.activation} ${number(strongest.last.mean)}`;
  return `${samples[sample]}, ${choiceText}${skipText === null ? "" : `, and ${skipText}`}.`;
}

const withInterval = ({ mean, interval }: Effect, number: Wording["number"]): string =>
  interval === null ? number(mean) : `${number(mean)} [${number(interval[0])}, ${number(interval[1])}]`;

/** How far a choice lies before the worst other one, on the scale of the means. */
const gap = (
  { own, last }: { readonly own: Effect; readonly last: Effect },
  { scale }: Effects,
  sign: number,
): number => sign * (scale === "log" ? Math.log(own.mean / last.mean) : own.mean - last.mean);

const ordinal = (rank: number): string => ["first", "second", "third"].at(rank - 1) ?? `${rank}th`;
