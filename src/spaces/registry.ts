import { AppError, nearestName } from "../errors.js";
import { fcnSpace, type FcnOptions } from "./fcn.js";
import { layeredSpace, type LayeredSpace } from "./layered.js";
import { resnetSpace } from "./resnet.js";
import type { SpaceSpec } from "./space.js";

/** One ready-made space. */
export interface SpaceFamily {
  readonly id: string;
  /** One sentence for help texts. */
  readonly description: string;
  make(options: FcnOptions): LayeredSpace;
}

/** Ready-made spaces; a new one needs only its row here. */
export const spaceFamilies: readonly SpaceFamily[] = [
  { id: "fcn", description: "Fully connected networks; activations and skips are searched.", make: fcnSpace },
  { id: "resnet", description: "Residual networks: every skip is on, activations are searched.", make: makeResnet },
];

/**
 * The ready-made space with this id.
 *
 * @throws AppError "space" for an unknown id, with the nearest one, or for impossible options.
 * @example makeSpace("fcn", { depth: [3, 6], activations: ["relu", "tanh"] })
 */
export function makeSpace(id: string, options: FcnOptions): LayeredSpace {
  const family = spaceFamilies.find((candidate) => candidate.id === id);
  if (family !== undefined) return family.make(options);
  const ids = spaceFamilies.map((candidate) => candidate.id);
  const nearest = nearestName(id, ids);
  throw new AppError("space", `unknown space "${id}": expected ${ids.join(", ")} or a space file (JSON)`, {
    ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
    details: { id, known: ids },
  });
}

/** The space that has this specification, as stored with a run or sent to a worker. */
export function spaceFromSpec(spec: SpaceSpec): LayeredSpace {
  return layeredSpace(spec);
}

function makeResnet(options: FcnOptions): LayeredSpace {
  if (options.skips !== undefined && options.skips !== "on") {
    throw new AppError("space", `space "resnet" has every skip on, got skips "${options.skips}"`, {
      hint: 'Use space "fcn" to search skips or to do without.',
    });
  }
  if (options.maxSkips !== undefined) {
    throw new AppError("space", 'space "resnet" has every skip on and takes no maxSkips', {
      hint: 'Use space "fcn" to limit skips.',
    });
  }
  return resnetSpace(options);
}
