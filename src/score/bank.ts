import type { AngleScorer } from "./angle-scorer.js";

/** Least eigenvectors of architectures solved before, in a form that crosses threads. */
export interface BankEntry {
  /** AngleScorer.nodeWeights of the vector. */
  readonly weights: Float64Array;
  readonly vector: Float64Array;
}

const capacity = 96;

/**
 * Upper bounds of lambda_min by Rayleigh quotients: v'Kv >= lambda_min(K) for every unit vector v. For a kernel given by
 * its values at the node angles, v'Kv is a dot product of as many terms as there are nodes, whatever n is.
 */
export class EigenvectorBank {
  readonly #entries: BankEntry[] = [];

  constructor(entries: readonly BankEntry[] = []) {
    for (const entry of entries) this.insert(entry);
  }

  get entries(): readonly BankEntry[] {
    return this.#entries;
  }

  /** The entry of one more vector. */
  add(scorer: AngleScorer, vector: Float64Array): BankEntry {
    const entry = { weights: scorer.nodeWeights(vector), vector };
    this.insert(entry);
    return entry;
  }

  /**
   * The first quotient below `limit`, or the least of all of them. Entries that succeed move to the front, since
   * architectures that follow each other are alike.
   */
  bound(
    values: Float64Array,
    diagonal: number,
    limit: number,
  ): { readonly value: number; readonly entry: BankEntry | undefined } {
    const entries = this.#entries;
    let least = Infinity;
    let best: BankEntry | undefined;
    for (let e = 0; e < entries.length; e++) {
      const { weights } = entries[e];
      let sum = diagonal;
      for (let j = 0; j < weights.length; j++) sum += values[j] * weights[j];
      if (sum < least) {
        least = sum;
        best = entries[e];
        if (sum < limit) {
          if (e > 0) {
            const successful = entries[e];
            entries[e] = entries[e - 1];
            entries[e - 1] = successful;
          }
          break;
        }
      }
    }
    return { value: least, entry: best };
  }

  /** Adds an entry; beyond the capacity it replaces the one least often successful of late. */
  insert(entry: BankEntry): void {
    if (this.#entries.length < capacity) this.#entries.push(entry);
    else this.#entries[capacity - 1] = entry;
  }
}
