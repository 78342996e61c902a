import type { BitReader } from "./bzip2-bits.js";

const longest = 20;
const quick = 10;

/** What stands before the symbols of a block. */
export interface Codes {
  /** Which table is used by each group of 50 symbols. */
  readonly selectors: Uint8Array;
  readonly tables: readonly HuffmanTable[];
  /** Bytes that occur, ascending. */
  readonly used: readonly number[];
}

/** A canonical Huffman code with lengths of 1 to 20 bits. */
export class HuffmanTable {
  /** By the next 10 bits: symbol * 32 + length, or 0 when the code is longer. */
  readonly #quick = new Uint16Array(1 << quick);
  readonly #symbols: Uint16Array;
  /** For each length: one more than its last code, that code's distance to the position in `#symbols`. */
  readonly #limit = new Int32Array(longest + 2);
  readonly #offset = new Int32Array(longest + 2);

  constructor(lengths: Uint8Array) {
    const order: number[] = [];
    let code = 0;
    for (let length = 1; length <= longest; length++) {
      this.#offset[length] = order.length - code;
      lengths.forEach((own, symbol) => {
        if (own !== length) return;
        if (length <= quick) {
          const first = code << (quick - length);
          this.#quick.fill((symbol << 5) | length, first, first + (1 << (quick - length)));
        }
        order.push(symbol);
        code++;
      });
      this.#limit[length] = code;
      code <<= 1;
    }
    this.#symbols = Uint16Array.from(order);
  }

  /** Symbol * 32 + length of the code with which these 20 bits begin; 0 when there is none. */
  find(ahead: number): number {
    const entry = this.#quick[ahead >>> (longest - quick)];
    if (entry !== 0) return entry;
    for (let length = quick + 1; length <= longest; length++) {
      const code = ahead >>> (longest - length);
      if (code < this.#limit[length]) {
        const position = code + this.#offset[length];
        return position < 0 ? 0 : (this.#symbols[position] << 5) | length;
      }
    }
    return 0;
  }
}

/** Reads the bytes in use, the selectors and the tables of a block. Errors: `data` for impossible ones. */
export function readCodes(bits: BitReader): Codes {
  const used: number[] = [];
  const ranges = bits.take(16);
  for (let high = 0; high < 16; high++) {
    if ((ranges & (0x8000 >>> high)) === 0) continue;
    const range = bits.take(16);
    for (let low = 0; low < 16; low++) if ((range & (0x8000 >>> low)) !== 0) used.push(16 * high + low);
  }
  if (used.length === 0) throw bits.damaged("a block has no bytes");
  const tableCount = bits.take(3);
  const selectorCount = bits.take(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount < 1) throw bits.damaged("a block has impossible codes");
  const selectors = new Uint8Array(selectorCount);
  const front = Array.from({ length: tableCount }, (_, table) => table);
  for (let group = 0; group < selectorCount; group++) {
    let position = 0;
    while (bits.take(1) === 1) position++;
    if (position >= tableCount) throw bits.damaged("a block names a table that it does not have");
    front.unshift(...front.splice(position, 1));
    selectors[group] = front[0];
  }
  const tables = Array.from({ length: tableCount }, () => new HuffmanTable(readLengths(bits, used.length + 2)));
  return { selectors, tables, used };
}

function readLengths(bits: BitReader, symbols: number): Uint8Array {
  const lengths = new Uint8Array(symbols);
  let length = bits.take(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > longest) throw bits.damaged("a code has an impossible length");
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return lengths;
}
