import { zipSync } from "fflate";
import type { NamedTensor } from "./types.js";

/**
 * Tensors as an .npz file of float32 arrays, float64 where they say so (numpy's format: a zip of .npy files), which `numpy.load` reads, and PyTorch through it:
 * `{name: torch.from_numpy(array) for name, array in numpy.load(file).items()}` is a state_dict.
 */
export function tensorsToNpz(tensors: readonly NamedTensor[]): Uint8Array {
  const files = Object.fromEntries(tensors.map((tensor) => [`${tensor.name}.npy`, npy(tensor)]));
  return zipSync(files, { level: 0, mtime: "1980-01-01T00:00:00" });
}

/** Version 1.0: magic, length of the header (uint16), a Python dictionary padded to 64 bytes, little-endian numbers. */
function npy({ shape, values, precision }: NamedTensor): Uint8Array {
  const size = precision === "float64" ? 8 : 4;
  const text = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${shape.map((side) => `${side},`).join(" ")}), }`;
  const head = 10;
  const padding = (64 - ((head + text.length + 1) % 64)) % 64;
  const header = `${text}${" ".repeat(padding)}\n`;
  const bytes = new Uint8Array(head + header.length + size * values.length);
  bytes.set([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(Buffer.from(header, "latin1"), head);
  const view = new DataView(bytes.buffer, head + header.length);
  values.forEach((value, i) => {
    if (size === 8) view.setFloat64(8 * i, value, true);
    else view.setFloat32(4 * i, value, true);
  });
  return bytes;
}
