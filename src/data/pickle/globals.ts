import { NumpyArray, NumpyType, PickleGlobal, PickleTuple, numberCodes, type GlobalName } from "./values.js";

/** Throws the error of the reader at its position. */
export type Fail = (what: string) => never;

/** What calling an allowed global gives. Nothing is ever looked up or run: each has its own few lines here. */
export function callGlobal(name: GlobalName, args: readonly unknown[], fail: Fail): unknown {
  switch (name) {
    case "collections.OrderedDict":
      return orderedDict(args, fail);
    case "numpy.dtype":
      return numpyType(args, fail);
    case "numpy.core.multiarray.scalar":
    case "numpy._core.multiarray.scalar":
      return numpyScalar(args, fail);
    case "numpy.core.multiarray._reconstruct":
    case "numpy._core.multiarray._reconstruct":
      if (args[0] instanceof PickleGlobal && args[0].name === "numpy.ndarray") return new NumpyArray();
      return fail("an array of an unknown class begins");
    case "_codecs.encode":
      if (args.length === 2 && typeof args[0] === "string" && (args[1] === "latin1" || args[1] === "latin-1")) {
        return latin1Bytes(args[0]);
      }
      return fail("_codecs.encode has arguments other than text and latin1");
    case "numpy.ndarray":
      return fail("numpy.ndarray is called");
  }
}

/** `object.__setstate__(state)` for the two classes that have a state here. */
export function setState(target: unknown, state: unknown, fail: Fail): void {
  const items = state instanceof PickleTuple ? state.items : fail("a state is not a tuple");
  if (target instanceof NumpyType) {
    const order = items[1];
    if (order !== "<" && order !== ">" && order !== "|") fail("a number type has an unknown byte order");
    target.littleEndian = order !== ">";
  } else if (target instanceof NumpyArray) {
    setArray(target, items, fail);
  } else fail("a state is set on something that has none");
}

function orderedDict(args: readonly unknown[], fail: Fail): Map<unknown, unknown> {
  const dict = new Map<unknown, unknown>();
  if (args.length === 0) return dict;
  if (args.length > 1 || !Array.isArray(args[0])) fail("collections.OrderedDict has unknown arguments");
  for (const pair of args[0] as unknown[]) {
    const items = pair instanceof PickleTuple ? pair.items : pair;
    if (!Array.isArray(items) || items.length !== 2) return fail("collections.OrderedDict holds no pairs");
    const [key, value] = items as readonly unknown[];
    if (!isKey(key)) return fail("a key of a dict is itself a list or a dict");
    dict.set(key, value);
  }
  return dict;
}

/** Whether Python could use this value as a key. */
export const isKey = (value: unknown): boolean =>
  value === null || typeof value !== "object" || value instanceof PickleTuple;

function numpyType(args: readonly unknown[], fail: Fail): NumpyType {
  const code = numberCodes.find((known) => known === args[0]);
  return code === undefined ? fail("numpy.dtype is not a number type") : new NumpyType(code);
}

function numpyScalar(args: readonly unknown[], fail: Fail): number | boolean {
  const [type, raw] = args;
  const bytes = typeof raw === "string" ? latin1Bytes(raw) : raw;
  if (!(type instanceof NumpyType) || !(bytes instanceof Uint8Array) || bytes.length !== type.size) {
    return fail("a numpy number has the wrong size");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return numberAt(view, 0, type);
}

/** The number of that type at a byte offset; 64-bit integers are rounded to float64. */
export function numberAt(view: DataView, at: number, { code, littleEndian }: NumpyType): number | boolean {
  switch (code) {
    case "b1":
      return view.getUint8(at) !== 0;
    case "i1":
      return view.getInt8(at);
    case "u1":
      return view.getUint8(at);
    case "i2":
      return view.getInt16(at, littleEndian);
    case "u2":
      return view.getUint16(at, littleEndian);
    case "i4":
      return view.getInt32(at, littleEndian);
    case "u4":
      return view.getUint32(at, littleEndian);
    case "i8":
      return Number(view.getBigInt64(at, littleEndian));
    case "u8":
      return Number(view.getBigUint64(at, littleEndian));
    case "f4":
      return view.getFloat32(at, littleEndian);
    case "f8":
      return view.getFloat64(at, littleEndian);
  }
}

/** (version, shape, type, column by column?, bytes); the bytes must be as many as the shape says. */
function setArray(array: NumpyArray, items: readonly unknown[], fail: Fail): void {
  const [, shape, type, fortran, raw] = items;
  const bytes = typeof raw === "string" ? latin1Bytes(raw) : raw;
  const sizes = shape instanceof PickleTuple ? shape.items : fail("an array has no shape");
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!sizes.every(isSize) || sizes.length > 32) return fail("an array has an impossible shape");
  if (!(type instanceof NumpyType) || !(bytes instanceof Uint8Array)) return fail("an array does not hold numbers");
  const expected = sizes.reduce((product, size) => product * size, type.size);
  if (bytes.length !== expected) return fail(`an array of ${expected} bytes holds ${bytes.length}`);
  array.shape = sizes;
  array.type = type;
  array.fortran = fortran === true;
  array.bytes = bytes;
}

const latin1Bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
