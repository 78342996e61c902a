import { eachNumber, indexOf, tapsOf, type ConstantPlace } from "./compile/weight-layout.js";
import { paddedChannels } from "./engine/program.js";

type Floats = Float32Array | Float64Array;

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

/** Writes a weight's copy in another layout from its values, [tap][input][padded output]. */
export function refreshCopy(memory: Floats, master: ConstantPlace, copy: ConstantPlace): void {
  if (copy.groups > 1) {
    const from = indexOf(master);
    const [outputs, inputs] = master.shape;
    const to = indexOf(copy);
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < inputs; c++)
        for (let tap = 0; tap < tapsOf(master.shape); tap++)
          memory[copy.at + to(o, c, tap)] = memory[master.at + from(o, c, tap)];
    return;
  }
  const [outputs, inputs] = master.shape;
  const [from, to] = [paddedChannels(outputs), paddedChannels(inputs)];
  for (let tap = 0; tap < tapsOf(master.shape); tap++) {
    const source = master.at + tap * inputs * from;
    const target = copy.at + tap * outputs * to;
    for (let o = 0; o < outputs; o++)
      for (let c = 0; c < inputs; c++) memory[target + o * to + c] = memory[source + c * from + o];
  }
}
