import { customSpace } from "../spaces/custom.js";
import { fcnSpace } from "../spaces/fcn.js";
import { sizeSpace, topologySpace } from "../spaces/graph-space.js";
import { layeredSpace } from "../spaces/layered.js";
import { resnetSpace } from "../spaces/resnet.js";

/**
 * The search spaces by name. `fcn`: an activation a layer, a skip or none; `resnet`: every possible skip; `custom`: what a JSON
 * object says; `layered`: choices depth by depth; `topology` and `size`: those of NATS-Bench.
 *
 * @example spaces.fcn({ depth: [2, 4], activations: ["relu", "tanh", "gelu"] })
 */
export const spaces = {
  fcn: fcnSpace,
  resnet: resnetSpace,
  custom: customSpace,
  layered: layeredSpace,
  topology: topologySpace,
  size: sizeSpace,
} as const;
