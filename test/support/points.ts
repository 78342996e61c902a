import { rng } from "../../src/rng.js";

/** Rows drawn uniformly on the unit sphere. */
export function spherePoints(
  n: number,
  d: number,
  seed: number | string,
): { n: number; d: number; inputs: Float64Array } {
  const generator = rng(seed, "points");
  const inputs = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    let norm = 0;
    for (let k = 0; k < d; k++) norm += (inputs[i * d + k] = generator.normal()) ** 2;
    for (let k = 0; k < d; k++) inputs[i * d + k] /= Math.sqrt(norm);
  }
  return { n, d, inputs };
}
