import { eigenvalues } from "../../spectrum/spectrum.js";

/**
 * Entropy -sum p log(p + 1e-8) of the normalised eigenvalues of the covariance of channels, pixels and images as samples
 * (AZ-NAS's expressivity of one feature map). NaN for features that do not vary.
 *
 * @param values n x channels x pixels.
 */
export function channelEntropy(values: Float64Array, n: number, channels: number): number {
  const area = values.length / (n * channels);
  const centred = values.slice();
  for (let c = 0; c < channels; c++) {
    const rows = Array.from({ length: n }, (_, i) => (i * channels + c) * area);
    let sum = 0;
    for (const row of rows) for (let k = row; k < row + area; k++) sum += values[k];
    const mean = sum / (n * area);
    for (const row of rows) for (let k = row; k < row + area; k++) centred[k] -= mean;
  }
  const spectrum = eigenvalues(channelProducts(centred, channels, centred, channels, n), channels);
  const total = spectrum.reduce((sum, value) => sum + value, 0);
  return spectrum.reduce((sum, value) => sum - (value / total) * Math.log(value / total + 1e-8), 0);
}

/** What `trainability` needs to know of a cell. */
export interface CellSides {
  /** Channels of its output. */
  readonly channels: number;
  /** Pixels a side of its input and of its output. */
  readonly sides: readonly [number, number];
}

/**
 * AZ-NAS's trainability of one cell: 2 - s - 1/(s + 1e-6) with s the greatest singular value of g_in' g_out / (n pixels), the
 * cotangents of the cell's input and output at every pixel; where the cell halves the image, each 2 x 2 block of input
 * pixels is four channels. -Infinity where they are equal, which only the identity does.
 *
 * @param input n x channels x pixels of the input; `output` of the output.
 */
export function trainability(input: Float64Array, output: Float64Array, n: number, cell: CellSides): number {
  if (input.length === output.length && input.every((value, at) => value === output[at])) return -Infinity;
  const [before, after] = cell.sides;
  const stride = before / after;
  const inputChannels = input.length / (n * before * before);
  const back = stride === 1 ? input : unshuffle(input, n * inputChannels, before, stride);
  const channels = inputChannels * stride * stride;
  const jacobian = channelProducts(back, channels, output, cell.channels, n);
  const s = Math.sqrt(Math.max(0, eigenvalues(gram(jacobian, channels, cell.channels), cell.channels).at(-1)!));
  return 2 - s - 1 / (s + 1e-6);
}

/** Mean over images and pixels of products of channels: a x b, of n x a x pixels and n x b x pixels. */
function channelProducts(x: Float64Array, a: number, y: Float64Array, b: number, n: number): Float64Array {
  const area = x.length / (n * a);
  const out = new Float64Array(a * b);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < a; c++)
      for (let d = 0; d < b; d++) {
        const [first, second] = [(i * a + c) * area, (i * b + d) * area];
        let sum = 0;
        for (let k = 0; k < area; k++) sum += x[first + k] * y[second + k];
        out[c * b + d] += sum / (n * area);
      }
  return out;
}

/** Planes of side x side pixels as stride^2 planes each of every stride-th pixel (PyTorch's PixelUnshuffle). */
function unshuffle(values: Float64Array, planes: number, side: number, stride: number): Float64Array {
  const out = new Float64Array(values.length);
  const small = side / stride;
  for (let p = 0, at = 0; p < planes; p++)
    for (let phase = 0; phase < stride * stride; phase++)
      for (let y = 0; y < small; y++)
        for (let x = 0; x < small; x++) {
          const row = y * stride + Math.floor(phase / stride);
          out[at++] = values[(p * side + row) * side + x * stride + (phase % stride)];
        }
  return out;
}

/** M' M of a rows x columns matrix. */
function gram(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let d = 0; d < columns; d++) out[c * columns + d] += matrix[r * columns + c] * matrix[r * columns + d];
  return out;
}
