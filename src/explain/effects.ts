import { student95 } from "../math/student.js";
import { layersOf } from "./layers.js";

/** An evaluated architecture as effects see it. */
export interface ScoredGenotype {
  readonly genotype: string;
  readonly score: number | null;
}

/** The marginal mean of one choice: over all evaluated architectures that make it, whatever their other choices. */
export interface Effect {
  readonly count: number;
  /** Arithmetic, or geometric on a logarithmic scale. */
  readonly mean: number;
  /** 95 % confidence interval of the mean by Student's t; null for fewer than two architectures. */
  readonly interval: readonly [number, number] | null;
}

/** The choices at one hidden layer. */
export interface LayerEffects {
  /** From 1 on. */
  readonly layer: number;
  readonly activations: readonly (Effect & { readonly activation: string })[];
  /** Without a skip, then with one; only the choices that were evaluated. */
  readonly skips: readonly (Effect & { readonly skip: boolean })[];
}

/** The effect of each choice over the evaluated architectures of a run. */
export interface Effects {
  /** Architectures with a score. */
  readonly count: number;
  /** `log`: geometric means, since the scores are positive and spread over more than a decade. */
  readonly scale: "linear" | "log";
  readonly overall: Effect;
  readonly layers: readonly LayerEffects[];
  readonly skipCounts: readonly (Effect & { readonly skips: number })[];
  readonly depths: readonly (Effect & { readonly depth: number })[];
}

/**
 * Marginal means of the score by layer and activation, by skip, by number of skips and by depth; null when nothing was
 * scored or the genotypes are no layered networks. The interval takes the architectures for a random sample of those
 * that make the choice: true for a random search, harmless for a whole space, and wrong for a search that looks where
 * scores are good (see `sampleOf`). Activations come in the given order, others after it as they were met.
 */
export function effectsOf(rows: readonly ScoredGenotype[], order: readonly string[] = []): Effects | null {
  const scored = rows.flatMap(({ genotype, score }) => {
    const layers = score === null || !Number.isFinite(score) ? null : layersOf(genotype);
    return layers === null || score === null ? [] : [{ layers, score }];
  });
  if (scored.length === 0) return null;
  const scale = scaleOf(scored.map(({ score }) => score));
  const all = new Tally(scale);
  const depths = new Groups<number>(scale);
  const counts = new Groups<number>(scale);
  const layers: { activations: Groups<string>; skips: Groups<boolean> }[] = [];
  for (const { layers: own, score } of scored) {
    all.add(score);
    depths.add(own.length + 1, score);
    counts.add(own.filter(({ skip }) => skip).length, score);
    own.forEach(({ activation, skip }, l) => {
      const groups = (layers[l] ??= { activations: new Groups(scale), skips: new Groups(scale) });
      groups.activations.add(activation, score);
      groups.skips.add(skip, score);
    });
  }
  const place = (activation: string): number => (order.includes(activation) ? order.indexOf(activation) : order.length);
  return {
    count: scored.length,
    scale,
    overall: all.effect(),
    layers: layers.map((groups, l) => ({
      layer: l + 1,
      activations: groups.activations
        .effects()
        .sort(([a], [b]) => place(a) - place(b))
        .map(([activation, effect]) => ({ activation, ...effect })),
      skips: groups.skips
        .effects()
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([skip, effect]) => ({ skip, ...effect })),
    })),
    skipCounts: numbered(counts).map(([skips, effect]) => ({ skips, ...effect })),
    depths: numbered(depths).map(([depth, effect]) => ({ depth, ...effect })),
  };
}

/** What the evaluated architectures are a sample of, by the name of the search's strategy. */
export function sampleOf(strategy: string, complete: boolean): "all" | "random" | "chosen" {
  if (strategy === "exhaustive") return complete ? "all" : "chosen";
  return strategy === "random" ? "random" : "chosen";
}

function scaleOf(scores: readonly number[]): "linear" | "log" {
  const sorted = [...scores].sort((a, b) => a - b);
  if (sorted[0] <= 0) return "linear";
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return at(0.95) > 10 * at(0.05) ? "log" : "linear";
}

const numbered = (groups: Groups<number>): [number, Effect][] => groups.effects().sort(([a], [b]) => a - b);

class Groups<Key> {
  readonly #tallies = new Map<Key, Tally>();
  constructor(private readonly scale: Effects["scale"]) {}

  add(key: Key, score: number): void {
    let tally = this.#tallies.get(key);
    if (tally === undefined) this.#tallies.set(key, (tally = new Tally(this.scale)));
    tally.add(score);
  }

  /** In the order in which the keys came first. */
  effects(): [Key, Effect][] {
    return [...this.#tallies].map(([key, tally]) => [key, tally.effect()]);
  }
}

/** Mean and sum of squares by Welford's update. */
class Tally {
  #count = 0;
  #mean = 0;
  #squares = 0;
  constructor(private readonly scale: Effects["scale"]) {}

  add(score: number): void {
    const value = this.scale === "log" ? Math.log(score) : score;
    const before = value - this.#mean;
    this.#count++;
    this.#mean += before / this.#count;
    this.#squares += before * (value - this.#mean);
  }

  effect(): Effect {
    const back = (value: number): number => (this.scale === "log" ? Math.exp(value) : value);
    const count = this.#count;
    const error = Math.sqrt(this.#squares / (count - 1) / count);
    const reach = count < 2 ? 0 : student95(count - 1) * error;
    return {
      count,
      mean: back(this.#mean),
      interval: count < 2 ? null : [back(this.#mean - reach), back(this.#mean + reach)],
    };
  }
}
