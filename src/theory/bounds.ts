import { activation } from "../arch/activations/registry.js";
import type { Architecture, ModelParameters } from "../arch/architecture.js";
import { scalars } from "../kernels/infinite/scalars.js";
import { checkAssumptions } from "./assumptions.js";
import type { Assumption, Bound } from "./bound.js";
import { firstLayerTerms, maximalOrder, type DataTerms } from "./data-terms.js";
import { hermiteBounds, layerProduct } from "./lower-bounds.js";
import { matrixBounds, type MatrixBounds } from "./matrix-bounds.js";
import { productForm } from "./product-form.js";
import { upperBounds } from "./upper-bounds.js";

/** The bounds by name, as numbers. */
export interface BoundNumbers extends MatrixBounds {
  readonly LB: number;
  readonly LB1: number;
  readonly UBdiag: number;
  readonly UBpair: number;
}

/** All bounds of one architecture on one batch: the numbers, and each with its formula, reference and assumptions. */
export interface TheoryReport {
  readonly numbers: BoundNumbers;
  readonly bounds: readonly Bound[];
}

/**
 * Every bound of docs/theory.md 3 for an architecture. `terms` come from `dataTerms` of the batch, `theta` is the infinite-width
 * NTK (n x n, row-major). Costs L + 2 eigenproblems; `hermiteBounds` alone costs none.
 */
export function theoryBounds(
  architecture: Architecture,
  model: ModelParameters,
  terms: DataTerms,
  theta: Float64Array,
): TheoryReport {
  const first = activation(architecture.layers[0].activation);
  const sides = [...new Set(terms.squaredNorms)].map((norm) => scalars(architecture, model, norm));
  const firstTerms = firstLayerTerms(terms, first, model.c1);
  const { LB, LB1 } = hermiteBounds(firstTerms, sides, model);
  const matrices = matrixBounds(architecture, model, terms);
  const { UBdiag, UBpair } = upperBounds(theta, terms.n);
  const data = checkAssumptions(terms);
  const width: Assumption = { text: "infinite width, Gaussian weights, no biases", holds: null };
  const separated: Assumption = {
    text: "no two inputs are parallel or antipodal (otherwise the bound may be 0)",
    holds: data.parallelPairs.length + data.antipodalPairs.length === 0,
  };
  const bound = (
    name: string,
    value: number,
    kind: Bound["kind"],
    formula: string,
    reference: string,
    assumptions: readonly Assumption[],
    of: Bound["of"] = "ntk",
  ): Bound => ({ name, value, kind, of, formula, reference, assumptions });

  // Gershgorin in place of the eigenvalues: the same single-term bound without an eigenproblem
  const product = model.co * layerProduct(sides);
  let gershgorin = 0;
  for (let r = 1; r <= maximalOrder && r < terms.gershgorin.length; r++) {
    const least = terms.powerLambdaMin[r];
    const weight = least > 0 ? firstTerms[r - 1] / least : 0;
    gershgorin = Math.max(gershgorin, product * weight * Math.min(terms.gershgorin[r], least));
  }
  const forms = sides.map((side) => productForm(side, model));
  const upper = Math.min(...forms.map((form) => form.upper));
  let uniformProduct = model.co;
  for (let l = 1; l < architecture.layers.length; l++) {
    const tau2 = sides[0].layers[l].branch ** 2;
    uniformProduct *= Math.min(...forms.map(({ layers }) => tau2 * layers[l].uniform.beta3 + layers[l].alpha));
  }
  const uniformLower = uniformProduct * Math.max(0, ...firstTerms);
  const uniformUpper = Math.min(...forms.map((form) => form.uniformUpper));

  const lower = "docs/theory.md 3.2";
  const above = "docs/theory.md 3.3";
  return {
    numbers: { LB, LB1, ...matrices, UBdiag, UBpair },
    bounds: [
      bound("LB", LB, "lower", "co Pi sum_{r<=40} (1+r) mu_r(sigma_1)^2 lambda_min(rho^or)", lower, [width, separated]),
      bound("LB1", LB1, "lower", "co Pi max_r (1+r) mu_r(sigma_1)^2 lambda_min(rho^or)", lower, [width, separated]),
      bound(
        "LBgersh",
        gershgorin,
        "lower",
        "co Pi max_r (1+r) mu_r(sigma_1)^2 (1 - max_i sum_{j!=i} |rho_ij|^r)",
        lower,
        [
          width,
          {
            text: "the inputs are nearly orthogonal: some r <= 40 has a positive Gershgorin term",
            holds: gershgorin > 0,
          },
        ],
      ),
      bound("LBmat", matrices.LBmat, "lower", "co lambda_min(S^1 - M^1 M^1' + A^1 o Sd^1) Pi", lower, [
        width,
        separated,
      ]),
      bound(
        "LBlay",
        matrices.LBlay,
        "lower",
        "co lambda_min(F^{L-1}) + sum_l co lambda_min(A^l) t_l^2 d2_l prod_{p>l} (c tau^2 d2_p + alpha_{p-1})",
        lower,
        [width, separated],
      ),
      bound(
        "NNGP",
        matrices.NNGP,
        "lower",
        "co lambda_min(S^1 - M^1 M^1') prod_{l>=2} (c tau^2 d1_l^2 + alpha_{l-1})",
        lower,
        [width, separated],
        "nngp",
      ),
      bound(
        "productLower",
        uniformLower,
        "lower",
        "co max_r (1+r) mu_r^2 lambda_min(rho^or) prod (tau^2 beta_3 + alpha)",
        "docs/theory.md 3.1, 3.2",
        [
          width,
          { text: "beta_3 = c inf d2 over the range of variances that the layers reach, on a grid", holds: null },
        ],
      ),
      bound("UBdiag", UBdiag, "upper", "min_i Theta_ii", above, [width]),
      bound("UBpair", UBpair, "upper", "min_{i<j} lambda_min of the 2 x 2 minor of Theta", above, [width]),
      bound(
        "productUpper",
        upper,
        "upper",
        "co (q_L/c + sum_l q_l t_l^2 d2_l prod_{p>l} (tau^2 beta_2 + alpha)), q_{l+1} <= growth(beta_1) q_l",
        above,
        [width],
      ),
      bound(
        "productUpperUniform",
        uniformUpper,
        "upper",
        "the same with beta_1 = c sup S/q and beta_2 = c Lip^2",
        "docs/theory.md 3.1, 3.3",
        [
          width,
          { text: "beta_1 = c sup S/q over the range of variances that the layers reach, on a grid", holds: null },
        ],
      ),
    ],
  };
}
