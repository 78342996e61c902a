import { unzipSync } from "fflate";
import { AppError } from "../errors.js";
import { nameClasses, oneClassNote } from "./classes.js";
import { readBytes } from "./files.js";
import { checkSize, hashOf, sourceOf, type RowSource } from "./source.js";
import { splitSpec } from "./spec-parts.js";

interface NumberType {
  readonly size: number;
  read(view: DataView, at: number, little: boolean): number;
}

const reader = (size: number, read: NumberType["read"]): NumberType => ({ size, read });

/** By numpy's letter and number of bytes. 64-bit integers lose precision above 2^53. */
const types: ReadonlyMap<string, NumberType> = new Map([
  ["b1", reader(1, (view, at) => view.getUint8(at))],
  ["u1", reader(1, (view, at) => view.getUint8(at))],
  ["i1", reader(1, (view, at) => view.getInt8(at))],
  ["u2", reader(2, (view, at, little) => view.getUint16(at, little))],
  ["i2", reader(2, (view, at, little) => view.getInt16(at, little))],
  ["u4", reader(4, (view, at, little) => view.getUint32(at, little))],
  ["i4", reader(4, (view, at, little) => view.getInt32(at, little))],
  ["u8", reader(8, (view, at, little) => Number(view.getBigUint64(at, little)))],
  ["i8", reader(8, (view, at, little) => Number(view.getBigInt64(at, little)))],
  ["f2", reader(2, (view, at, little) => halfFloat(view.getUint16(at, little)))],
  ["f4", reader(4, (view, at, little) => view.getFloat32(at, little))],
  ["f8", reader(8, (view, at, little) => view.getFloat64(at, little))],
]);

/** An array of numpy, numbers in row-major order whatever the order of the file. */
export interface NpyArray {
  /** `f4`, `i8`, ... */
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/**
 * Reads a .npy file (numpy.lib.format, versions 1 to 3): integers, booleans and floats of both byte orders, in C or
 * Fortran order. Errors: `data` for other files, other types (objects, complex numbers, text, records) and a wrong length.
 */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const { text, start } = headerOf(bytes, file);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  const mark = descr?.[0];
  const code = descr?.slice(1) ?? "";
  const type = types.get(code);
  if (type === undefined) throw wrongType(file, descr ?? /'descr'\s*:\s*(\[.*?\])/.exec(text)?.[1] ?? "none");
  if (order === undefined || sizes === undefined) throw damaged(file, "expected a header with order and shape", text);
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [parseInt(size, 10)]));
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = count * type.size;
  if (bytes.length - start !== expected) {
    throw damaged(
      file,
      `expected ${expected} bytes of data (${shape.join(" x ")} of ${code})`,
      `${bytes.length - start}`,
    );
  }
  checkSize(file, count, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(count);
  for (let k = 0; k < count; k++) values[k] = type.read(view, start + k * type.size, mark !== ">");
  return { type: code, shape, values: order === "True" && shape.length > 1 ? rowMajor(values, shape) : values };
}

function headerOf(bytes: Uint8Array, file: string): { text: string; start: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 12 || magic.some((byte, k) => bytes[k] !== byte)) {
    throw new AppError("data", `${file}: expected a .npy file, which begins with \\x93NUMPY`, {
      hint: bytes[0] === 0x50 && bytes[1] === 0x4b ? "This is a zip: write npz:FILE." : "Write it with numpy.save.",
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = bytes[6] === 1;
  const length = first ? view.getUint16(8, true) : view.getUint32(8, true);
  const begin = first ? 10 : 12;
  if (begin + length > bytes.length) throw damaged(file, `expected a header of ${length} bytes`, `${bytes.length}`);
  return { text: new TextDecoder("latin1").decode(bytes.subarray(begin, begin + length)), start: begin + length };
}

/** Fortran order: the first index runs fastest. */
function rowMajor(values: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  const index = shape.map(() => 0);
  for (let k = 0; k < values.length; k++) {
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) at = at * shape[axis] + index[axis];
    out[at] = values[k];
    for (let axis = 0; axis < shape.length && ++index[axis] === shape[axis]; axis++) index[axis] = 0;
  }
  return out;
}

/** numpy's float16: sign, 5 bits of exponent, 10 of fraction. */
function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits >>> 15 ? -1 : 1, (bits >>> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/**
 * `npy:X.npy[,Y.npy]`: inputs (n x anything, flattened) and labels or targets (n). Integer targets are classes, floats are
 * values. Pixels of type uint8 in three or four dimensions (n x h x w, n x c x h x w) are divided by 255.
 */
export async function npySource(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths } = splitSpec(spec, rest, {});
  if (paths.length < 1 || paths.length > 2) throw wrongForm(spec, "npy:X.npy[,Y.npy]");
  const [x, y] = await Promise.all(
    paths.map(async (file) => ({ file, ...parseNpy(await readBytes(file, cwd), file) })),
  );
  return arraysSource(spec, x, paths.length === 2 ? y : undefined, limit);
}

/**
 * `npz:FILE[,x=NAME][,y=NAME]`: arrays of an .npz file, stored or compressed; by default `x` and `y`, in either case, or
 * the only array.
 */
export async function npzSource(spec: string, rest: string, cwd: string, limit?: number): Promise<RowSource> {
  const { paths, options } = splitSpec(spec, rest, { x: [], y: [] } as const);
  if (paths.length !== 1) throw wrongForm(spec, "npz:FILE[,x=NAME,y=NAME]");
  const [file] = paths;
  const bytes = await readBytes(file, cwd);
  const entries = npzEntries(bytes, file);
  const names = Object.keys(entries).map((name) => name.slice(0, -4));
  const pick = (wanted: string | undefined, usual: readonly string[]): string | undefined => {
    if (wanted === undefined) return usual.find((name) => names.includes(name));
    if (names.includes(wanted)) return wanted;
    throw new AppError("usage", `${file}: expected the array ${wanted}, there is ${names.join(", ") || "none"}`, {
      hint: "Choose arrays with x=NAME and y=NAME.",
    });
  };
  const xName = pick(options.x, ["x", "X", "x_train", "train_images"]) ?? (names.length === 1 ? names[0] : undefined);
  if (xName === undefined) {
    throw new AppError("usage", `${file}: expected an array x, there is ${names.join(", ") || "none"}`, {
      hint: "Choose the inputs with x=NAME, and labels with y=NAME.",
      details: { names },
    });
  }
  const yName = pick(options.y, ["y", "Y", "y_train", "train_labels"]);
  const array = (name: string) => ({ file: `${file}/${name}`, ...parseNpy(entries[`${name}.npy`], `${file}/${name}`) });
  return arraysSource(spec, array(xName), yName === undefined ? undefined : array(yName), limit);
}

/** Every array of an .npz file by its name, stored or compressed. Errors: `data` for other files and arrays of other types. */
export function parseNpz(bytes: Uint8Array, file: string): Map<string, NpyArray> {
  const entries = Object.entries(npzEntries(bytes, file));
  return new Map(entries.map(([name, content]) => [name.slice(0, -4), parseNpy(content, `${file}/${name}`)]));
}

function npzEntries(bytes: Uint8Array, file: string): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter: ({ name, originalSize }) => name.endsWith(".npy") && originalSize < 2 ** 31 });
  } catch (cause) {
    throw new AppError("data", `${file}: expected an .npz file (a zip of arrays), it cannot be unpacked`, {
      hint: "Write it with numpy.savez, or copy it again.",
      cause,
    });
  }
}

type NamedArray = NpyArray & { readonly file: string };

function arraysSource(spec: string, x: NamedArray, y: NamedArray | undefined, limit = Infinity): RowSource {
  if (x.shape.length === 0 || x.values.length === 0) {
    throw new AppError("data", `${x.file}: expected rows of numbers, its shape is (${x.shape.join(", ")})`, {
      hint: "The first dimension counts the inputs.",
    });
  }
  if (y && (y.shape[0] !== x.shape[0] || y.values.length !== x.shape[0])) {
    throw new AppError(
      "data",
      `${y.file}: expected ${x.shape[0]} labels or targets, one for each row of ${x.file}, its shape is (${y.shape.join(", ")})`,
      { hint: "One-hot labels: save the class numbers instead.", details: { expected: x.shape[0], received: y.shape } },
    );
  }
  const d = x.values.length / x.shape[0];
  const n = Math.min(limit, x.shape[0]);
  const inputs = x.values.slice(0, n * d);
  checkFinite(x.file, inputs, d);
  const [height, width] = x.shape.slice(-2);
  const channels = x.shape.length === 4 ? x.shape[1] : 1;
  const image = x.shape.length === 3 || (x.shape.length === 4 && (channels === 1 || channels === 3));
  if (x.type === "u1" && x.shape.length >= 3) for (let k = 0; k < inputs.length; k++) inputs[k] /= 255;
  const values = y?.values.slice(0, n);
  if (y && values) checkFinite(y.file, values, 1);
  const classes = y && values && !y.type.startsWith("f") ? nameClasses([...values]) : undefined;
  const targets = values && classes === undefined ? values : undefined;
  return sourceOf({
    spec,
    n,
    d,
    inputs,
    ...classes,
    ...(targets && { targets }),
    ...(image && { imageShape: { height, width, channels } }),
    hash: hashOf(inputs, classes?.labels, targets),
    notes: classes?.classNames.length === 1 ? [oneClassNote(classes.classNames[0])] : [],
  });
}

function checkFinite(file: string, values: Float64Array, d: number): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const [row, column] = [Math.floor(at / d), at % d];
  throw new AppError("data", `${file}: expected finite numbers, row ${row} has ${values[at]} at ${column} (from 0)`, {
    hint: "Remove the row or replace the value.",
    details: { row, column },
  });
}

const wrongForm = (spec: string, form: string): AppError =>
  new AppError("usage", `Expected ${form}, got "${spec}"`, { hint: "Name the file after the colon." });

const wrongType = (file: string, type: string): AppError =>
  new AppError("data", `${file}: expected integers, booleans or floats of up to 8 bytes, its dtype is ${type}`, {
    hint: "Convert the array before saving: array.astype('float64').",
    details: { received: type },
  });

const damaged = (file: string, expected: string, received: string): AppError =>
  new AppError("data", `${file}: ${expected}, got ${received}`, {
    hint: "The file is cut off or damaged: write or copy it again.",
  });
