import { AppError } from "../errors.js";
import type { Evaluated } from "./types.js";

/** Counts of an exact search, in which a genotype can be primed and later solved again, or skipped, by a scan. */
export class ExactCount {
  readonly #genotypes = new Set<string>();
  /** Primed ones that no scan has solved again. */
  readonly #primedOnly = new Set<string>();
  #solvedByScan = 0;
  #skippedByScan = 0;
  #failed = 0;

  /** Distinct genotypes solved. */
  get evaluated(): number {
    return this.#genotypes.size;
  }

  /** Members that were skipped and never solved; exact when the whole space was scanned, before that at most so many. */
  get skippedByBound(): number {
    return Math.max(0, this.#skippedByScan - this.#primedOnly.size);
  }

  get failed(): number {
    return this.#failed;
  }

  addPrimed(items: readonly Evaluated[]): void {
    for (const item of items) {
      this.#addNew(item);
      this.#primedOnly.add(item.genotype);
    }
  }

  /** Counts what one chunk gave; returns the items that were not known before. */
  addScanned<T extends Evaluated>(solved: readonly T[], skipped: number): T[] {
    this.#solvedByScan += solved.length;
    this.#skippedByScan += skipped;
    return solved.filter((item) => {
      this.#primedOnly.delete(item.genotype);
      return this.#addNew(item);
    });
  }

  /** @throws AppError "internal" unless the scans looked at every one of `size` members once. */
  checkCovers(size: bigint): void {
    const looked = BigInt(this.#solvedByScan) + BigInt(this.#skippedByScan);
    if (looked !== size) {
      throw new AppError(
        "internal",
        `scanner: expected to look at ${size.toString()} members once each, got ${this.#solvedByScan} solved and ${this.#skippedByScan} skipped`,
      );
    }
  }

  #addNew(item: Evaluated): boolean {
    if (this.#genotypes.has(item.genotype)) return false;
    this.#genotypes.add(item.genotype);
    if (item.failure !== undefined) this.#failed++;
    return true;
  }
}
