/** A Python tuple; lists are arrays, dicts (ordered or not) are maps, sets are sets, bytes are `Uint8Array`. */
export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A class or function that the pickle names; only names of the allow-list get this far. */
export class PickleGlobal {
  constructor(readonly name: GlobalName) {}
}

/** An element type of numpy such as `f8`; `littleEndian` once its state is known (true for one byte). */
export class NumpyType {
  littleEndian = true;
  constructor(readonly code: NumberCode) {}

  get size(): number {
    return Number(this.code[1]);
  }
}

/** Numbers of an array as bytes, row by row (column by column if `fortran`). */
export class NumpyArray {
  shape: readonly number[] = [0];
  type: NumpyType | undefined;
  fortran = false;
  bytes: Uint8Array = new Uint8Array(0);
}

export const numberCodes = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"] as const;
export type NumberCode = (typeof numberCodes)[number];

/** Every global that some reader may allow; anything else is refused by name. */
export const globalNames = [
  "collections.OrderedDict",
  "numpy.dtype",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray.scalar",
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray._reconstruct",
  "numpy.ndarray",
  "_codecs.encode",
] as const;
export type GlobalName = (typeof globalNames)[number];

/** What plain values and numpy numbers need. */
export const plainGlobals: readonly GlobalName[] = globalNames.slice(0, 4);
/** What numpy arrays need besides, written by Python 2 or 3. */
export const arrayGlobals: readonly GlobalName[] = globalNames;
