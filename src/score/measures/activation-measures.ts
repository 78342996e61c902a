import { azNasGroup } from "./az-nas.js";
import { countsGroup } from "./counts.js";
import type { MeasureGroup } from "./measure.js";
import { mecoGroup } from "./meco.js";
import { naswotGroup } from "./naswot.js";
import { swapGroup } from "./swap.js";
import { teNasKappaGroup, teNasRegionsGroup } from "./te-nas.js";
import { zenGroup } from "./zen.js";

/** Measures of activations and their spectra, TE-NAS's condition number, and the sizes of the network, each as published. */
export const activationGroups: readonly MeasureGroup[] = [
  naswotGroup(),
  teNasRegionsGroup(),
  teNasKappaGroup(),
  zenGroup(),
  mecoGroup,
  swapGroup(),
  azNasGroup(),
  countsGroup,
];
