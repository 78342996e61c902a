const words = 624;
const shift = 397;

/**
 * Python 3's `random.Random(seed)` for a non-negative integer seed below 2^32, as far as `shuffle` needs it: the order of
 * NAS-Bench-201 was drawn with it. MT19937 with `init_by_array` (Matsumoto and Nishimura, "Mersenne Twister", 1998);
 * integers below n by rejection of `getrandbits` (CPython `Lib/random.py`). For anything else use src/rng.ts.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(words);
  #next = words;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < words; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let i = 1;
    const step = (factor: number, added: number): void => {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), factor)) + added;
      if (++i < words) return;
      state[0] = state[words - 1];
      i = 1;
    };
    for (let k = 0; k < words; k++) step(1664525, seed);
    for (let k = 1; k < words; k++) step(1566083941, -i);
    state[0] = 0x80000000;
  }

  uint32(): number {
    if (this.#next === words) this.#twist();
    let y = this.#state[this.#next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** `_randbelow(n)`: uniform integer in [0, n), n from 1 to 2^32 - 1. */
  below(n: number): number {
    const unused = Math.clz32(n);
    for (;;) {
      const value = this.uint32() >>> unused;
      if (value < n) return value;
    }
  }

  /** `shuffle`: Fisher-Yates from the end, in place; returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < words; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % words] & 0x7fffffff);
      state[i] = state[(i + shift) % words] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
