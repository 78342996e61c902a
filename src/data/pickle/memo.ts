import type { Fail } from "./globals.js";

/** Python 2's cPickle numbers from 1 on; nobody leaves other gaps. */
const mostGap = 1;

/**
 * Values by memo number. With a window w, only the first w and the last w to 2 w numbers are kept, so that a pickle
 * of gigabytes whose parts share nothing but what the first parts hold can be read in little memory.
 */
export class Memo {
  readonly #head: unknown[] = [];
  /** Two halves of the tail; the older one is dropped when the newer is full. */
  #older: unknown[] = [];
  #newer: unknown[] = [];
  /** Memo number at which `#newer` begins. */
  #start: number;
  #next = 0;

  constructor(
    private readonly window: number,
    private readonly fail: Fail,
  ) {
    this.#start = window;
  }

  memoize(value: unknown): void {
    this.put(this.#next, value);
  }

  put(number: number, value: unknown): void {
    if (number > this.#next + mostGap) this.fail(`memo number ${number} follows ${this.#next} values`);
    this.#next = Math.max(this.#next, number + 1);
    if (number < this.window) {
      this.#head[number] = value;
      return;
    }
    if (number - this.#start >= this.window) {
      this.#older = this.#newer;
      this.#newer = [];
      this.#start += this.window;
    }
    const place = number - this.#start;
    if (place >= 0) this.#newer[place] = value;
    else if (place >= -this.window) this.#older[place + this.window] = value;
    else this.fail(`memo number ${number} is too old to be written again`);
  }

  get(number: number): unknown {
    const place = number - this.#start;
    const value =
      number < this.window ? this.#head[number] : place >= 0 ? this.#newer[place] : this.#older[place + this.window];
    if (value !== undefined) return value;
    return this.fail(
      number < this.#next ? `memo number ${number} is no longer held` : `memo number ${number} is not yet known`,
    );
  }
}
