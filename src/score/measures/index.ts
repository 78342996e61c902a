import { activationGroups } from "./activation-measures.js";
import { gradientGroups } from "./gradient-measures.js";
import { layerNtkGroup } from "./layer-ntk.js";
import type { MeasureGroup } from "./measure.js";
import { ntkGroups } from "./ntk.js";

export type { MeasureBatch, MeasureContext, MeasureGroup, MeasureInfo } from "./measure.js";

/** Every group of measures; a new one needs its file and its place here. */
export const measureGroups: readonly MeasureGroup[] = [
  ...ntkGroups,
  ...gradientGroups,
  ...activationGroups,
  layerNtkGroup,
];
