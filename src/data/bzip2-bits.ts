import { AppError } from "../errors.js";

/** Gives the packed bytes piece by piece; undefined at the end. */
export type PullBytes = () => Uint8Array | undefined;

/** Bits of a packed stream, the highest of each byte first. */
export class BitReader {
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The lowest `#count` bits are those not yet taken. */
  #bits = 0;
  #count = 0;
  /** Zero bytes that were put behind the end so that a code could be looked up. */
  #padding = 0;

  constructor(
    private readonly pull: PullBytes,
    readonly file: string,
  ) {}

  /** The next `width` bits (at most 24) without taking them; zeros behind the end. */
  peek(width: number): number {
    while (this.#count < width) {
      if (this.#at === this.#piece.length && !this.#refill()) {
        this.#padding++;
        if (this.#padding > 8) throw this.damaged("the file ends in the middle");
        this.#bits <<= 8;
      } else {
        this.#bits = (this.#bits << 8) | this.#piece[this.#at++];
      }
      this.#count += 8;
    }
    return (this.#bits >>> (this.#count - width)) & ((1 << width) - 1);
  }

  /** Takes `width` bits that `peek` has seen. Errors: `data` when they lie behind the end. */
  skip(width: number): void {
    this.#count -= width;
    if (this.#count < 8 * this.#padding) throw this.damaged("the file ends in the middle");
  }

  /** Takes at most 24 bits. */
  take(width: number): number {
    const value = this.peek(width);
    this.skip(width);
    return value;
  }

  take32(): number {
    const high = this.take(16);
    return ((high << 16) | this.take(16)) >>> 0;
  }

  /** Leaves out the rest of the current byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }

  /** Whether no byte is left; call after `align`. */
  get ended(): boolean {
    return this.#count <= 8 * this.#padding && this.#at === this.#piece.length && !this.#refill();
  }

  damaged(what: string): AppError {
    return new AppError("data", `${this.file}: expected a whole bzip2 file, but ${what}`, {
      hint: "The file is cut off or damaged: download or copy it again.",
    });
  }

  #refill(): boolean {
    if (this.#padding > 0) return false;
    for (;;) {
      const piece = this.pull();
      if (piece === undefined) return false;
      if (piece.length === 0) continue;
      this.#piece = piece;
      this.#at = 0;
      return true;
    }
  }
}
