import { fisherGroup } from "./fisher.js";
import { gradientGroup } from "./gradients.js";
import { graspGroup } from "./grasp.js";
import { knasGroup } from "./knas.js";
import type { MeasureGroup } from "./measure.js";
import { synflowGroup } from "./synflow.js";
import { zicoGroup } from "./zico.js";

/** Measures that are read off gradients of the loss, the outputs or the flow. */
export const gradientGroups: readonly MeasureGroup[] = [
  gradientGroup,
  fisherGroup,
  graspGroup,
  synflowGroup,
  zicoGroup,
  knasGroup,
];
