import { uniformSpace, type FcnOptions } from "./fcn.js";
import type { LayeredSpace } from "./layered.js";

/**
 * Residual networks: every hidden layer from the second on has a skip, so only activations are searched: |A|^(L-1) of
 * them at depth L.
 *
 * @throws AppError "space" for a depth below 2 or no activation.
 */
export function resnetSpace(options: Pick<FcnOptions, "depth" | "activations">): LayeredSpace {
  return uniformSpace("resnet", { depth: options.depth, activations: options.activations, skips: "on" });
}
