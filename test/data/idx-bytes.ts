const writers: Readonly<Record<number, { size: number; write(view: DataView, at: number, value: number): void }>> = {
  0x08: { size: 1, write: (view, at, value) => view.setUint8(at, value) },
  0x09: { size: 1, write: (view, at, value) => view.setInt8(at, value) },
  0x0b: { size: 2, write: (view, at, value) => view.setInt16(at, value) },
  0x0c: { size: 4, write: (view, at, value) => view.setInt32(at, value) },
  0x0d: { size: 4, write: (view, at, value) => view.setFloat32(at, value) },
  0x0e: { size: 8, write: (view, at, value) => view.setFloat64(at, value) },
};

/** An IDX file written by the format's description, big-endian. */
export function idxBytes(type: number, shape: readonly number[], numbers: readonly number[]): Uint8Array {
  const writer = writers[type];
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + numbers.length * writer.size);
  const view = new DataView(bytes.buffer);
  view.setUint8(2, type);
  view.setUint8(3, shape.length);
  shape.forEach((length, k) => view.setUint32(4 + 4 * k, length));
  numbers.forEach((value, k) => writer.write(view, header + k * writer.size, value));
  return bytes;
}
