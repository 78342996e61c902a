import { createHash } from "node:crypto";
import { AppError } from "../errors.js";

type Floats = Float32Array | Float64Array;

/** A training between two steps, as plain facts and arrays. */
export interface Snapshot {
  /** What is trained: a snapshot of another network, data or recipe is refused. */
  readonly key: string;
  /** Plain JSON, and numbers that JSON does not have (NaN, infinities): all come back exactly. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly arrays: readonly Floats[];
}

const magic = "eigennas training 1\n";
const digestBytes = 32;

/** Marks the errors of bytes that are no snapshot of this training. */
export const isSnapshotError = (error: unknown): boolean =>
  error instanceof AppError && error.details.snapshot === true;

const details = { snapshot: true };
const hint = "Start again without it: it was cut short, changed, or written by another version.";

const numberKey = "#number";

const encodeNumber = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? { [numberKey]: String(value) } : value;

const decodeNumber = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && numberKey in value ? Number(value[numberKey]) : value;

/** magic, length of the head (uint32), head (JSON), arrays one after the other (little-endian), SHA-256 of it all. */
export function encodeSnapshot({ key, facts, arrays }: Snapshot): Uint8Array {
  const sizes = arrays.map((array) => ({ double: array instanceof Float64Array, length: array.length }));
  const head = Buffer.from(JSON.stringify({ key, facts, sizes }, encodeNumber));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const body = arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  const content = Buffer.concat([Buffer.from(magic), length, head, ...body]);
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

/** The way back. Throws AppError `data` for bytes that are no whole snapshot, or one of something other than `key`. */
export function decodeSnapshot(bytes: Uint8Array, key: string): Snapshot {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = magic.length + 4;
  const end = buffer.length - digestBytes;
  if (end < start || buffer.toString("latin1", 0, magic.length) !== magic)
    throw new AppError("data", "Expected a snapshot of a training; these are other bytes.", { hint, details });
  if (!createHash("sha256").update(buffer.subarray(0, end)).digest().equals(buffer.subarray(end)))
    throw new AppError("data", "The snapshot of the training is damaged: its checksum is wrong.", { hint, details });
  const body = start + buffer.readUInt32LE(magic.length);
  const head = JSON.parse(buffer.toString("utf8", start, body), decodeNumber) as Pick<Snapshot, "key" | "facts"> & {
    sizes: { double: boolean; length: number }[];
  };
  if (head.key !== key)
    throw new AppError("data", "The snapshot is of another training: network, data or recipe differ.", {
      hint: "Use the options that it was begun with, or start again without it.",
      details,
    });
  let at = body;
  const arrays = head.sizes.map(({ double, length }) => {
    const size = (double ? 8 : 4) * length;
    const copy = new Uint8Array(buffer.subarray(at, (at += size)));
    return double ? new Float64Array(copy.buffer) : new Float32Array(copy.buffer);
  });
  return { key: head.key, facts: head.facts, arrays };
}

/** SHA-256 of what a training depends on. */
export function snapshotKey(facts: unknown, arrays: readonly (ArrayBufferView | undefined)[]): string {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const array of arrays)
    if (array !== undefined) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return hash.digest("hex");
}
