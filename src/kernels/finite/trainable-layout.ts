import { tapsOf, type ConstantPlace } from "./compile/weights.js";
import { paddedChannels } from "./engine/program.js";

type Floats = Float32Array | Float64Array;

/** Offset of weight [o][c][tap] in a layout. */
type Index = (o: number, c: number, tap: number) => number;

function indexOf({ layout, shape: [outputs, inputs] }: ConstantPlace): Index {
  const width = paddedChannels(layout === "forward" ? outputs : inputs);
  return layout === "forward"
    ? (o, c, tap) => (tap * inputs + c) * width + o
    : (o, c, tap) => (tap * outputs + o) * width + c;
}

/** Calls `use` with the offset of every number in `Parameter.shape` and in the layout of a place. */
function eachNumber(place: ConstantPlace, use: (plain: number, placed: number) => void): void {
  if (place.layout === "channels") {
    for (let c = 0; c < place.count; c++) use(c, c);
    return;
  }
  const [outputs, inputs] = place.shape;
  const taps = tapsOf(place.shape);
  const index = indexOf(place);
  for (let o = 0, at = 0; o < outputs; o++)
    for (let c = 0; c < inputs; c++) for (let tap = 0; tap < taps; tap++, at++) use(at, index(o, c, tap));
}

/** Numbers in the layout of a place, from `offset` of `memory`, as `size` numbers in the layout of `Parameter.shape`. */
export function fromMaster(memory: Floats, offset: number, place: ConstantPlace, size: number): Float64Array {
  const out = new Float64Array(size);
  eachNumber(place, (plain, placed) => (out[plain] = memory[offset + placed]));
  return out;
}

/** The way back; padding stays as it is. */
export function toMaster(memory: Floats, offset: number, place: ConstantPlace, values: Floats): void {
  eachNumber(place, (plain, placed) => (memory[offset + placed] = values[plain]));
}

/** Writes a weight's transposed copy, [tap][output][padded input], from its values, [tap][input][padded output]. */
export function refreshCopy(memory: Floats, master: ConstantPlace, copy: ConstantPlace): void {
  const [outputs, inputs] = master.shape;
  const [from, to] = [paddedChannels(outputs), paddedChannels(inputs)];
  for (let tap = 0; tap < tapsOf(master.shape); tap++) {
    const source = master.at + tap * inputs * from;
    const target = copy.at + tap * outputs * to;
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < inputs; c++) memory[target + o * to + c] = memory[source + c * from + o];
  }
}
