import { channelGroup, paddedChannels } from "../engine/program.js";

/**
 * A parameter's values among the constants. `channels`: as they are. `forward`: [tap][input][padded output]. `transposed`:
 * [tap][output][padded input]. Of convolutions of groups, such a piece for each block of channels (channelBlocks), with zeros
 * between the groups. `shape` is that of a weight with its taps, [outputs, inputs of a group, height, width].
 */
export interface ConstantPlace {
  readonly layout: "channels" | "forward" | "transposed";
  readonly at: number;
  readonly count: number;
  readonly shape: readonly number[];
  readonly groups: number;
}

/** Taps of a weight: kernel area of a convolution, 1 of a dense layer. */
export const tapsOf = ([, , height = 1, width = 1]: readonly number[]): number => height * width;

/** Channels that one instruction of a convolution writes, and those that it reads for them. */
export interface ChannelBlock {
  /** The first channel that is written, and how many are, padding included. */
  readonly at: number;
  readonly channels: number;
  /** The first channel that is read, and how many are. */
  readonly from: number;
  readonly count: number;
  /** Floats of one tap's weights in the blocks before. */
  readonly before: number;
}

/**
 * Blocks of a convolution between `written` and `read` channels, which `groups` divide. A block is a group when that is a
 * whole number of channel groups, else 16 channels, which read all of the groups that they are in.
 */
export function channelBlocks(written: number, read: number, groups: number): readonly ChannelBlock[] {
  const [own, other] = [written / groups, read / groups];
  const channels = blockChannels(written, groups);
  const blocks: ChannelBlock[] = [];
  for (let at = 0, before = 0; at < written; at += channels) {
    const first = Math.floor(at / own);
    const last = Math.floor((Math.min(at + channels, written) - 1) / own);
    const count = (last - first + 1) * other;
    blocks.push({ at, channels, from: first * other, count, before });
    before += count * channels;
  }
  return blocks;
}

function blockChannels(written: number, groups: number): number {
  if (groups === 1) return paddedChannels(written);
  return (written / groups) % channelGroup === 0 ? written / groups : channelGroup;
}

/** Floats of a weight in a layout. */
export function weightCount(place: Pick<ConstantPlace, "layout" | "shape" | "groups">): number {
  const last = blocksOf(place).at(-1)!;
  return tapsOf(place.shape) * (last.before + last.count * last.channels);
}

function blocksOf({ layout, shape, groups }: Pick<ConstantPlace, "layout" | "shape" | "groups">) {
  const [outputs, inputs] = [shape[0], shape[1] * groups];
  return layout === "forward" ? channelBlocks(outputs, inputs, groups) : channelBlocks(inputs, outputs, groups);
}

/** Offset of weight [output][input of its group][tap] in a layout. */
export function indexOf(place: ConstantPlace): (o: number, c: number, tap: number) => number {
  const [outputs, inputs] = place.shape;
  const taps = tapsOf(place.shape);
  const blocks = blocksOf(place);
  const index = (written: number, read: number, tap: number): number => {
    const { at, channels, from, count, before } = blocks[Math.floor(written / blocks[0].channels)];
    return taps * before + (tap * count + read - from) * channels + written - at;
  };
  const input = (o: number, c: number): number => Math.floor((o * place.groups) / outputs) * inputs + c;
  return place.layout === "forward"
    ? (o, c, tap) => index(o, input(o, c), tap)
    : (o, c, tap) => index(input(o, c), o, tap);
}

/** Calls `use` with the offset of every number in `Parameter.shape` and in the layout of a place. */
export function eachNumber(place: ConstantPlace, use: (plain: number, placed: number) => void): void {
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
