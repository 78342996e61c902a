import type { Shape } from "../../../arch/graph.js";
import {
  channelGroup,
  fill,
  frame,
  paddedChannels,
  program,
  type Extent,
  type Instruction,
  type Plane,
} from "../engine/program.js";

/** A tensor of one sample, zero-padded NHWC. Offsets are in floats, relative to the sample's block. */
export interface Tensor {
  readonly channels: number;
  /** Channels rounded up: the distance of neighbouring pixels. */
  readonly pixel: number;
  readonly height: number;
  readonly width: number;
  readonly halo: number;
  /** Distance of neighbouring rows. */
  readonly row: number;
  /** Offset of pixel (0, 0), channel 0; known once the plan is made. */
  offset: number;
}

export const planeOf = ({ offset, row }: Tensor): Plane => ({ at: offset, row });

export const extentOf = ({ height, width, pixel }: Tensor): Extent => ({ height, width, channels: pixel });

/** Floats of a tensor with its halo. */
export const floatsOf = ({ row, height, halo }: Tensor): number => row * (height + 2 * halo);

/** A tensor for a shape; vectors are images of one pixel. */
export function tensorOf(shape: Shape, halo: number): Tensor {
  const [channels, height = 1, width = 1] = shape;
  const pixel = paddedChannels(channels);
  return { channels, pixel, height, width, halo, row: (width + 2 * halo) * pixel, offset: NaN };
}

/** Where everything is in a sample's block. */
export interface Plan {
  /** Floats of the block, a multiple of 16. */
  readonly stride: number;
  /** Zeroes what a program reads and nothing of it writes: for memory that was used before. */
  readonly clear: Int32Array;
  /** Every tensor, and the steps between which it is alive. */
  readonly tensors: readonly { readonly tensor: Tensor; readonly first: number; readonly last: number }[];
}

/**
 * Gives every tensor an offset so that tensors that are never alive at the same step may share memory. Only tensors of one
 * geometry share, since a halo must stay zero.
 */
export class Planner {
  readonly #lives = new Map<Tensor, { first: number; last: number }>();
  readonly #cleared = new Set<Tensor>();
  #vectors = 0;

  /** The tensor is written or read at this step. */
  touch(tensor: Tensor, step: number): void {
    const life = this.#lives.get(tensor);
    if (life === undefined) this.#lives.set(tensor, { first: step, last: step });
    else {
      life.first = Math.min(life.first, step);
      life.last = Math.max(life.last, step);
    }
  }

  /** Floats of their own, for as long as the program runs; offset relative to the sample's block. */
  reserve(count: number): number {
    const offset = this.#vectors;
    this.#vectors += Math.ceil(count / channelGroup) * channelGroup;
    return offset;
  }

  /** The tensor's interior, or part of it, is read without being written: it must start as zero. */
  clear(tensor: Tensor): void {
    this.#cleared.add(tensor);
  }

  plan(): Plan {
    let top = this.#vectors;
    const instructions: Instruction[] = [fill({ count: top, dst: 0, value: 0 })];
    const free = new Map<string, { origin: number; until: number }[]>();
    const lives = [...this.#lives].sort(([, a], [, b]) => a.first - b.first);
    for (const [tensor, { first, last }] of lives) {
      const key = `${tensor.pixel} ${tensor.height} ${tensor.width} ${tensor.halo}`;
      const places = free.get(key) ?? [];
      free.set(key, places);
      let place = places.find(({ until }) => until < first);
      const fresh = place === undefined;
      if (place === undefined) {
        place = { origin: top, until: last };
        places.push(place);
        top += floatsOf(tensor);
      }
      place.until = last;
      const { halo } = tensor;
      tensor.offset = place.origin + halo * (tensor.row + tensor.pixel);
      if (this.#cleared.has(tensor)) {
        instructions.push(fill({ count: floatsOf(tensor), dst: place.origin, value: 0 }));
      } else if (halo > 0 && fresh) {
        instructions.push(frame({ ...extentOf(tensor), x: planeOf(tensor), halo }));
      }
    }
    return {
      stride: Math.ceil(top / channelGroup) * channelGroup,
      clear: program(instructions),
      tensors: lives.map(([tensor, life]) => ({ tensor, ...life })),
    };
  }
}
