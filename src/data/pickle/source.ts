import { AppError } from "../../errors.js";
import type { PullBytes } from "../bzip2-bits.js";

/** Node.js has no strings beyond 512 MB. */
const longestText = 2 ** 28;

/** Reads a pickle front to back; a length that lies never allocates more than the bytes that are there. */
export class PickleSource {
  #piece: Buffer;
  #view: DataView;
  #at = 0;
  /** Bytes of earlier pieces. */
  #before = 0;
  readonly #pull: PullBytes;

  constructor(
    source: Uint8Array | PullBytes,
    readonly file: string,
  ) {
    this.#pull = source instanceof Uint8Array ? () => undefined : source;
    this.#piece = bufferOf(source instanceof Uint8Array ? source : new Uint8Array(0));
    this.#view = viewOf(this.#piece);
  }

  /** Position in the plain bytes, for messages. */
  get position(): number {
    return this.#before + this.#at;
  }

  byte(): number {
    if (this.#at === this.#piece.length) this.#need(1);
    return this.#piece[this.#at++];
  }

  uint16(): number {
    const at = this.#advance(2);
    return this.#view.getUint16(at, true);
  }

  int32(): number {
    const at = this.#advance(4);
    return this.#view.getInt32(at, true);
  }

  uint32(): number {
    const at = this.#advance(4);
    return this.#view.getUint32(at, true);
  }

  /** An unsigned 64-bit length. Errors: `data` beyond 2^53. */
  length64(): number {
    const at = this.#advance(8);
    const value = Number(this.#view.getBigUint64(at, true));
    if (!Number.isSafeInteger(value)) throw this.damaged(`a length of ${value} bytes is impossible`);
    return value;
  }

  float64(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, false);
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return Uint8Array.from(this.#piece.subarray(start, start + length));
  }

  text(length: number, encoding: "utf8" | "latin1"): string {
    if (length > longestText) throw this.damaged(`a text of ${length} bytes is too long`);
    const start = this.#advance(length);
    return this.#piece.toString(encoding, start, start + length);
  }

  /** Text up to the end of the line. */
  line(): string {
    let text = "";
    for (let byte = this.byte(); byte !== 0x0a; byte = this.byte()) {
      text += String.fromCharCode(byte);
      if (text.length > 200) throw this.damaged("a name is longer than 200 bytes");
    }
    return text;
  }

  damaged(what: string): AppError {
    return new AppError("data", `${this.file}: expected a pickle, but ${what} (byte ${this.position})`, {
      hint: "The file is damaged or not the one that it should be: download or copy it again.",
      details: { position: this.position },
    });
  }

  #advance(length: number): number {
    if (this.#piece.length - this.#at < length) this.#need(length);
    this.#at += length;
    return this.#at - length;
  }

  /** Makes `length` bytes lie in one piece from the current position on. */
  #need(length: number): void {
    const parts = [this.#piece.subarray(this.#at)];
    let have = parts[0].length;
    while (have < length) {
      const piece = this.#pull();
      if (piece === undefined) throw this.damaged(`it ends where ${length} bytes should follow, ${have} do`);
      parts.push(Buffer.from(piece));
      have += piece.length;
    }
    this.#before += this.#at;
    this.#at = 0;
    this.#piece = parts.length === 2 && parts[0].length === 0 ? parts[1] : Buffer.concat(parts);
    this.#view = viewOf(this.#piece);
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
