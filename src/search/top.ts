import type { Evaluated } from "./types.js";

/** Which way a score is good. */
export type Better = "higher" | "lower";

/** Whether an item can be ranked: it did not fail and its score is a number (infinities are). */
export const isRanked = (item: Evaluated): boolean => item.failure === undefined && !Number.isNaN(item.score);

/** Number of skips in a genotype: `+` outside of brackets. */
export function countSkips(genotype: string): number {
  let skips = 0;
  let open = 0;
  for (const character of genotype) {
    if (character === "(") open++;
    else if (character === ")") open--;
    else if (character === "+" && open === 0) skips++;
  }
  return skips;
}

/** The order of results, best first: score, then fewer skips, then lexicographic (by UTF-16 code units). */
export function compareEvaluated(better: Better): (a: Evaluated, b: Evaluated) => number {
  const sign = better === "higher" ? -1 : 1;
  return (a, b) => {
    if (a.score !== b.score) return a.score < b.score ? -sign : sign;
    const skips = countSkips(a.genotype) - countSkips(b.genotype);
    if (skips !== 0) return skips;
    return a.genotype < b.genotype ? -1 : a.genotype > b.genotype ? 1 : 0;
  };
}

/** The k best of all items added, best first. The result does not depend on the order of adding. */
export class TopK<T extends Evaluated> {
  readonly #limit: number;
  readonly #compare: (a: Evaluated, b: Evaluated) => number;
  readonly #items: T[] = [];
  readonly #genotypes = new Set<string>();

  constructor(limit: number, better: Better) {
    this.#limit = limit;
    this.#compare = compareEvaluated(better);
  }

  get items(): readonly T[] {
    return [...this.#items];
  }

  /** The score that a new item must reach to enter: that of the k-th best, or undefined while there are fewer. */
  get threshold(): number | undefined {
    return this.#items.length < this.#limit ? undefined : this.#items[this.#limit - 1].score;
  }

  /** Takes the item unless it failed, is NaN, is held already, or is worse than k others. Says whether it was taken. */
  add(item: T): boolean {
    if (!isRanked(item) || this.#genotypes.has(item.genotype)) return false;
    const position = this.#positionOf(item);
    if (position >= this.#limit) return false;
    this.#items.splice(position, 0, item);
    this.#genotypes.add(item.genotype);
    if (this.#items.length > this.#limit) this.#genotypes.delete(this.#items.pop()?.genotype ?? "");
    return true;
  }

  #positionOf(item: T): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#items[middle], item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
