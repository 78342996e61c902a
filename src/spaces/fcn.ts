import { activationSet, depthsOf } from "./layered-spec.js";
import { layeredSpace, type LayeredSpace } from "./layered.js";
import type { LayerChoice } from "./space.js";

/** What a ready-made space is made from. */
export interface FcnOptions {
  /** Depth L (the output layer counts), or the least and the greatest. */
  readonly depth: number | readonly [number, number];
  /** Names in any spelling; the same one twice counts once. */
  readonly activations: readonly string[];
  /** `both` (the default) searches them, `on` has every possible one, `off` none. */
  readonly skips?: "on" | "off" | "both";
  /** The greatest number of skips in a network; no limit by default. */
  readonly maxSkips?: number;
}

/**
 * Fully connected networks over activations and skips: |A|^(L-1) 2^(L-2) of them at depth L when skips are searched
 * without a limit (docs/theory.md 1.2), |A|^(L-1) when they are all on or all off.
 *
 * @throws AppError "space" for a depth below 2, no activation, or a limit that leaves nothing.
 * @example fcnSpace({ depth: 6, activations: ["relu", "tanh", "silu", "gelu", "sin"] }).size // 50000n
 */
export function fcnSpace(options: FcnOptions): LayeredSpace {
  return uniformSpace("fcn", options);
}

/** Every layer with the same activations; a skip choice from the second hidden layer on. */
export function uniformSpace(id: string, { depth, activations, skips = "both", maxSkips }: FcnOptions): LayeredSpace {
  const names = activationSet(activations);
  const first: LayerChoice[] = names.map((activation) => ({ activation, skip: false }));
  const later = names.flatMap((activation) => skipValues[skips].map((skip) => ({ activation, skip })));
  return layeredSpace({
    id,
    depths: depthsOf(depth).map((value) => ({
      depth: value,
      choices: Array.from({ length: value - 1 }, (_, level) => (level === 0 ? first : later)),
      maxSkips: maxSkips ?? value - 2,
    })),
  });
}

const skipValues = { on: [true], off: [false], both: [false, true] } as const;
