import type { Architecture, Layer } from "../arch/architecture.js";
import { AppError } from "../errors.js";
import type { Rng } from "../rng.js";
import { joinLayers, parseGenotype } from "./genotype.js";
import { describeSpec, normalizeSpec } from "./layered-spec.js";
import { PrefixTree } from "./prefix-tree.js";
import type { DepthSpec, LayerChoice, Space, SpaceSpec } from "./space.js";

/** A space of layered networks, which also knows the index of a member: `at` and `indexOf` are each other's inverse. */
export interface LayeredSpace extends Space {
  /** @throws AppError "space" when the genotype is not a member. */
  indexOf(genotype: string): bigint;
}

/**
 * The space of a specification. Nothing is enumerated: sizes of 10^18 and more cost as little as small ones.
 * Depths that no network fits are left out.
 *
 * @throws AppError "space" for an impossible specification or an empty space, "genotype" for an unknown activation.
 */
export function layeredSpace(spec: SpaceSpec, description?: string): LayeredSpace {
  const normalized = normalizeSpec(spec);
  const depths = normalized.depths.filter((depth) => requiredSkips(depth) <= depth.maxSkips);
  if (depths.length === 0) throw emptySpace(normalized);
  return new PrefixTreeSpace({ id: spec.id, depths }, description);
}

class PrefixTreeSpace implements LayeredSpace {
  readonly id: string;
  readonly description: string;
  readonly size: bigint;
  readonly spec: SpaceSpec;
  readonly #trees: readonly PrefixTree[];

  constructor(spec: SpaceSpec, description: string = describeSpec(spec)) {
    this.id = spec.id;
    this.spec = spec;
    this.description = description;
    this.#trees = spec.depths.map((depth) => new PrefixTree(depth));
    this.size = this.#trees.reduce((sum, tree) => sum + tree.size, 0n);
  }

  at(index: bigint): string {
    let rest = index;
    if (index >= 0n) {
      for (const tree of this.#trees) {
        if (rest < tree.size) return joinLayers(tree.at(rest));
        rest -= tree.size;
      }
    }
    throw new AppError(
      "space",
      `space "${this.id}": expected an index from 0 to ${(this.size - 1n).toString()}, got ${index.toString()}`,
    );
  }

  indexOf(genotype: string): bigint {
    return this.#member(genotype).index;
  }

  sample(rng: Rng): string {
    return this.at(rng.bigint(this.size));
  }

  *enumerate(): Generator<string, void, undefined> {
    for (const tree of this.#trees) yield* tree.enumerate();
  }

  neighbours(genotype: string): string[] {
    const { layers } = this.build(genotype);
    const found: string[] = [];
    const keepMember = (candidate: readonly Layer[]): void => {
      if (this.#indexOfLayers(candidate) !== undefined) found.push(joinLayers(candidate));
    };
    this.#choices(layers.length).forEach((options, level) => {
      for (const choice of options) {
        if (isOneStep(choice, layers[level])) keepMember(layers.with(level, choice));
      }
    });
    if (layers.length > 1) keepMember(layers.slice(0, -1));
    for (const choice of this.#choices(layers.length + 1).at(-1) ?? []) keepMember([...layers, choice]);
    return found;
  }

  contains(genotype: string): boolean {
    try {
      return this.#indexOfLayers(parseGenotype(genotype).layers) !== undefined;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  build(genotype: string): Architecture {
    return this.#member(genotype).architecture;
  }

  #member(genotype: string): { readonly architecture: Architecture; readonly index: bigint } {
    const architecture = parseGenotype(genotype);
    const index = this.#indexOfLayers(architecture.layers);
    if (index !== undefined) return { architecture, index };
    const canonical = joinLayers(architecture.layers);
    throw new AppError("space", `"${canonical}" is not in space "${this.id}": ${this.#reason(architecture)}`, {
      hint: `The space has ${this.description}.`,
      details: { genotype: canonical, space: this.id },
    });
  }

  #choices(hidden: number): readonly (readonly LayerChoice[])[] {
    return this.spec.depths.find((depth) => depth.depth === hidden + 1)?.choices ?? [];
  }

  #indexOfLayers(layers: readonly Layer[]): bigint | undefined {
    let before = 0n;
    for (const tree of this.#trees) {
      if (tree.choices.length === layers.length) {
        const index = tree.indexOf(layers);
        return index === undefined ? undefined : before + index;
      }
      before += tree.size;
    }
    return undefined;
  }

  #reason({ layers }: Architecture): string {
    const depth = layers.length + 1;
    const spec = this.spec.depths.find((candidate) => candidate.depth === depth);
    if (spec === undefined) {
      const depths = this.spec.depths.map((candidate) => candidate.depth);
      return `expected depth ${depths.join(", ")} (the output layer counts), got depth ${depth}`;
    }
    for (let level = 0; level < layers.length; level++) {
      const layer = layers[level];
      if (spec.choices[level].some((choice) => sameChoice(choice, layer))) continue;
      const allowed = spec.choices[level].map(describeChoice).join(", ");
      return `expected ${allowed} on layer ${level + 1}, got ${describeChoice(layer)}`;
    }
    return `expected at most ${spec.maxSkips} skips, got ${layers.filter((layer) => layer.skip).length}`;
  }
}

const sameChoice = (a: LayerChoice, b: LayerChoice): boolean => a.activation === b.activation && a.skip === b.skip;

/** One activation or one skip apart, not both and not none. */
const isOneStep = (a: LayerChoice, b: LayerChoice): boolean => (a.activation === b.activation) !== (a.skip === b.skip);

const describeChoice = (choice: LayerChoice): string => `${choice.activation} ${choice.skip ? "with" : "without"} skip`;

const mustSkip = (options: readonly LayerChoice[]): boolean => options.every((choice) => choice.skip);

const requiredSkips = (spec: DepthSpec): number => spec.choices.filter(mustSkip).length;

function emptySpace(spec: SpaceSpec): AppError {
  const reasons = spec.depths.map((depth) => {
    const layers = depth.choices.flatMap((options, level) => (mustSkip(options) ? [level + 1] : []));
    return `at depth ${depth.depth} layers ${layers.join(", ")} must have a skip, but at most ${depth.maxSkips} skips are allowed`;
  });
  return new AppError("space", `space "${spec.id}" is empty: ${reasons.join("; ")}`, {
    hint: "Raise maxSkips or let some of these layers go without a skip.",
  });
}
