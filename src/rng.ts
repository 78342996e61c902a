/**
 * Keyed random numbers: a generator is made from a key (a seed and labels), never from global state, so that the same
 * key gives the same numbers on every machine and in every thread, whatever else was drawn.
 *
 * Generator: sfc32 (Chris Doty-Humphrey, PractRand), its 128-bit state hashed from the key with xmur3-style mixing.
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal: number | undefined;
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    const next = hashStream(key);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A generator of its own for `label`, independent of how much was drawn from this one. */
  fork(label: string | number): Rng {
    return new Rng(`${this.#key}/${label}`);
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform integer in [0, n), without modulo bias; n up to 2^53. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Uniform bigint in [0, n) by rejection. */
  bigint(n: bigint): bigint {
    const bits = n.toString(2).length;
    const words = Math.ceil(bits / 32);
    const mask = (1n << BigInt(bits)) - 1n;
    for (;;) {
      let value = 0n;
      for (let i = 0; i < words; i++) value = (value << 32n) | BigInt(this.uint32());
      value &= mask;
      if (value < n) return value;
    }
  }

  /** Standard normal by the polar method. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spareNormal = v * factor;
        return u * factor;
      }
    }
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)];
  }

  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /** Moves `count` items drawn without replacement to the front, in the order of the draw; in place, returns its argument. */
  drawToFront<Items extends Int32Array | unknown[]>(items: Items, count: number): Items {
    for (let i = 0; i < Math.min(count, items.length); i++) {
      const j = i + this.integer(items.length - i);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
}

/** The generator of a key made of a seed and labels: `rng(7, "batch")`. */
export function rng(seed: number | string, ...labels: readonly (string | number)[]): Rng {
  return new Rng([seed, ...labels].join("/"));
}

function hashStream(text: string): () => number {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    h ^= h >>> 16;
    return h >>> 0;
  };
}
