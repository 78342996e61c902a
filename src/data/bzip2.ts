import { AppError } from "../errors.js";
import { BitReader, type PullBytes } from "./bzip2-bits.js";
import { readCodes, type Codes } from "./bzip2-codes.js";

export type { PullBytes } from "./bzip2-bits.js";

const outputBytes = 1 << 16;
/** Blocks get room as they need it. */
const firstEntries = 1 << 12;
const symbolsPerGroup = 50;
/** CRC of bzip2: polynomial 0x04c11db7, highest bit first. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/**
 * Unpacks bzip2 piece by piece with at most 8 MB of its own memory, whatever the file claims: one or several streams,
 * checksums compared. Randomised blocks (bzip2 0.9.0 and older) are refused.
 * Source: the bzip2 1.0.8 file format. Errors: `data` for anything that is not bzip2, cut off or damaged.
 */
export class Bzip2Decoder {
  readonly #bits: BitReader;
  readonly #out = new Uint8Array(outputBytes);
  /** Entry i: byte i of the sorted last column in the lowest 8 bits, the next position above. */
  #table = new Uint32Array(firstEntries);
  /** Most bytes of a block at the stream's level. */
  #most = 0;
  /** Bytes of the block that are still to be walked, and where the walk is. */
  #left = 0;
  #walk = 0;
  /** Run-length state: the last byte, how many times in a row, and repetitions still to be written. */
  #last = -1;
  #run = 0;
  #repeat = 0;
  #crc = 0;
  #blockCrc = 0;
  #streamCrc = 0;
  #state: "start" | "stream" | "block" | "end" = "start";

  constructor(pull: PullBytes, file: string) {
    this.#bits = new BitReader(pull, file);
  }

  /** The next plain bytes, valid until the next call; undefined at the end. */
  read(): Uint8Array | undefined {
    for (;;) {
      if (this.#state === "block") {
        const length = this.#expand();
        if (length > 0) return this.#out.subarray(0, length);
        this.#endBlock();
      } else if (this.#state === "stream") {
        this.#nextBlock();
      } else if (this.#state === "start") {
        this.#startStream();
      } else return undefined;
    }
  }

  #startStream(): void {
    const bits = this.#bits;
    const level = bits.take(24) === 0x425a68 ? bits.take(8) - 0x30 : 0;
    if (level < 1 || level > 9) {
      throw new AppError("data", `${bits.file}: expected a bzip2 file (it begins with BZh1 to BZh9)`, {
        hint: "Is this the right file, and not another format or an error page?",
      });
    }
    this.#most = level * 100_000;
    this.#streamCrc = 0;
    this.#state = "stream";
  }

  #nextBlock(): void {
    const bits = this.#bits;
    const [high, low] = [bits.take(24), bits.take(24)];
    const crc = bits.take32();
    if (high === 0x314159 && low === 0x265359) {
      this.#blockCrc = crc;
      this.#readBlock();
      this.#state = "block";
    } else if (high === 0x177245 && low === 0x385090) {
      if (crc !== this.#streamCrc) throw bits.damaged("its checksum is wrong");
      bits.align();
      this.#state = bits.ended ? "end" : "start";
    } else throw bits.damaged("a block begins with wrong bytes");
  }

  #endBlock(): void {
    const crc = ~this.#crc >>> 0;
    if (crc !== this.#blockCrc) throw this.#bits.damaged("the checksum of a block is wrong");
    this.#streamCrc = (((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ crc) >>> 0;
    this.#state = "stream";
  }

  #readBlock(): void {
    const bits = this.#bits;
    if (bits.take(1) === 1) throw bits.damaged("it has randomised blocks, which are not read");
    const origin = bits.take(24);
    const codes = readCodes(bits);
    const counts = new Int32Array(256);
    const length = this.#readSymbols(codes, counts);
    if (origin >= length) throw bits.damaged("a block begins outside itself");
    let sum = 0;
    for (let byte = 0; byte < 256; byte++) {
      const count = counts[byte];
      counts[byte] = sum;
      sum += count;
    }
    const table = this.#table;
    for (let i = 0; i < length; i++) table[counts[table[i] & 0xff]++] |= i << 8;
    this.#left = length;
    this.#walk = table[origin] >>> 8;
    this.#last = -1;
    this.#run = this.#repeat = 0;
    this.#crc = -1;
  }

  /** Undoes Huffman, run-length and move-to-front coding: the last column of the block, and how often each byte occurs. */
  #readSymbols({ selectors, tables, used }: Codes, counts: Int32Array): number {
    const bits = this.#bits;
    const most = this.#most;
    let table = this.#table;
    const front = Uint8Array.from(used);
    const endOfBlock = used.length + 1;
    let [length, group, left, run, runBit] = [0, 0, 0, 0, 1];
    let codes = tables[selectors[0]];
    for (;;) {
      if (left === 0) {
        if (group === selectors.length) throw bits.damaged("a block has more symbols than it says");
        codes = tables[selectors[group++]];
        left = symbolsPerGroup;
      }
      left--;
      const ahead = bits.peek(20);
      const found = codes.find(ahead);
      if (found === 0) throw bits.damaged("a block has an unknown code");
      bits.skip(found & 31);
      const symbol = found >>> 5;
      if (symbol < 2) {
        if (runBit > most) throw bits.damaged("a run is longer than its block");
        run += runBit << symbol;
        runBit <<= 1;
        continue;
      }
      if (run > 0) {
        if (length + run > most) throw bits.damaged("a block is longer than it may be");
        if (length + run > table.length) table = this.#grow(length + run);
        table.fill(front[0], length, length + run);
        counts[front[0]] += run;
        length += run;
        run = 0;
        runBit = 1;
      }
      if (symbol === endOfBlock) return length;
      if (length === most) throw bits.damaged("a block is longer than it may be");
      if (length === table.length) table = this.#grow(length + 1);
      const position = symbol - 1;
      const byte = front[position];
      front.copyWithin(1, 0, position);
      front[0] = byte;
      counts[byte]++;
      table[length++] = byte;
    }
  }

  /** Room for a block of at least this many bytes. */
  #grow(needed: number): Uint32Array<ArrayBuffer> {
    const table = new Uint32Array(Math.min(this.#most, Math.max(2 * this.#table.length, needed)));
    table.set(this.#table);
    this.#table = table;
    return table;
  }

  /** Walks the block and undoes the outer run-length coding until the output is full; returns the bytes written. */
  #expand(): number {
    const out = this.#out;
    const table = this.#table;
    let [left, walk, last, run, repeat, crc] = [this.#left, this.#walk, this.#last, this.#run, this.#repeat, this.#crc];
    let at = 0;
    while (at < outputBytes) {
      if (repeat > 0) {
        repeat--;
        crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ last];
        out[at++] = last;
        continue;
      }
      if (left === 0) break;
      left--;
      const entry = table[walk];
      const byte = entry & 0xff;
      walk = entry >>> 8;
      if (run === 4) {
        // The next byte starts a new run, even if it is the same byte.
        repeat = byte;
        run = 0;
        continue;
      }
      run = byte === last ? run + 1 : 1;
      last = byte;
      crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte];
      out[at++] = byte;
    }
    [this.#left, this.#walk, this.#last, this.#run, this.#repeat, this.#crc] = [left, walk, last, run, repeat, crc];
    return at;
  }
}

/**
 * The plain bytes of a bzip2 file in memory. Errors: `data` as `Bzip2Decoder`, `limit` as soon as more than
 * `mostBytes` come out (a bomb of 45 bytes can hold a gigabyte).
 *
 * @example bunzip2(packed, "a.bz2", 1_000_000)
 */
export function bunzip2(packed: Uint8Array, file: string, mostBytes: number): Uint8Array {
  let given = false;
  const decoder = new Bzip2Decoder(() => {
    if (given) return undefined;
    given = true;
    return packed;
  }, file);
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let piece = decoder.read(); piece !== undefined; piece = decoder.read()) {
    total += piece.length;
    if (total > mostBytes) {
      throw new AppError("limit", `${file}: expected at most ${mostBytes} bytes when unpacked, there are more`, {
        hint: "The file is damaged or not what it claims to be.",
        details: { mostBytes },
      });
    }
    pieces.push(piece.slice());
  }
  const plain = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    plain.set(piece, at);
    at += piece.length;
  }
  return plain;
}
