import { modelPresets, type ModelParameters } from "../../src/arch/architecture.js";
import { infiniteKernel, type InputRows } from "../../src/kernels/infinite/direct.js";
import { rng } from "../../src/rng.js";
import { parseGenotype } from "../../src/spaces/index.js";
import { lambdaMin } from "../../src/spectrum/spectrum.js";
import { dataTerms, type DataTerms } from "../../src/theory/data-terms.js";
import { theoryBounds } from "../../src/theory/bounds.js";

/** x_i = (cos(i pi/5), sin(i pi/5)), i = 0..4: the data of docs/theory.md 5. */
export const goldenRows: InputRows = {
  n: 5,
  d: 2,
  inputs: Float64Array.from({ length: 10 }, (_, k) => {
    const angle = ((k >> 1) * Math.PI) / 5;
    return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  }),
};

/** n Gaussian points, of unit norm or with norms between 0.5 and 2. */
export function randomRows(n: number, d: number, seed: number, unit = true): InputRows {
  const random = rng(seed, "theory test");
  const inputs = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let k = 0; k < d; k++) {
      inputs[i * d + k] = random.normal();
      square += inputs[i * d + k] ** 2;
    }
    const norm = unit ? 1 : 0.5 + 1.5 * random.uniform();
    for (let k = 0; k < d; k++) inputs[i * d + k] *= norm / Math.sqrt(square);
  }
  return { n, d, inputs };
}

/** Kernel, least eigenvalue and bounds of one architecture. */
export function evaluate(genotype: string, rows: InputRows, model: Partial<ModelParameters> = {}, terms?: DataTerms) {
  const full = { ...modelPresets.lecun, ...model };
  const architecture = parseGenotype(genotype);
  const theta = infiniteKernel(architecture, rows, full).data;
  const nngp = infiniteKernel(architecture, rows, full, "nngp").data;
  const report = theoryBounds(architecture, full, terms ?? dataTerms(rows), theta);
  return {
    theta,
    model: full,
    architecture,
    least: lambdaMin(theta, rows.n),
    leastFeature: lambdaMin(nngp, rows.n),
    ...report,
  };
}
