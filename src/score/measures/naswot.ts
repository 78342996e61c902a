import type { NetworkPass } from "../../kernels/finite/pass.js";
import { addAgreement } from "./activation-codes.js";
import { dependsOnData, drawnWeights, measurePass, relusOf, unitsOf } from "./measure-pass.js";
import type { MeasureGroup } from "./measure.js";
import { solverOf } from "./solver.js";

/** NASWOT (Mellor, Turner, Storkey, Crowley 2021): log |det K_H| of how far images agree in which ReLUs are on. */
export function naswotGroup(batch = 128): MeasureGroup {
  return {
    id: "naswot",
    measures: [
      {
        name: "naswot",
        label: "NASWOT",
        direction: "larger",
        needs: { labels: false, images: true, backward: false },
        card:
          `log |det K|, K_ij = number of ReLUs on the way to the output that are on, or off, for both of images i and j; ` +
          `${batch} images without augmentation, PyTorch's initialisation, batch normalisation in train mode; ` +
          `-infinity when K is singular (Mellor et al. 2021, hook_logdet).`,
      },
    ],
    compute(context) {
      if (!dependsOnData(context.architecture)) return { naswot: -Infinity };
      const relus = relusOf(context.architecture);
      const { n, inputs } = context.batch(batch);
      const pass = measurePass(context, context.architecture, n, { read: [...relus.keys()] });
      pass.forward(inputs, drawnWeights(context, "pytorch")(pass.graph, 0));
      return { naswot: naswot(pass, relus) };
    },
  };
}

/** The score of a pass that ran forward and keeps these ReLUs, with how often each counts. */
export function naswot(pass: NetworkPass, relus: ReadonlyMap<string, number>): number {
  const kernel = new Float64Array(pass.n * pass.n);
  for (const [id, times] of relus) addAgreement(pass.positive(id), unitsOf(pass, id), times, kernel);
  return logDeterminant(kernel, pass.n);
}

/** log |det K| of a symmetric matrix; -Infinity when an eigenvalue is zero to rounding. */
function logDeterminant(kernel: Float64Array, n: number): number {
  const solver = solverOf(n);
  solver.matrix.set(kernel);
  const values = solver.eigenvalues();
  const rounding = n * Number.EPSILON * values[n - 1];
  if (values[0] <= rounding) return -Infinity;
  return values.reduce((sum, value) => sum + Math.log(value), 0);
}
