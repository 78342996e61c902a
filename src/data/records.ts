import { createHash } from "node:crypto";
import { AppError } from "../errors.js";
import { oneClassNote } from "./classes.js";
import type { RowSource } from "./source.js";

/** Mean and standard deviation of each channel, for pixels in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How a file of labelled images is laid out: records of one size, a label, then one plane a channel, row by row. */
export interface RecordFormat {
  /** For messages: `CIFAR-10`. */
  readonly name: string;
  /** Bytes before the pixels. */
  readonly labelBytes: number;
  readonly imageShape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly classNames: readonly string[];
  /** Class of the record that begins at this byte; undefined leaves the record out. */
  classAt(bytes: Uint8Array, at: number): number | undefined;
}

/**
 * Labelled images of one size as a `RowSource`: rows are channel by channel (planar: all red pixels row by row, then
 * green, then blue), v / 255, or (v / 255 - mean) / std of each channel with `statistics`. The bytes stay bytes.
 * The hash is that of classes and pixels, and of the statistics if any.
 * Errors: `data` for a file that is no whole number of records, a class without a name, no record at all.
 */
export function recordSource(
  spec: string,
  format: RecordFormat,
  files: readonly { readonly file: string; readonly bytes: Uint8Array }[],
  options: { readonly statistics?: ChannelStatistics; readonly limit?: number } = {},
): RowSource {
  const { height, width, channels } = format.imageShape;
  const plane = height * width;
  const d = channels * plane;
  const size = format.labelBytes + d;
  const { statistics, limit = Infinity } = options;
  const places: { readonly bytes: Uint8Array; readonly at: number }[] = [];
  const labels: number[] = [];
  for (const { file, bytes } of files) {
    checkRecords(format, size, file, bytes.length);
    for (let at = 0; at < bytes.length && labels.length < limit; at += size) {
      const label = format.classAt(bytes, at);
      if (label === undefined) continue;
      if (label < 0 || label >= format.classNames.length) throw wrongLabel(format, file, at / size, label);
      labels.push(label);
      places.push({ bytes, at: at + format.labelBytes });
    }
  }
  if (places.length === 0) {
    throw new AppError("data", `${spec}: expected at least one image, there is none`, {
      hint: "Give files with images.",
    });
  }
  const used = new Set(labels);
  const only = used.size === 1 ? [oneClassNote(format.classNames[labels[0]])] : [];
  const classes = Int32Array.from(labels);
  return {
    spec,
    n: places.length,
    d,
    labels: classes,
    classNames: format.classNames,
    imageShape: format.imageShape,
    hash: hashRecords(classes, places, d, statistics),
    notes: only,
    row: (index, out, offset = 0) => {
      const { bytes, at } = places[index];
      for (let j = 0; j < d; j++) out[offset + j] = bytes[at + j] / 255;
      if (statistics === undefined) return;
      for (let j = 0; j < d; j++) {
        const channel = Math.floor(j / plane);
        out[offset + j] = (out[offset + j] - statistics.mean[channel]) / statistics.std[channel];
      }
    },
  };
}

function hashRecords(
  labels: Int32Array,
  places: readonly { readonly bytes: Uint8Array; readonly at: number }[],
  d: number,
  statistics: ChannelStatistics | undefined,
): string {
  const hash = createHash("sha256").update(new Uint8Array(labels.buffer));
  for (const { bytes, at } of places) hash.update(bytes.subarray(at, at + d));
  if (statistics) hash.update(JSON.stringify(statistics));
  return hash.digest("hex");
}

function checkRecords({ name, labelBytes }: RecordFormat, size: number, file: string, length: number): void {
  if (length % size === 0 && length > 0) return;
  throw new AppError(
    "data",
    `${file}: expected ${name} records of ${size} bytes (${labelBytes} for the label, ${size - labelBytes} pixels), ` +
      `${length} bytes are ${length === 0 ? "none" : `${Math.floor(length / size)} records and ${length % size} bytes`}`,
    { hint: "The file is cut off, or of another format.", details: { expected: size, received: length } },
  );
}

function wrongLabel({ name, classNames }: RecordFormat, file: string, record: number, label: number): AppError {
  return new AppError(
    "data",
    `${file}, record ${record + 1}: expected a class from 0 to ${classNames.length - 1} (${name}), got ${label}`,
    { hint: "Is this a file of another format?", details: { record: record + 1, received: label } },
  );
}
