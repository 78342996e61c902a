import type { Layer } from "../arch/architecture.js";

const name = /^[A-Za-z_]\w*(\([^()]*\))?$/;

/**
 * The layers that a genotype's text names, whether or not this process knows the activations (an older run, a user's own
 * ones); null for text of another kind, such as a cell.
 *
 * @example layersOf("relu-tanh+elu(1e-3)")?.map(({ skip }) => skip) // [false, false, true]
 */
export function layersOf(genotype: string): readonly Layer[] | null {
  const parts = genotype.split(/([-+])(?![^(]*\))/);
  const layers: Layer[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    if (!name.test(parts[i])) return null;
    layers.push({ activation: parts[i], skip: i > 0 && parts[i - 1] === "+" });
  }
  return layers;
}

/** One step from one network to another in words; null when they are further apart, or the same. */
export function changeBetween(from: readonly Layer[], to: readonly Layer[]): string | null {
  const shorter = Math.min(from.length, to.length);
  const steps: string[] = [];
  for (let l = 0; l < shorter; l++) {
    const [a, b] = [from[l], to[l]];
    if (a.activation !== b.activation) steps.push(`layer ${l + 1}: ${b.activation} instead of ${a.activation}`);
    if (a.skip !== b.skip) steps.push(`layer ${l + 1}: ${b.skip ? "with" : "without"} its skip`);
  }
  if (to.length === from.length + 1) {
    const { activation, skip } = to[from.length];
    steps.push(`one more layer at the end: ${activation}${skip ? " with a skip" : ""}`);
  } else if (to.length === from.length - 1) steps.push(`without the last layer`);
  else if (to.length !== from.length) return null;
  return steps.length === 1 ? steps[0] : null;
}
