export { effectsOf, sampleOf, type Effect, type Effects, type LayerEffects, type ScoredGenotype } from "./effects.js";
export { explain, type ExplanationInput } from "./explain.js";
export { layerTerms, type QuadraticTerms } from "./layer-terms.js";
export type { Explanation, InputEntry, LayerTerm, NearPair, Neighbour, Picture } from "./types.js";
export { whyOf, type Wording } from "./why.js";
export {
  differencesOf,
  pairScores,
  sameData,
  type ComparedRow,
  type ComparedRun,
  type Difference,
  type PairedScores,
} from "./compare.js";
export { parameterRule, type ParameterRule } from "./simple-rules.js";
