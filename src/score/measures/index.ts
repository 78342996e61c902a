import { activationGroups } from "./activation-measures.js";
import { gradientGroups } from "./gradient-measures.js";
import { layerNtkGroup, layerNtkId } from "./layer-ntk.js";
import type { MeasureGroup } from "./measure.js";
import { ntkGroupOn, ntkGroups } from "./ntk.js";

export type { MeasureBatch, MeasureContext, MeasureGroup, MeasureInfo } from "./measure.js";

/** Every group of measures; a new one needs its file and its place here. */
export const measureGroups: readonly MeasureGroup[] = [
  ...ntkGroups,
  ...gradientGroups,
  ...activationGroups,
  layerNtkGroup(),
];

/** A group of NTK measures on `batch` images instead of its own number; undefined when this is no such group. */
export const groupOn = (id: string, batch: number): MeasureGroup | undefined =>
  id === layerNtkId ? layerNtkGroup(batch) : ntkGroupOn(id, batch);
