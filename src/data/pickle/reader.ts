import { AppError } from "../../errors.js";
import type { PullBytes } from "../bzip2-bits.js";
import { callGlobal, isKey, setState, type Fail } from "./globals.js";
import { Memo } from "./memo.js";
import { Opcode } from "./opcodes.js";
import { PickleSource } from "./source.js";
import { PickleGlobal, PickleTuple, globalNames, type GlobalName } from "./values.js";

export interface PickleOptions {
  /** Name for messages. */
  readonly file: string;
  /** Globals that may occur; all others are refused by name. */
  readonly globals: readonly GlobalName[];
  /** Most values held; a container counts as ten. Default 5,000,000. */
  readonly mostValues?: number;
  /** Called whenever items were put into a dict; true when it gave them up, so that the count of values starts anew. */
  readonly onItems?: (dict: Map<unknown, unknown>) => boolean;
  /** Memo numbers kept at both ends, see `Memo`. Default: all. */
  readonly memoWindow?: number;
}

const containerValues = 10;
/** A map of JavaScript holds 16.7 million keys. */
const mostKeys = 2 ** 23;
/** A string of Python 2 longer than this is given as bytes. */
const longestLatin1 = 65536;
const emptyTuple = new PickleTuple([]);

/**
 * Reads one pickle of protocol 2, 3 or 4 without running anything: dicts become maps, lists arrays, tuples
 * `PickleTuple`, strings of Python 2 are latin1 (bytes beyond 64 kB), integers beyond 2^53 bigint, numpy numbers
 * numbers. Time is linear in the bytes, memory bounded by them and `mostValues`; nothing recurses, so that depth costs
 * nothing. A hostile pickle may hold itself: who walks the value must not assume a tree.
 * Source: Python 3.11 Lib/pickletools.py. Errors: `data` for what is damaged or not allowed, `limit` for too many values.
 *
 * @example readPickle(bunzip2(packed, file, 16e6), { file, globals: plainGlobals })
 */
export function readPickle(source: Uint8Array | PullBytes, options: PickleOptions): unknown {
  return new PickleReader(source, options).read();
}

class PickleReader {
  readonly #source: PickleSource;
  readonly #fail: Fail;
  readonly #memo: Memo;
  #stack: unknown[] = [];
  readonly #marks: number[] = [];
  #values = 0;
  readonly #mostValues: number;

  constructor(
    source: Uint8Array | PullBytes,
    private readonly options: PickleOptions,
  ) {
    this.#source = new PickleSource(source, options.file);
    this.#fail = (what) => {
      throw this.#source.damaged(what);
    };
    this.#memo = new Memo(options.memoWindow ?? Infinity, this.#fail);
    this.#mostValues = options.mostValues ?? 5_000_000;
  }

  read(): unknown {
    if (this.#source.byte() !== Opcode.proto) this.#fail("it does not begin with a protocol number");
    const protocol = this.#source.byte();
    if (protocol < 2 || protocol > 4) this.#fail(`its protocol is ${protocol}, not 2 to 4`);
    for (;;) {
      const opcode = this.#source.byte();
      if (opcode === Opcode.stop) {
        if (this.#stack.length !== 1 || this.#marks.length > 0) this.#fail("it ends with values left over");
        return this.#stack[0];
      }
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    const source = this.#source;
    switch (opcode) {
      case Opcode.frame:
        source.length64();
        return;
      case Opcode.mark:
        this.#count(1);
        this.#marks.push(this.#stack.length);
        return;
      case Opcode.memoize:
        this.#count(1);
        this.#memo.memoize(this.#top());
        return;
      case Opcode.binPut:
        this.#count(1);
        this.#memo.put(source.byte(), this.#top());
        return;
      case Opcode.longBinPut:
        this.#count(1);
        this.#memo.put(source.uint32(), this.#top());
        return;
      case Opcode.binGet:
        this.#push(this.#memo.get(source.byte()));
        return;
      case Opcode.longBinGet:
        this.#push(this.#memo.get(source.uint32()));
        return;
      case Opcode.none:
        this.#push(null);
        return;
      case Opcode.newTrue:
        this.#push(true);
        return;
      case Opcode.newFalse:
        this.#push(false);
        return;
      case Opcode.binInt:
        this.#push(source.int32());
        return;
      case Opcode.binInt1:
        this.#push(source.byte());
        return;
      case Opcode.binInt2:
        this.#push(source.uint16());
        return;
      case Opcode.long1:
        this.#push(integer(source.bytes(source.byte())));
        return;
      case Opcode.binFloat:
        this.#push(source.float64());
        return;
      case Opcode.shortBinUnicode:
        this.#text(source.byte());
        return;
      case Opcode.binUnicode:
        this.#text(source.uint32());
        return;
      case Opcode.binUnicode8:
        this.#text(source.length64());
        return;
      case Opcode.shortBinString:
        this.#push(source.text(source.byte(), "latin1"));
        return;
      case Opcode.binString:
        this.#longString(source.int32());
        return;
      case Opcode.shortBinBytes:
        this.#bytes(source.byte());
        return;
      case Opcode.binBytes:
        this.#bytes(source.uint32());
        return;
      case Opcode.binBytes8:
        this.#bytes(source.length64());
        return;
      default:
        this.#container(opcode);
    }
  }

  #container(opcode: number): void {
    switch (opcode) {
      case Opcode.emptyDict:
        this.#pushContainer(new Map());
        return;
      case Opcode.emptyList:
        this.#pushContainer([]);
        return;
      case Opcode.emptySet:
        this.#pushContainer(new Set());
        return;
      case Opcode.emptyTuple:
        this.#push(emptyTuple);
        return;
      case Opcode.tuple:
        this.#pushContainer(new PickleTuple(this.#sinceMark()));
        return;
      case Opcode.tuple1:
        this.#pushContainer(new PickleTuple([this.#pop()]));
        return;
      case Opcode.tuple2: {
        const last = this.#pop();
        this.#pushContainer(new PickleTuple([this.#pop(), last]));
        return;
      }
      case Opcode.tuple3: {
        const last = this.#pop();
        const middle = this.#pop();
        this.#pushContainer(new PickleTuple([this.#pop(), middle, last]));
        return;
      }
      case Opcode.append:
        this.#append([this.#pop()]);
        return;
      case Opcode.appends:
        this.#append(this.#sinceMark());
        return;
      case Opcode.addItems:
        this.#addItems(this.#sinceMark());
        return;
      case Opcode.setItem: {
        const value = this.#pop();
        this.#setItems([this.#pop(), value]);
        return;
      }
      case Opcode.setItems:
        this.#setItems(this.#sinceMark());
        return;
      case Opcode.global:
        this.#global(qualifiedName(this.#source));
        return;
      case Opcode.stackGlobal: {
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== "string" || typeof module !== "string") this.#fail("the name of a class is not text");
        this.#global(`${module}.${name}`);
        return;
      }
      case Opcode.reduce:
        this.#reduce();
        return;
      case Opcode.build: {
        const state = this.#pop();
        setState(this.#top(), state, this.#fail);
        return;
      }
      default:
        this.#fail(`it has the instruction 0x${opcode.toString(16).padStart(2, "0")}, which is not read here`);
    }
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values <= this.#mostValues) return;
    throw new AppError(
      "limit",
      `${this.options.file}: expected a pickle of at most ${this.#mostValues} values, it has more`,
      {
        hint: "The file is damaged or not what it claims to be.",
        details: { mostValues: this.#mostValues, position: this.#source.position },
      },
    );
  }

  #push(value: unknown): void {
    this.#count(1);
    this.#stack.push(value);
  }

  #pushContainer(value: object): void {
    this.#count(containerValues);
    this.#stack.push(value);
  }

  /** No value below the last mark may be taken. */
  #checkTop(): void {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.#fail("a value is missing");
  }

  #top(): unknown {
    this.#checkTop();
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): unknown {
    this.#checkTop();
    return this.#stack.pop();
  }

  #sinceMark(): unknown[] {
    const mark = this.#marks.pop() ?? this.#fail("a mark is missing");
    return this.#stack.splice(mark);
  }

  #text(length: number): void {
    this.#count(length >>> 4);
    this.#push(this.#source.text(length, "utf8"));
  }

  #bytes(length: number): void {
    this.#pushContainer(this.#source.bytes(length));
  }

  #longString(length: number): void {
    if (length < 0) this.#fail("a string has a negative length");
    if (length > longestLatin1) this.#bytes(length);
    else this.#push(this.#source.text(length, "latin1"));
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) return this.#fail("items are appended to something that is no list");
    for (const item of items) list.push(item);
  }

  #addItems(items: readonly unknown[]): void {
    const set = this.#top();
    if (!(set instanceof Set)) return this.#fail("items are added to something that is no set");
    this.#count(containerValues * items.length);
    for (const item of items) set.add(isKey(item) ? item : this.#fail("a set holds a list or a dict"));
  }

  #setItems(items: readonly unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) return this.#fail("items are set in something that is no dict");
    if (items.length % 2 !== 0) this.#fail("a key has no value");
    this.#count(items.length);
    for (let k = 0; k < items.length; k += 2) {
      if (!isKey(items[k])) this.#fail("a key of a dict is itself a list or a dict");
      dict.set(items[k], items[k + 1]);
    }
    if (dict.size > mostKeys) this.#fail("a dict has too many keys");
    if (this.options.onItems?.(dict as Map<unknown, unknown>) === true) this.#values = 0;
  }

  #global(name: string): void {
    const known = globalNames.find((candidate) => candidate === name);
    if (known !== undefined && this.options.globals.includes(known)) {
      this.#pushContainer(new PickleGlobal(known));
      return;
    }
    const shown = name.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
    throw new AppError("data", `${this.options.file}: expected plain data, the pickle asks for ${shown}`, {
      hint: "Nothing of a pickle is ever run. Is this the official file?",
      details: { global: shown, allowed: this.options.globals },
    });
  }

  #reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    if (!(callee instanceof PickleGlobal)) return this.#fail("something is called that is no function");
    if (!(args instanceof PickleTuple)) return this.#fail("the arguments of a call are not a tuple");
    this.#count(containerValues + (Array.isArray(args.items[0]) ? args.items[0].length : 0));
    this.#push(callGlobal(callee.name, args.items, this.#fail));
  }
}

/** `module\nname\n` as one name. */
const qualifiedName = (source: PickleSource): string => `${source.line()}.${source.line()}`;

/** Little-endian two's complement; a bigint beyond 2^53. */
function integer(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let k = bytes.length - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[k]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
