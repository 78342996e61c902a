import { AppError } from "../errors.js";
import { nameClasses, oneClassNote } from "./classes.js";
import { hashOf, type RowSource } from "./source.js";

interface NumberType {
  readonly name: string;
  readonly size: number;
  read(view: DataView, at: number): number;
}

/** By the third byte of the file. All numbers are big-endian. */
const types: ReadonlyMap<number, NumberType> = new Map([
  [0x08, { name: "uint8", size: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
  [0x09, { name: "int8", size: 1, read: (view: DataView, at: number) => view.getInt8(at) }],
  [0x0b, { name: "int16", size: 2, read: (view: DataView, at: number) => view.getInt16(at) }],
  [0x0c, { name: "int32", size: 4, read: (view: DataView, at: number) => view.getInt32(at) }],
  [0x0d, { name: "float32", size: 4, read: (view: DataView, at: number) => view.getFloat32(at) }],
  [0x0e, { name: "float64", size: 8, read: (view: DataView, at: number) => view.getFloat64(at) }],
]);

/** A parsed IDX file: the header is checked, the numbers are still bytes. */
export interface IdxArray {
  readonly type: string;
  /** Sizes of the dimensions, the number of rows first. */
  readonly shape: readonly number[];
  /** Number `index` in row-major order. */
  at(index: number): number;
  /** The numbers alone, without header. */
  readonly bytes: Uint8Array;
}

/**
 * Reads an IDX file (MNIST's format): 0, 0, type, number of dimensions, big-endian uint32 sizes, numbers row by row.
 * `file` is the name for messages. Errors: `data` for a wrong magic number, a cut-off file, or bytes left over; the
 * message states the expected and the received number.
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  if (bytes.length < 4) throw damaged(file, "expected a header of at least 4 bytes", bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const dimensions = magic & 0xff;
  const type = types.get((magic >>> 8) & 0xff);
  if (magic >>> 16 !== 0 || type === undefined || dimensions === 0) throw wrongMagic(file, magic);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) throw damaged(file, `expected a header of ${header} bytes`, bytes.length);
  const shape = Array.from({ length: dimensions }, (_, k) => view.getUint32(4 + 4 * k));
  const expected = header + shape.reduce((product, size) => product * size, type.size);
  if (bytes.length !== expected) {
    throw damaged(file, `expected ${expected} bytes (${shape.join(" x ")} numbers of type ${type.name})`, bytes.length);
  }
  return {
    type: type.name,
    shape,
    at: (index) => type.read(view, header + index * type.size),
    bytes: bytes.subarray(header),
  };
}

/**
 * Images and labels (or images alone) as a `RowSource`. Rows are flattened images; uint8 images (two or more
 * dimensions besides the rows) are divided by 255, so that pixels lie in [0, 1]; other numbers are as in the file.
 * The hash is that of the numbers' bytes without headers, so plain and gzip files have the same one.
 * `limit`: only the first rows. Errors: `data` as `parseIdx`, and when the counts of images and labels differ.
 */
export function idxSource(
  spec: string,
  images: { readonly bytes: Uint8Array; readonly file: string },
  labels: { readonly bytes: Uint8Array; readonly file: string } | undefined,
  limit = Infinity,
): RowSource {
  const data = parseIdx(images.bytes, images.file);
  if (data.shape.length < 2) throw wrongRole(images.file, data, "images (magic number 2051, 3 dimensions)");
  const classes = labels && parseIdx(labels.bytes, labels.file);
  if (labels && classes) checkLabels(data, images.file, classes, labels.file);
  const [rows, ...rowShape] = data.shape;
  const n = Math.min(rows, limit);
  const d = rowShape.reduce((product, size) => product * size, 1);
  if (n < 1 || d < 1) {
    throw new AppError("data", `${images.file}: expected at least one number, the shape is ${data.shape.join(" x ")}`, {
      hint: "Give a file with rows.",
    });
  }
  if (data.type.startsWith("float")) checkFinite(data, n, d, images.file);
  const scale = data.type === "uint8" && rowShape.length >= 2 ? 255 : 1;
  const named = classes && nameClasses(Array.from({ length: n }, (_, i) => classes.at(i)));
  const firstBytes = (array: IdxArray) => array.bytes.subarray(0, (array.bytes.length / array.shape[0]) * n);
  return {
    spec,
    n,
    d,
    ...named,
    ...(rowShape.length === 2 && { imageShape: { height: rowShape[0], width: rowShape[1], channels: 1 } }),
    hash: hashOf(firstBytes(data), classes && firstBytes(classes)),
    notes: named?.classNames.length === 1 ? [oneClassNote(named.classNames[0])] : [],
    row: (index, out, offset = 0) => {
      for (let j = 0; j < d; j++) out[offset + j] = data.at(index * d + j) / scale;
    },
  };
}

/** Throws AppError `data` naming the first row and number that is NaN or infinite. */
function checkFinite(data: IdxArray, n: number, d: number, file: string): void {
  for (let k = 0; k < n * d; k++) {
    if (Number.isFinite(data.at(k))) continue;
    const [row, column] = [Math.floor(k / d) + 1, (k % d) + 1];
    throw new AppError(
      "data",
      `${file}: expected finite numbers, row ${row} has ${data.at(k)} as its number ${column}`,
      {
        hint: "Remove the row or replace the value.",
        details: { row, column },
      },
    );
  }
}

function checkLabels(data: IdxArray, dataFile: string, labels: IdxArray, labelFile: string): void {
  if (labels.shape.length !== 1 || labels.type.startsWith("float")) {
    throw wrongRole(labelFile, labels, "labels (magic number 2049, 1 dimension of integers)");
  }
  if (labels.shape[0] !== data.shape[0]) {
    throw new AppError(
      "data",
      `${labelFile}: expected ${data.shape[0]} labels, one for each image of ${dataFile}, it has ${labels.shape[0]}`,
      {
        hint: "Images and labels must come from the same split.",
        details: { expected: data.shape[0], received: labels.shape[0] },
      },
    );
  }
}

function wrongRole(file: string, array: IdxArray, expected: string): AppError {
  const shape = `${array.shape.join(" x ")} numbers of type ${array.type}`;
  return new AppError("data", `${file}: expected ${expected}, it holds ${shape}`, {
    hint: "The order is idx:IMAGES,LABELS; are the two files swapped?",
  });
}

function wrongMagic(file: string, magic: number): AppError {
  const hexadecimal = `0x${magic.toString(16).padStart(8, "0")}`;
  return new AppError(
    "data",
    `${file}: expected an IDX file (magic number 2051 = 0x00000803 for images, 2049 = 0x00000801 for labels), it begins with ${magic} = ${hexadecimal}`,
    { hint: "Is this the right file, and not another format or an error page?", details: { received: magic } },
  );
}

function damaged(file: string, expected: string, received: number): AppError {
  return new AppError("data", `${file}: ${expected}, the file has ${received}`, {
    hint: "The file is cut off or damaged: download or copy it again.",
    details: { received },
  });
}
