export { customSpace, parseCustomSpace } from "./custom.js";
export { fcnSpace, type FcnOptions } from "./fcn.js";
export { formatGenotype, parseGenotype } from "./genotype.js";
export { layeredSpace, type LayeredSpace } from "./layered.js";
export { makeSpace, spaceFamilies, spaceFromSpec, type SpaceFamily } from "./registry.js";
export { resnetSpace } from "./resnet.js";
export type { DepthSpec, LayerChoice, Space, SpaceSpec } from "./space.js";
