import type { Rng } from "../rng.js";
import type { SearchSpace } from "../spaces/search-space.js";

/**
 * Members of a space in a uniformly random order, each once. A Fisher-Yates shuffle of all indices of which only the
 * displaced ones are held, so that memory grows with what was drawn and not with the space.
 */
export class Sampler {
  readonly #space: SearchSpace;
  readonly #rng: Rng;
  readonly #displaced = new Map<bigint, bigint>();
  #drawn = 0n;

  constructor(space: SearchSpace, rng: Rng) {
    this.#space = space;
    this.#rng = rng;
  }

  /** The next member, or undefined when all were drawn. */
  draw(): string | undefined {
    const left = this.#space.size - this.#drawn;
    if (left === 0n) return undefined;
    const current = this.#drawn++;
    const other = current + this.#rng.bigint(left);
    const index = this.#displaced.get(other) ?? other;
    if (other !== current) this.#displaced.set(other, this.#displaced.get(current) ?? current);
    this.#displaced.delete(current);
    return this.#space.at(index);
  }

  /** Up to `count` next members that `seen` does not hold; each is added to it. */
  drawUnseen(count: number, seen: Set<string>): string[] {
    const drawn: string[] = [];
    while (drawn.length < count) {
      const genotype = this.draw();
      if (genotype === undefined) break;
      if (seen.has(genotype)) continue;
      seen.add(genotype);
      drawn.push(genotype);
    }
    return drawn;
  }
}
