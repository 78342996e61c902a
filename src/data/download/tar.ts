import { AppError } from "../../errors.js";

const blockSize = 512;

/** Bytes that come in pieces of any size, taken in pieces of the size that is wanted. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Yields `count` bytes in order, or fewer at the end. */
  async *take(count: number): AsyncGenerator<Uint8Array> {
    let missing = count;
    while (missing > 0) {
      if (this.#left.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) return;
        this.#left = next.value;
        continue;
      }
      const piece = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  async whole(count: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.take(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/**
 * Reads a tar archive (POSIX ustar, with the size field of GNU) and hands the regular files that `wants` accepts to `write`;
 * everything else, such as links, devices and folders, is passed over. Nothing is ever written under a name of the archive:
 * where bytes go is up to `write`.
 *
 * @throws AppError "data" for what is no tar archive or ends early
 */
export async function readTar(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  wants: (path: string) => boolean,
  write: (path: string, body: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const pieces = new Pieces(chunks);
  try {
    for (;;) {
      const header = await pieces.whole(blockSize);
      if (header.length === blockSize && header.every((byte) => byte === 0)) return;
      if (header.length < blockSize) throw damaged(file, "it ends before its last block");
      const { path, size, regular } = parseHeader(file, header);
      let seen = 0;
      const body = counted(pieces.take(size), (count) => (seen += count));
      if (regular && wants(path)) await write(path, body);
      for await (const rest of pieces.take(size - seen)) seen += rest.length;
      if (seen < size) throw damaged(file, `${path} ends after ${seen} of ${size} bytes`);
      await pieces.whole((blockSize - (size % blockSize)) % blockSize);
    }
  } finally {
    await pieces.close();
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    count(piece.length);
    yield piece;
  }
}

function parseHeader(
  file: string,
  header: Buffer,
): { readonly path: string; readonly size: number; readonly regular: boolean } {
  const text = (from: number, length: number): string => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString("utf8", 0, end < 0 ? length : end);
  };
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 8), 8) !== sum) throw damaged(file, "a header has a wrong checksum");
  const size = sizeOf(header.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0) throw damaged(file, "a header has a wrong size");
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const kind = header[156];
  return { path: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`, size, regular: kind === 0 || kind === 48 };
}

/** Octal digits, or GNU's binary number with its first bit set. */
function sizeOf(field: Buffer): number {
  if (field[0] < 0x80) return Number.parseInt(field.toString("latin1").replaceAll("\0", " ").trim() || "0", 8);
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, field[0] & 0x7f);
}

const damaged = (file: string, what: string): AppError =>
  new AppError("data", `${file}: expected a whole tar archive, but ${what}`, {
    hint: "The file is cut off or damaged: download it again.",
  });
