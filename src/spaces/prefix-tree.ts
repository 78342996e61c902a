import type { Layer } from "../arch/architecture.js";
import type { DepthSpec, LayerChoice } from "./space.js";

/**
 * The networks of one depth as a tree: level l holds the choices of layer l + 1, a path from the root to a leaf is a
 * network. Completions are counted per level and number of skips left (dynamic programming), so that index and network
 * turn into each other in O(layers * choices), whatever the size.
 */
export class PrefixTree {
  readonly choices: readonly (readonly LayerChoice[])[];
  readonly size: bigint;
  readonly #skipLimit: number;
  /** `#completions[level][left]`: ways to choose the layers from `level` on with at most `left` skips. */
  readonly #completions: readonly (readonly bigint[])[];
  readonly #positions: readonly ReadonlyMap<string, number>[];

  constructor(spec: DepthSpec) {
    this.choices = spec.choices;
    this.#skipLimit = Math.min(spec.maxSkips, spec.choices.length);
    this.#completions = countCompletions(spec.choices, this.#skipLimit);
    this.size = this.#completions[0][this.#skipLimit];
    this.#positions = spec.choices.map(
      (options) => new Map(options.map((choice, position) => [choiceKey(choice), position])),
    );
  }

  /** The network with this index in [0, size). */
  at(index: bigint): Layer[] {
    let rest = index;
    let left = this.#skipLimit;
    return this.choices.map((options, level) => {
      for (const choice of options) {
        const ways = this.#ways(level, choice, left);
        if (rest < ways) {
          if (choice.skip) left--;
          return choice;
        }
        rest -= ways;
      }
      throw new RangeError(`index ${index.toString()} is outside of the tree`);
    });
  }

  /** The index of a network, or undefined when it is not in the tree. */
  indexOf(layers: readonly Layer[]): bigint | undefined {
    if (layers.length !== this.choices.length) return undefined;
    let index = 0n;
    let left = this.#skipLimit;
    for (let level = 0; level < layers.length; level++) {
      const position = this.#positions[level].get(choiceKey(layers[level]));
      if (position === undefined) return undefined;
      for (let i = 0; i < position; i++) index += this.#ways(level, this.choices[level][i], left);
      if (layers[level].skip && --left < 0) return undefined;
    }
    return index;
  }

  /** Genotypes in index order, made along the tree. */
  *enumerate(): Generator<string, void, undefined> {
    const last = this.choices.length - 1;
    const next = [0];
    const prefix = [""];
    const left = [this.#skipLimit];
    for (let level = 0; level >= 0;) {
      const position = next[level]++;
      if (position >= this.choices[level].length) {
        level--;
        continue;
      }
      const choice = this.choices[level][position];
      if (this.#ways(level, choice, left[level]) === 0n) continue;
      const genotype = prefix[level] + (level === 0 ? "" : choice.skip ? "+" : "-") + choice.activation;
      if (level === last) {
        yield genotype;
        continue;
      }
      level++;
      next[level] = 0;
      prefix[level] = genotype;
      left[level] = left[level - 1] - (choice.skip ? 1 : 0);
    }
  }

  #ways(level: number, choice: LayerChoice, left: number): bigint {
    if (!choice.skip) return this.#completions[level + 1][left];
    return left === 0 ? 0n : this.#completions[level + 1][left - 1];
  }
}

const choiceKey = (choice: LayerChoice): string => (choice.skip ? "+" : "-") + choice.activation;

function countCompletions(choices: readonly (readonly LayerChoice[])[], skipLimit: number): bigint[][] {
  const table: bigint[][] = [];
  table[choices.length] = Array.from({ length: skipLimit + 1 }, () => 1n);
  for (let level = choices.length - 1; level >= 0; level--) {
    const withSkip = BigInt(choices[level].filter((choice) => choice.skip).length);
    const without = BigInt(choices[level].length) - withSkip;
    const after = table[level + 1];
    table[level] = after.map((ways, left) => without * ways + (left === 0 ? 0n : withSkip * after[left - 1]));
  }
  return table;
}
